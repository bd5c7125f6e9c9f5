"""What the top level of a program may do beyond a module: return, await, end in a value."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from . import names
from .nodes import assign, call, placed
from .scopes import walk_scope

_AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
ENTRY = "<module>"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the top level of a program uses."""

    returns: bool
    awaits: bool
    lazy_annotations: bool

    @classmethod
    def of(cls, tree: ast.Module) -> Shape:
        """Look at the statements of the module scope."""
        nodes = list(walk_scope(tree.body))
        return cls(
            returns=any(isinstance(node, ast.Return) for node in nodes),
            awaits=any(_is_await(node) for node in nodes),
            lazy_annotations=any(_is_lazy(node) for node in nodes),
        )

    @property
    def flags(self) -> int:
        """Compiler flags that the shape needs."""
        return ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.awaits else 0


def _is_await(node: ast.AST) -> bool:
    return isinstance(node, _AWAITING) or (isinstance(node, ast.comprehension) and bool(node.is_async))


def _is_lazy(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
    )


def rewrite(tree: ast.Module, shape: Shape) -> None:
    """Make the value of the program available, in place.

    The last expression is kept as the result. A program that returns becomes a function
    whose variables are all global, so that ``return`` behaves as it does in any function.
    """
    _keep_last_expression(tree.body, returning=shape.returns)
    if shape.returns:
        _wrap(tree, shape)
        ast.fix_missing_locations(tree)


def _keep_last_expression(body: list[ast.stmt], *, returning: bool) -> None:
    if not body or not isinstance(body[-1], ast.Expr):
        return
    last = body[-1]
    if isinstance(last.value, (ast.Yield, ast.YieldFrom)):
        return
    kept = ast.Return(last.value) if returning else assign(names.RESULT, last.value)
    body[-1] = placed(kept, last)


def _wrap(tree: ast.Module, shape: Shape) -> None:
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    body = [node for node in tree.body if node not in future]
    bound = sorted(_bound_names(body))
    kind = ast.AsyncFunctionDef if shape.awaits else ast.FunctionDef
    template = ast.parse("async def f(): pass" if shape.awaits else "def f(): pass").body[0]
    assert isinstance(template, kind)  # noqa: S101 - narrows the type for the lines below
    template.name = ENTRY
    template.body = [*([ast.Global(bound)] if bound else []), *body]
    entry: ast.expr = call(ENTRY)
    if shape.awaits:
        entry = ast.Await(entry)
    tree.body = [*future, template, assign(names.RESULT, entry)]


def _bound_names(body: list[ast.stmt]) -> set[str]:
    """Variables that the statements bind in their own scope."""
    return {name for node in walk_scope(body) if (name := _bound_name(node))}


def _bound_name(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            return name
        case ast.MatchMapping(rest=name):
            return name
    return None
