"""The language layer: compile user source, give it a namespace, watch what it does."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from . import facades, names
from .allowed import AllowedModules
from .answers import LibraryLookups
from .attributes import Attributes
from .audit import Boundaries, install
from .buffers import check_buffers
from .classes import SafeType, build_class
from .compiler import compile_program
from .evaluation import Evaluation
from .execution import CONTEXT, RunContext
from .facades.serialisation import unpickler
from .facades.system import leave
from .files import WorkFiles
from .importing import Importer
from .matching import PatternFactory
from .standin import stand_in
from .tools import Tools
from .values import Values

# Everything in ``builtins`` but these, which have a guarded stand-in or none at all.
_REPLACED = frozenset(
    "__import__ __build_class__ __loader__ __spec__ breakpoint compile copyright credits delattr dir "
    "eval exec exit getattr globals hasattr help input license locals memoryview open quit setattr type vars".split()
)


class Policy:
    """One policy, built once and used for one run at a time.

    Building is the dear part, and happens before a worker is forked; a namespace costs some
    ten microseconds.
    """

    def __init__(self, allowed: AllowedModules) -> None:
        values = Values(allowed)
        self._unpickler = unpickler(values)
        self._lookups = LibraryLookups()
        self._lookups.tame()
        self._attributes = Attributes(values)
        self._importer = Importer(allowed, self._attributes)
        self._files = WorkFiles()
        self._end_preparations: Callable[[], None] = lambda: None
        self._evaluation = Evaluation(self._attributes)
        self._builtins = self._make_builtins()
        self._guards = self._make_guards()
        self._evaluation.guards = {**self._guards, "__builtins__": self._builtins}
        SafeType.class_of = staticmethod(values.class_of)
        facades.install(Tools(self._attributes, self._files, self._importer, self._evaluation, self._builtins))

    def compile(self, source: str, filename: str = "<code>") -> types.CodeType:
        """Compile a program.

        Raises SyntaxError as CPython does, and PolicyViolation with every refused construct.
        """
        return compile_program(source, filename)

    def namespace(self, *, stdin: TextIO, stdout: TextIO, stderr: TextIO, workdir: str | None) -> dict[str, Any]:
        """The globals for one run; ``workdir`` is where its files live, None for nowhere."""
        self._files.use(workdir)
        module = types.ModuleType("__main__")
        namespace = vars(module)
        namespace.update(self._guards)
        namespace["__builtins__"] = self._builtins
        namespace[names.IMPORT_STAR] = self._star_importer(namespace)
        namespace[CONTEXT] = RunContext(module, stdin, stdout, stderr)
        if workdir is not None:
            namespace["__file__"] = f"{self._files.root}/main.py"
        return namespace

    def install_audit_hook(
        self, *, workdir: str | None = None, readable: Iterable[str] = (), network: bool = False
    ) -> None:
        """Judge, until this process ends, what code does however it got there.

        ``readable`` are directories, beside the working directory and Python's own, that may
        be read. Without ``network`` no connection is made. Cannot be undone.
        """
        self._files.use(workdir)
        boundaries = Boundaries.of(self._files.root, readable, network=network)
        watch = install(boundaries, self._evaluation, self._unpickler)
        self._end_preparations = watch.end_preparations
        self._importer.after_import = lambda: self._adjust(watch.after_import)

    def _adjust(self, adjust: Callable[[], None]) -> None:
        adjust()
        self._lookups.tame()

    def end_preparations(self) -> None:
        """The program runs next: from here on, stored code cannot be loaded either."""
        self._end_preparations()

    def _build_class(self, body: Any, name: str, /, *bases: Any, **keywords: Any) -> Any:
        cls = build_class(body, name, *bases, **keywords)
        if isinstance(cls, type):
            self._attributes.learn(cls)
        return cls

    # -- tables ------------------------------------------------------------------------

    def _make_guards(self) -> dict[str, Any]:
        attributes, importer = self._attributes, self._importer
        return {
            names.LOAD: attributes.load,
            names.LOAD_PRIVATE: attributes.load_private,
            names.TARGET: attributes.target,
            names.PLAIN: attributes.plain,
            names.TYPE: type,
            names.IMPORT: importer.import_root,
            names.IMPORT_AS: importer.import_as,
            names.IMPORT_FROM: importer.import_from,
            names.IMPORT_CALL: importer.import_,
            names.PATTERN: PatternFactory(attributes),
        }

    def _star_importer(self, namespace: dict[str, Any]) -> Any:
        return lambda name, level: self._importer.import_star(name, level, namespace)

    def _make_builtins(self) -> dict[str, Any]:
        attributes, evaluation = self._attributes, self._evaluation
        ordinary = {name: value for name, value in vars(builtins).items() if name not in _REPLACED}
        return {
            **{name: value for name, value in ordinary.items() if not name.startswith("_") or name == "__debug__"},
            "__build_class__": self._build_class,
            # The real one: C code imports through the namespace it is called from. What user
            # code writes as __import__ is compiled to a name of its own.
            "__import__": builtins.__import__,
            "getattr": attributes.get,
            "setattr": attributes.set,
            "delattr": attributes.delete,
            "hasattr": attributes.has,
            "type": SafeType,
            "memoryview": stand_in(memoryview, check_buffers),
            "open": self._files.open,
            "input": read_line,
            "print": print_whole,
            "exit": leave,
            "quit": leave,
            "eval": evaluation.eval,
            "exec": evaluation.exec,
            "compile": evaluation.compile,
            "globals": evaluation.globals,
            "locals": evaluation.locals,
            "vars": evaluation.vars,
            "dir": evaluation.dir,
        }


def print_whole(
    *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
) -> None:
    """The built-in ``print``, in one write: threads that print do not cut each other's lines."""
    if file is not None or not isinstance(sep, str) or not isinstance(end, str):
        print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    sys.stdout.write(sep.join([str(value) for value in values]) + end)
    if flush:
        sys.stdout.flush()


def read_line(prompt: object = "") -> str:
    """The built-in ``input``: a line of standard input; raises EOFError at its end."""
    if prompt != "":
        sys.stdout.write(str(prompt))
        sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line: pass the input as stdin")
    return line.removesuffix("\n")
