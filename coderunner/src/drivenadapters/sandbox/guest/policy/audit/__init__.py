"""The second line inside the language layer: what the process does, whoever asks for it.

Python raises audit events (PEP 578) for files, processes, sockets and the machinery of the
interpreter. The hook installed here refuses what a run has no business doing, even if user
code got hold of the real functions. It cannot be removed, and it is not the last line: C code
of a library can do without Python; the kernel's confinement is for that.
"""

from .boundaries import Boundaries, resolve_readable
from .hook import install

__all__ = ["Boundaries", "install", "resolve_readable"]
