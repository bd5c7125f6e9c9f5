"""Attempts to take more than a share of the machine, each ended by a limit of the kernel."""

from __future__ import annotations

from hostile.attack import Attack
from sandboxkit.layers import Layer

_LIMITS = (Layer.RLIMITS,)

ATTACKS = (
    Attack("take memory", "held = bytearray(600 << 20)", _LIMITS),
    Attack("map memory", "import mmap; held = mmap.mmap(-1, 600 << 20)", _LIMITS),
    Attack("hold descriptors", "held = [os.dup(2) for _ in range(200)]", _LIMITS),
    Attack("make a large file", 'open("large", "wb").truncate(1 << 30)', _LIMITS),
    Attack(
        "leave a core dump",
        """
        import resource
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            raise PermissionError(errno.EPERM, "none is allowed")
        """,
        _LIMITS,
        bare=False,
    ),
    Attack(
        "start thousands of threads",
        """
        import threading
        gate = threading.Event()
        for _ in range(400):
            threading.Thread(target=gate.wait, daemon=True).start()
        """,
        _LIMITS,
    ),
)
