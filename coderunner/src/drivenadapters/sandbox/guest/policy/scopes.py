"""Where in the source the transformer stands: module, class or function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

Kind = Literal["module", "class", "function"]

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Scopes:
    """A stack of scopes; ``kind`` is the innermost, ``class_name`` the class that mangles."""

    def __init__(self) -> None:
        self._stack: list[tuple[Kind, str | None]] = [("module", None)]

    @property
    def kind(self) -> Kind:
        """Kind of the innermost scope."""
        return self._stack[-1][0]

    @property
    def class_name(self) -> str | None:
        """Name of the innermost class around this point, None outside classes."""
        return self._stack[-1][1]

    @contextmanager
    def entered_class(self, name: str) -> Iterator[None]:
        """Within the body of class ``name``."""
        self._stack.append(("class", name))
        yield
        self._stack.pop()

    @contextmanager
    def entered_function(self) -> Iterator[None]:
        """Within the body of a function; the class around it still mangles names."""
        self._stack.append(("function", self.class_name))
        yield
        self._stack.pop()


def walk_scope(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node below ``nodes`` that belongs to their own scope.

    Function, lambda and class bodies are scopes of their own and are left out; their
    decorators, defaults and bases are not.
    """
    pending: list[ast.AST] = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            pending.extend(_outer_parts(node))
        else:
            pending.extend(ast.iter_child_nodes(node))


def _outer_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a definition that are evaluated in the scope around it."""
    for name, value in ast.iter_fields(node):
        if name == "body":
            continue
        children = value if isinstance(value, list) else [value]
        yield from (child for child in children if isinstance(child, ast.AST))
