"""Rewrites user source so that each attribute and each import passes a guard.

Built on RestrictedPython's transformer, whose base refuses every node it does not know: a
construct of a newer Python is refused until somebody has thought about it. Subscripts,
iteration and calls need no guard in this policy and stay what they are.
"""

from __future__ import annotations

import ast
import copy
import sys
from typing import Final, cast

from . import names
from .nodes import assign, call, load, placed, position, text
from .patterns import PatternVisitor
from .visitor import GuardingVisitor

# An overridden split() lets ``except*`` confuse types in CPython before these (gh-128049).
_EXCEPT_STAR_IS_SAFE: Final = sys.version_info >= (3, 13, 2) or ((3, 12, 9) <= sys.version_info < (3, 13))


class Transformer(PatternVisitor):
    """Rewrites a whole program."""

    def __init__(self, *, lazy_annotations: bool = False, returning: bool = False) -> None:
        super().__init__()
        # Under ``from __future__ import annotations`` they become strings and never run.
        self._lazy_annotations = lazy_annotations
        # A top level that returns becomes a function with global variables, where Python
        # refuses annotated names.
        self._returning = returning

    # -- expressions -------------------------------------------------------------------

    visit_Call = visit_Subscript = visit_Slice = visit_Await = GuardingVisitor.plainly
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = GuardingVisitor.plainly
    visit_comprehension = visit_NamedExpr = GuardingVisitor.plainly

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Variables are free, but for the few that reach the machinery."""
        if isinstance(node.ctx, ast.Load):
            if node.id == "__import__":
                return ast.copy_location(load(names.IMPORT_CALL), node)
            self.check_name(node, node.id)
            if self.scopes.kind == "class" and node.id in names.COPIED_MAPPINGS:
                self.refuse(node, f"the name {node.id!r} is reserved in a class body")
        else:
            self.check_bound(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Reads go through the guard; targets are judged before they are written."""
        name = names.mangle(self.scopes.class_name, node.attr)
        value = self.expression(node.value)
        if isinstance(node.ctx, ast.Load):
            self.check_attribute(node, name, names.READABLE_DUNDERS)
            return self._guarded_load(node, value, name)
        self.check_attribute(node, name, names.WRITABLE_DUNDERS | names.ADOPTED)
        node.value = self._guarded_target(node, value, name)
        return node

    def _guarded_load(self, node: ast.Attribute, value: ast.expr, name: str) -> ast.expr:
        if name in names.UNGUARDED:
            node.value = value
            return node
        if names.is_delicate(name):
            return _guarded(names.LOAD_PRIVATE, value, name, node)
        guarded = _guarded(names.LOAD_PRIVATE if name.startswith("_") else names.LOAD, value, name, node)
        if not isinstance(value, ast.Name):
            return guarded
        node.value = _copied(value)
        return ast.IfExp(_is_plain(value), node, guarded, **position(node))

    def _guarded_target(self, node: ast.Attribute, value: ast.expr, name: str) -> ast.expr:
        guarded = _guarded(names.TARGET, value, name, node)
        if not isinstance(value, ast.Name) or names.is_delicate(name):
            return guarded
        return ast.IfExp(_is_plain(value), _copied(value), guarded, **position(node))

    # -- assignment --------------------------------------------------------------------

    visit_Assign = visit_Delete = visit_Return = GuardingVisitor.plainly

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """An annotated assignment; the annotation is judged as the expression it is."""
        if self._returning and self.scopes.kind == "module":
            return cast(ast.AST, self.visit(_without_annotation(node)))
        node.target = cast("ast.Name | ast.Attribute | ast.Subscript", self.visit(node.target))
        if not self._lazy_annotations:
            node.annotation = self.expression(node.annotation)
        if node.value is not None:
            node.value = self.expression(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        """``a.b += c`` reads and writes ``a.b`` through guards and evaluates ``a`` once."""
        target = node.target
        if not isinstance(target, ast.Attribute):
            return cast(ast.AST, self.plainly(node))
        node.value = self.expression(node.value)
        guarded = self._guarded_augmentation(node, target)
        if not isinstance(target.value, ast.Name) or names.is_delicate(target.attr):
            return guarded
        # Where no guard is needed, Python's own statement; its value is there twice.
        direct = placed(ast.AugAssign(target, node.op, copy.deepcopy(node.value)), node)
        return placed(ast.If(_is_plain(target.value), [direct], guarded), node)

    def _guarded_augmentation(self, node: ast.AugAssign, target: ast.Attribute) -> list[ast.stmt]:
        holder, value = self.temporary(), self.temporary()
        origin = assign(holder, self.expression(copy.copy(target.value)))
        read = placed(ast.Attribute(load(holder), target.attr, ast.Load()), target)
        write = placed(ast.Attribute(load(holder), target.attr, ast.Store()), target)
        statements: list[ast.stmt] = [
            origin,
            assign(value, cast(ast.expr, self.visit_Attribute(read))),
            ast.AugAssign(ast.Name(value, ast.Store()), node.op, node.value),
            ast.Assign([cast(ast.expr, self.visit_Attribute(write))], load(value)),
            ast.Delete([ast.Name(holder, ast.Del()), ast.Name(value, ast.Del())]),
        ]
        return [placed(statement, node) for statement in statements]

    # -- statements --------------------------------------------------------------------

    visit_For = visit_AsyncFor = visit_While = visit_With = visit_AsyncWith = GuardingVisitor.plainly
    visit_withitem = visit_Try = GuardingVisitor.plainly

    def visit_TryStar(self, node: ast.AST) -> ast.AST:
        """``except*`` where the interpreter handles hostile groups soundly."""
        if not _EXCEPT_STAR_IS_SAFE:
            hint = "catch ExceptionGroup and use its split() or subgroup()"
            self.refuse(node, "except* is not available on this Python version", hint)
        return cast(ast.AST, self.plainly(node))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """The name of a caught exception is a binding."""
        self.check_bound(node, node.name)
        return cast(ast.AST, self.plainly(node))

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
        node.decorator_list = self.expressions(node.decorator_list)
        self._visit_type_parameters(node)
        node.args = self.visit(node.args)
        if node.returns is not None and not self._lazy_annotations:
            node.returns = self.expression(node.returns)
        with self.scopes.entered_function():
            node.body = self.block(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """A lambda's body is a scope of its own."""
        node.args = self.visit(node.args)
        with self.scopes.entered_function():
            node.body = self.expression(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter is a variable; its annotation an expression."""
        self.check_name(node, node.arg)
        if node.annotation is not None and not self._lazy_annotations:
            node.annotation = self.expression(node.annotation)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Bases, keywords and decorators are judged outside, the body inside the class."""
        self.check_bound(node, node.name)
        node.decorator_list = self.expressions(node.decorator_list)
        self._visit_type_parameters(node)
        node.bases = self.expressions(node.bases)
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        with self.scopes.entered_class(node.name):
            node.body = self.block(node.body)
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """The whole program."""
        node.body = self.block(node.body)
        return node

    def _visit_type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", []):
            self.visit(parameter)

    def visit_TypeVar(self, node: ast.AST) -> ast.AST:
        """Type parameters (PEP 695) are variables of their own scope."""
        self.check_name(node, getattr(node, "name", None))
        return cast(ast.AST, self.plainly(node))

    visit_ParamSpec = visit_TypeVarTuple = visit_TypeVar
    visit_TypeAlias = GuardingVisitor.plainly


def _guarded(guard: str, value: ast.expr, name: str, origin: ast.AST) -> ast.expr:
    """``guard(value, name)``."""
    where = position(origin)
    function = ast.Name(guard, ast.Load(), **where)
    return ast.Call(function, [value, ast.Constant(name, None, **where)], [], **where)


def _copied(value: ast.Name) -> ast.Name:
    return ast.Name(value.id, ast.Load(), **position(value))


def _is_plain(value: ast.Name) -> ast.expr:
    """``type(value) in plain``: the object holds nothing but what user code put there."""
    where = position(value)
    kind = ast.Call(ast.Name(names.TYPE, ast.Load(), **where), [_copied(value)], [], **where)
    return ast.Compare(kind, [ast.In()], [ast.Name(names.PLAIN, ast.Load(), **where)], **where)


def _without_annotation(node: ast.AnnAssign) -> ast.stmt:
    if node.value is None:
        return placed(ast.Pass(), node)
    return placed(ast.Assign([node.target], node.value), node)
