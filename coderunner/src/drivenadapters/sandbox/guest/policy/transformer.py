"""Rewrites user source so that each attribute and each import passes a guard.

Built on RestrictedPython's transformer, whose base refuses every node it does not know: a
construct of a newer Python is refused until somebody has thought about it. Subscripts,
iteration and calls need no guard in this policy and stay what they are.
"""

from __future__ import annotations

import ast
import sys
from typing import Final

from RestrictedPython.transformer import RestrictingNodeTransformer

from . import names
from .nodes import assign, call, load, placed, text
from .patterns import PatternVisitors
from .problems import Problem
from .scopes import Scopes

# An overridden split() lets ``except*`` confuse types in CPython before these (gh-128049).
_EXCEPT_STAR_IS_SAFE: Final = sys.version_info >= (3, 13, 2) or ((3, 12, 9) <= sys.version_info < (3, 13))

_HINTS: Final = {
    "__subclasses__": "keep your own list of classes, for example with __init_subclass__",
    "__globals__": "pass the values as arguments",
    "__code__": "use inspect.signature() to look at parameters",
    "__builtins__": "call the built-in function by its name",
    "__self__": "keep a reference to the object itself",
    "__func__": "keep a reference to the function itself",
    "__reduce__": "define __copy__ or __deepcopy__",
    "__getstate__": "define __copy__ or __deepcopy__",
    "__array_interface__": "define __array__ and return an array",
    "tb_frame": "use the traceback module",
    "tb_next": "use the traceback module",
}


class Transformer(PatternVisitors, RestrictingNodeTransformer):  # type: ignore[misc]
    """One use transforms one tree; ``problems`` holds what was refused, in source order."""

    def __init__(self, *, lazy_annotations: bool = False, returning: bool = False) -> None:
        super().__init__()
        self.problems: list[Problem] = []
        self.scopes = Scopes()
        # Under ``from __future__ import annotations`` they become strings and never run.
        self._lazy_annotations = lazy_annotations
        # A top level that returns becomes a function with global variables, where Python
        # refuses annotated names.
        self._returning = returning
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

    # -- expressions -------------------------------------------------------------------

    def plainly(self, node: ast.AST) -> ast.AST:
        """Transform the children and leave the node as it is."""
        visited: ast.AST = self.node_contents_visit(node)
        return visited

    visit_Call = visit_Subscript = visit_Slice = visit_Await = plainly
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = plainly
    visit_comprehension = visit_NamedExpr = plainly

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Variables are free, but for the few that reach the machinery."""
        if isinstance(node.ctx, ast.Load):
            self.check_name(node, node.id)
            if self.scopes.kind == "class" and node.id in names.COPIED_MAPPINGS:
                self.refuse(node, f"the name {node.id!r} is reserved in a class body")
        else:
            self.check_bound(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Reads go through the guard; targets are judged before they are written."""
        name = names.mangle(self.scopes.class_name, node.attr)
        value = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            self.check_attribute(node, name, names.READABLE_DUNDERS)
            return self._guarded_load(node, value, name)
        self.check_attribute(node, name, names.WRITABLE_DUNDERS)
        node.value = self._guarded_target(node, value, name)
        return node

    def _guarded_load(self, node: ast.Attribute, value: ast.expr, name: str) -> ast.expr:
        if name in names.UNGUARDED:
            node.value = value
            return node
        if names.is_delicate(name):
            return placed(call(names.LOAD_PRIVATE, value, text(name)), node)
        guarded = call(names.LOAD, value, text(name))
        if not isinstance(value, ast.Name):
            return placed(guarded, node)
        node.value = load(value.id)
        return placed(ast.IfExp(test=_is_plain(value), body=node, orelse=guarded), node)

    def _guarded_target(self, node: ast.Attribute, value: ast.expr, name: str) -> ast.expr:
        guarded = call(names.TARGET, value, text(name))
        if not isinstance(value, ast.Name) or names.is_delicate(name):
            return placed(guarded, node)
        choice = ast.IfExp(test=_is_plain(value), body=load(value.id), orelse=guarded)
        return placed(choice, node)

    # -- assignment --------------------------------------------------------------------

    visit_Assign = visit_Delete = visit_Return = plainly

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """An annotated assignment; the annotation is judged as the expression it is."""
        if self._returning and self.scopes.kind == "module":
            return self.visit(_without_annotation(node))  # type: ignore[no-any-return]
        node.target = self.visit(node.target)
        if not self._lazy_annotations:
            node.annotation = self.visit(node.annotation)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """``a.b += c`` reads and writes ``a.b`` through guards and evaluates ``a`` once."""
        if not isinstance(node.target, ast.Attribute):
            return self.plainly(node)
        holder, value = self._temporary(), self._temporary()
        target = node.target
        origin = assign(holder, self.visit(target.value))
        read = ast.copy_location(ast.Attribute(load(holder), target.attr, ast.Load()), target)
        write = ast.copy_location(ast.Attribute(load(holder), target.attr, ast.Store()), target)
        statements: list[ast.stmt] = [
            origin,
            assign(value, self.visit_Attribute(read)),  # type: ignore[arg-type]
            ast.AugAssign(ast.Name(value, ast.Store()), node.op, self.visit(node.value)),
            ast.Assign([self.visit_Attribute(write)], load(value)),  # type: ignore[list-item]
            ast.Delete([ast.Name(holder, ast.Del()), ast.Name(value, ast.Del())]),
        ]
        return [placed(statement, node) for statement in statements]

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"<{self._temporaries}>"

    # -- statements --------------------------------------------------------------------

    visit_For = visit_AsyncFor = visit_While = visit_With = visit_AsyncWith = plainly
    visit_withitem = visit_Try = plainly

    def visit_TryStar(self, node: ast.AST) -> ast.AST:
        """``except*`` where the interpreter handles hostile groups soundly."""
        if not _EXCEPT_STAR_IS_SAFE:
            hint = "catch ExceptionGroup and use its split() or subgroup()"
            self.refuse(node, "except* is not available on this Python version", hint)
        return self.plainly(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """The name of a caught exception is a binding."""
        self.check_bound(node, node.name)
        return self.plainly(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """``global`` of ordinary names."""
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        """``nonlocal`` of ordinary names."""
        for name in node.names:
            self.check_name(node, name)
        return node

    # -- imports -----------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """``import a.b`` binds ``a``; ``import a.b as c`` binds ``a.b``."""
        statements: list[ast.stmt] = []
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            self.check_bound(node, bound)
            guard = names.IMPORT_AS if alias.asname else names.IMPORT
            statements.append(placed(assign(bound, call(guard, text(alias.name))), node))
        return statements

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        """Each imported name is judged on its own, as an attribute of the module."""
        if node.module == "__future__" and not node.level:
            return node
        statements: list[ast.stmt] = []
        for alias in node.names:
            source: list[ast.expr] = [text(node.module or ""), ast.Constant(node.level)]
            if alias.name == "*":
                statements.append(placed(ast.Expr(call(names.IMPORT_STAR, *source)), node))
                continue
            bound = alias.asname or alias.name
            self.check_bound(node, bound)
            value = call(names.IMPORT_FROM, *source, text(alias.name))
            statements.append(placed(assign(bound, value), node))
        return statements

    # -- definitions -------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        """Functions, methods and coroutines; the name is bound outside, the body is inside."""
        self.check_bound(node, node.name)
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        self._visit_type_parameters(node)
        node.args = self.visit(node.args)
        if node.returns is not None and not self._lazy_annotations:
            node.returns = self.visit(node.returns)
        with self.scopes.entered_function():
            node.body = self.visit_block(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """A lambda's body is a scope of its own."""
        node.args = self.visit(node.args)
        with self.scopes.entered_function():
            node.body = self.visit(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter is a variable; its annotation an expression."""
        self.check_name(node, node.arg)
        if node.annotation is not None and not self._lazy_annotations:
            node.annotation = self.visit(node.annotation)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Bases, keywords and decorators are judged outside, the body inside the class."""
        self.check_bound(node, node.name)
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        self._visit_type_parameters(node)
        node.bases = [self.visit(base) for base in node.bases]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        with self.scopes.entered_class(node.name):
            node.body = self.visit_block(node.body)
        return node

    def visit_block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Transform statements, each of which may become several."""
        result: list[ast.stmt] = []
        for statement in statements:
            visited = self.visit(statement)
            result.extend(visited if isinstance(visited, list) else [visited])
        return result

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """The whole program."""
        node.body = self.visit_block(node.body)
        return node

    def _visit_type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", []):
            self.visit(parameter)

    def visit_TypeVar(self, node: ast.AST) -> ast.AST:
        """Type parameters (PEP 695) are variables of their own scope."""
        self.check_name(node, getattr(node, "name", None))
        return self.plainly(node)

    visit_ParamSpec = visit_TypeVarTuple = visit_TypeVar
    visit_TypeAlias = plainly


def _is_plain(value: ast.Name) -> ast.expr:
    """``type(value) in plain``: the object holds nothing but what user code put there."""
    kind = call(names.TYPE, load(value.id))
    return ast.Compare(left=kind, ops=[ast.In()], comparators=[load(names.PLAIN)])


def _without_annotation(node: ast.AnnAssign) -> ast.stmt:
    if node.value is None:
        return placed(ast.Pass(), node)
    return placed(ast.Assign([node.target], node.value), node)
