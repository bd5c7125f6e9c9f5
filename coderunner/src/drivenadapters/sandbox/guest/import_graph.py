"""Which packages look for which others when they are imported; measured once, on the base alone.

A package that is imported before an environment's own packages are in sight takes for absent
what it does not find, for good: pandas without pyarrow stays without it. So whatever looks for a
name that an environment provides is to be imported later.
"""

from __future__ import annotations

import builtins
import importlib
import json
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

from . import preloads

Graph = dict[str, set[str]]


class Recorder:
    """Notes who asks for what, found or not; a finder that finds nothing."""

    def __init__(self) -> None:
        self.graph: Graph = {}
        self.entry = ""

    def note(self, importer: str, name: str) -> None:
        """Note that one package asks for another; both by their top-level names."""
        asking, asked = (importer or self.entry).partition(".")[0], name.partition(".")[0]
        if asked and asking != asked and asked not in sys.stdlib_module_names:
            self.graph.setdefault(asking, set()).add(asked)

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Note a search that no import statement made (MetaPathFinder)."""
        self.note(_importer(sys._getframe(1)), name)
        return None


def _importer(frame: FrameType | None) -> str:
    """Return the module that the innermost frame outside the import machinery belongs to."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith("importlib"):
            return str(name)
        frame = frame.f_back
    return ""


def measure(flavour: str) -> Graph:
    """Import what workers of a flavour have imported beforehand, and return who asks for whom."""
    recorder = Recorder()
    real = builtins.__import__

    def importing(
        name: str,
        globals: Any = None,  # noqa: A002 - the signature of the built-in
        locals: Any = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if not level:
            recorder.note((globals or {}).get("__name__", ""), name)
        return real(name, globals, locals, fromlist or (), level)

    sys.meta_path.insert(0, recorder)
    builtins.__import__ = importing
    for name in preloads.packages(flavour):
        recorder.entry = name
        recorder.graph.setdefault(name.partition(".")[0], set())
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    preloads.preload(flavour)
    return recorder.graph


def main(flavour: str) -> None:
    """Print the graph of a flavour as JSON."""
    sys.stdout.write(json.dumps({name: sorted(asked) for name, asked in measure(flavour).items()}) + "\n")
