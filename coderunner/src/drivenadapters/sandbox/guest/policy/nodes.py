"""Small builders of syntax tree nodes, placed where the source they replace stands."""

from __future__ import annotations

import ast
from typing import TypeVar

NodeT = TypeVar("NodeT", bound=ast.AST)


def load(name: str) -> ast.Name:
    """Read variable ``name``, which may be one that no source can spell."""
    return ast.Name(id=name, ctx=ast.Load())


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """Call variable ``function`` with positional ``arguments``."""
    return ast.Call(func=load(function), args=list(arguments), keywords=[])


def text(value: str) -> ast.Constant:
    """A string constant."""
    return ast.Constant(value=value)


def assign(name: str, value: ast.expr) -> ast.Assign:
    """Bind variable ``name``."""
    return ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value)


def thunk(body: ast.expr) -> ast.Lambda:
    """A function of no arguments that evaluates ``body``."""
    empty = ast.arguments(posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[])
    return ast.Lambda(args=empty, body=body)


def placed(node: NodeT, origin: ast.AST) -> NodeT:
    """Give ``node`` the position of ``origin``, and its parts where they have none."""
    ast.copy_location(node, origin)
    return ast.fix_missing_locations(node)


def position(origin: ast.AST) -> dict[str, int]:
    """The position of ``origin`` as arguments for a new node.

    Attributes are most of what is rewritten: their nodes are placed one by one as they are
    made, which is several times faster than completing the tree afterwards.
    """
    return {name: getattr(origin, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
