"""The language layer of the sandbox: ordinary Python runs, dangerous Python is refused.

Three lines, one behind the other: the compiler rewrites attribute access and imports into
guarded calls; the guards judge each module, function and class that user code acquires; and
an audit hook judges what the process does to files, processes and sockets, whoever asks.
The package needs nothing but the standard library and RestrictedPython.
"""

from .allowed import AllowedModules
from .execution import Returned, run, running
from .policy import Policy
from .problems import PolicyViolation, Problem

__all__ = ["AllowedModules", "Policy", "PolicyViolation", "Problem", "Returned", "run", "running"]
