"""What every part of the transformer shares: refusing, scopes, typed visiting."""

from __future__ import annotations

import ast
from typing import Any, Final, cast

from RestrictedPython.transformer import RestrictingNodeTransformer

from . import names
from .problems import Problem
from .scopes import Scopes

_HINTS: Final = {
    "__globals__": "pass the values as arguments",
    "__code__": "use inspect.signature() to look at parameters",
    "__builtins__": "call the built-in function by its name",
    "__self__": "keep a reference to the object itself",
    "__func__": "keep a reference to the function itself",
    "__array_interface__": "define __array__ and return an array",
    "tb_frame": "use the traceback module",
    "tb_next": "use the traceback module",
}


_INERT: Final = frozenset(
    {
        *(ast.Load, ast.Store, ast.Del, ast.Constant, ast.Pass, ast.Break, ast.Continue),
        *(ast.And, ast.Or, ast.Not, ast.Invert, ast.UAdd, ast.USub),
        *(ast.Add, ast.Sub, ast.Mult, ast.MatMult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
        *(ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd),
        *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn),
    }
)


class GuardingVisitor(RestrictingNodeTransformer):
    """One use transforms one tree; ``problems`` holds what was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self.scopes = Scopes()
        self._temporaries = 0

    # -- what is refused ---------------------------------------------------------------

    def refuse(self, node: ast.AST, message: str, hint: str = "") -> None:
        """Record that ``node`` is not accepted."""
        line = getattr(node, "lineno", 0)
        column = getattr(node, "col_offset", -1) + 1
        self.problems.append(Problem(line, column, message, hint))

    def error(self, node: ast.AST, info: str) -> None:
        """Called by the base class for what it refuses."""
        self.refuse(node, info)

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        """Refuse to bind or read ``name`` where that would reach the machinery."""
        if name is None or not names.is_dunder(name):
            return
        if name in names.FORBIDDEN_VARIABLES:
            self.refuse(node, f"the name {name!r} is reserved", _HINTS.get(name, ""))

    def check_bound(self, node: ast.AST, name: str | None) -> None:
        """Refuse to bind ``name`` in the scope where the visitor stands."""
        self.check_name(node, name)
        if name is None or self.scopes.kind != "class" or not names.is_dunder(name):
            return
        if name not in names.CLASS_BODY_DUNDERS:
            self.refuse(node, f"a class may not define {name!r} here", _HINTS.get(name, ""))

    def check_attribute(self, node: ast.AST, name: str, allowed: frozenset[str]) -> None:
        """Refuse attribute ``name`` where no object may show it."""
        refused = name in names.FRAME_ATTRIBUTES or (names.is_dunder(name) and name not in allowed)
        if refused:
            self.refuse(node, f"the attribute {name!r} is not available", _HINTS.get(name, ""))

    # -- visiting ----------------------------------------------------------------------

    def visit(self, node: ast.AST) -> Any:
        """Transform a node; operators and contexts, known and harmless, are not looked at."""
        kind = type(node)
        if kind in _INERT:
            return node
        visitor = getattr(self, f"visit_{kind.__name__}", None)
        return self.generic_visit(node) if visitor is None else visitor(node)

    def plainly(self, node: ast.AST) -> Any:
        """Transform the children and leave the node as it is."""
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                value[:] = self._each(value)
            elif isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
        return node

    node_contents_visit = plainly

    def _each(self, values: list[Any]) -> list[Any]:
        result: list[Any] = []
        for value in values:
            visited = self.visit(value) if isinstance(value, ast.AST) else value
            if isinstance(visited, list):
                result.extend(visited)
            else:
                result.append(visited)
        return result

    def expression(self, node: ast.expr) -> ast.expr:
        """The transformed expression."""
        return cast(ast.expr, self.visit(node))

    def expressions(self, nodes: list[ast.expr]) -> list[ast.expr]:
        """The transformed expressions."""
        return [self.expression(node) for node in nodes]

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Transform statements, each of which may become several."""
        result: list[ast.stmt] = []
        for statement in statements:
            visited = self.visit(statement)
            result.extend(visited if isinstance(visited, list) else [visited])
        return result

    def temporary(self) -> str:
        """A variable that no source can spell."""
        self._temporaries += 1
        return f"<{self._temporaries}>"
