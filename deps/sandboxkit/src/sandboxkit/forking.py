"""What the standard library does in every child, and a fork server's children do without.

``random``, ``threading``, ``logging`` and ``asyncio`` ask to be called after each fork, in case another thread held
their locks at that moment. The fork server has one thread, so none can; and the calls touch a hundred pages,
which the child has to copy: 0.6 ms. Imported before anything else, this module declines them. What remains
necessary, random numbers that differ from those of other children, is for :func:`begin_child`.
"""

import os
import sys

_NEEDLESS = ("random", "threading", "logging", "asyncio.events")
_register = os.register_at_fork


def decline_needless_calls() -> None:
    """Register from now on only what others than these modules want called at a fork."""
    os.register_at_fork = _register_unless_needless


def begin_child() -> None:
    """Do in a child what is still necessary: numbers of its own for the module ``random``."""
    random = sys.modules.get("random")
    if random is not None:
        random.seed()


def _register_unless_needless(**callbacks: object) -> None:
    wanted = {when: call for when, call in callbacks.items() if getattr(call, "__module__", None) not in _NEEDLESS}
    if wanted:
        _register(**wanted)  # type: ignore[arg-type]
