"""``eval``, ``exec`` and ``compile`` for user code: the same policy, the caller's variables."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import names
from .attributes import Attributes
from .compiler import CompiledExpression, compile_expression, compile_program
from .problems import PolicyViolation
from .views import NamespaceView


@dataclass(frozen=True, slots=True)
class CompiledProgram:
    """What ``compile(..., "exec")`` gives user code: opaque, for ``exec`` only."""

    code: types.CodeType


class Evaluation:
    """Evaluates text for user code with the guards of one policy."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self.guards: dict[str, Any] = {}

    def eval(self, source: Any, globals: Any = None, locals: Any = None, /) -> Any:  # noqa: A002
        """The built-in ``eval``."""
        code = self._expression(source)
        if globals is None:
            frame = sys._getframe(1)
            globals, locals = frame.f_globals, visible(frame.f_locals)  # noqa: A001
        return builtins.eval(code, self._environment(globals, locals))  # noqa: S307 - compiled by the policy

    def exec(self, source: Any, globals: Any = None, locals: Any = None, /) -> None:  # noqa: A002
        """The built-in ``exec``."""
        code = self._program(source)
        if globals is None:
            frame = sys._getframe(1)
            if frame.f_globals is frame.f_locals:
                builtins.exec(code, frame.f_globals)  # noqa: S102 - compiled by the policy
                return
            globals, locals = frame.f_globals, visible(frame.f_locals)  # noqa: A001
        self._execute(code, globals, locals)

    def compile(
        self, source: Any, filename: Any = "<string>", mode: str = "exec", *_options: Any, **_named: Any
    ) -> Any:
        """The built-in ``compile``; the result is for ``eval`` and ``exec`` alone."""
        if mode == "eval":
            return CompiledExpression(self._expression(source))
        return CompiledProgram(self._program(source, str(filename)))

    def annotation(self, code: Any, globals: Any = None, locals: Any = None, /) -> Any:  # noqa: A002
        """``eval`` as typing and inspect call it for annotations written as strings."""
        environment = self._environment(self._of_user(globals or {}), self._of_user(locals or {}))
        if isinstance(code, types.CodeType):
            return builtins.eval(code, environment)  # noqa: S307 - compiled below, or by a library
        return builtins.eval(self._expression(code), environment)  # noqa: S307 - compiled by the policy

    def _of_user(self, namespace: Mapping[str, Any]) -> Mapping[str, Any]:
        """``namespace`` if it is the program's; of a library's, what user code may have."""
        if names.LOAD in namespace or not namespace:
            return namespace
        return self._attributes.judged(namespace)

    def annotation_code(self, source: Any, *_options: Any, **_named: Any) -> types.CodeType:
        """``compile`` as typing calls it for annotations written as strings."""
        return self._expression(source)

    def interactive(self, source: str, namespace: dict[str, Any]) -> Any:
        """Run a statement, or tell the value of an expression, in ``namespace``."""
        environment = self._environment(namespace, None)
        builtins.exec(self._program(source), environment)  # noqa: S102 - compiled by the policy
        value = environment.pop(names.RESULT, None)
        namespace.update(visible(environment))
        return value

    # -- the caller's variables --------------------------------------------------------

    def globals(self) -> dict[str, Any]:
        """The built-in ``globals``."""
        return self._view(sys._getframe(1).f_globals)

    def locals(self) -> dict[str, Any]:
        """The built-in ``locals``: a copy, except at the top level."""
        return self._locals_of(sys._getframe(1))

    def vars(self, *objects: Any) -> dict[str, Any]:
        """The built-in ``vars``."""
        if objects:
            return self._attributes.get(objects[0], "__dict__")  # type: ignore[no-any-return]
        return self._locals_of(sys._getframe(1))

    def dir(self, *objects: Any) -> list[str]:
        """The built-in ``dir``."""
        if objects:
            return builtins.dir(objects[0])
        return sorted(visible(sys._getframe(1).f_locals))

    def _locals_of(self, frame: types.FrameType) -> dict[str, Any]:
        if frame.f_globals is frame.f_locals:
            return self._view(frame.f_globals)
        return visible(frame.f_locals)

    @staticmethod
    def _view(namespace: dict[str, Any]) -> dict[str, Any]:
        return NamespaceView(namespace, visible(namespace), _check_variable)

    # -- compiling and running ---------------------------------------------------------

    def _expression(self, source: Any) -> types.CodeType:
        if isinstance(source, CompiledExpression):
            return source.code
        return _compiled(lambda text: compile_expression(text).code, source)

    def _program(self, source: Any, filename: str = "<string>") -> types.CodeType:
        if isinstance(source, (CompiledProgram, CompiledExpression)):
            return source.code
        return _compiled(lambda text: compile_program(text, filename), source)

    def _environment(self, globals: Mapping[str, Any], locals: Mapping[str, Any] | None) -> dict[str, Any]:  # noqa: A002
        return {**globals, **(locals or {}), **self.guards}

    def _execute(self, code: types.CodeType, globals: Any, locals: Any) -> None:  # noqa: A002
        environment = self._environment(globals, None)
        if locals is None or locals is globals:
            builtins.exec(code, environment)  # noqa: S102 - compiled by the policy
            globals.update(visible(environment))
            return
        inner = visible(locals)
        builtins.exec(code, environment, inner)  # noqa: S102 - compiled by the policy
        locals.update(visible(inner))


def _compiled(build: Callable[[str], types.CodeType], source: Any) -> types.CodeType:
    """Compile text; what the policy refuses is a SyntaxError to the program that asked."""
    if isinstance(source, (bytes, bytearray)):
        source = bytes(source).decode()
    if not isinstance(source, str):
        raise TypeError(f"expected source text, not {type(source).__name__!r}")
    try:
        return build(str.__str__(source))
    except PolicyViolation as violation:
        raise SyntaxError(str(violation)) from None


def visible(namespace: Mapping[Any, Any]) -> dict[str, Any]:
    """The variables of user code: without guards, temporaries and machinery."""
    return {
        name: value
        for name, value in namespace.items()
        if not (isinstance(name, str) and (name.startswith(("<", ".")) or name in names.FORBIDDEN_VARIABLES))
    }


def _check_variable(name: Any) -> None:
    if type(name) is not str or name.startswith(("<", ".")) or name in names.FORBIDDEN_VARIABLES:
        raise KeyError(f"the variable {name!r} may not be set")
