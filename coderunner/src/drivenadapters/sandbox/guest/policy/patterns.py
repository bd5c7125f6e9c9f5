"""``match``: a pattern reads attributes without any call, so its classes are wrapped.

``case Point(x=0)`` loads ``subject.x`` and ``case a.b`` loads ``a.b`` inside the interpreter.
Both are replaced: dotted values are evaluated by guarded code, and a class with sub-patterns
becomes a checked class that lets the match happen only where each attribute may be read.
"""

from __future__ import annotations

import ast
from typing import cast

from . import names
from .nodes import assign, call, load, placed, text, thunk
from .visitor import GuardingVisitor


class PatternVisitor(GuardingVisitor):
    """The part of the transformer that knows ``match``."""

    def __init__(self) -> None:
        super().__init__()
        self._prepared: list[ast.stmt] = []

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        """The classes of the patterns are prepared before, and looked up when needed."""
        outer, self._prepared = self._prepared, []
        node.subject = self.expression(node.subject)
        for case in node.cases:
            case.pattern = self._pattern(case.pattern)
            case.guard = self.expression(case.guard) if case.guard else None
        prepared = [placed(statement, node) for statement in self._prepared]
        self._prepared = outer
        for case in node.cases:
            case.body = self.block(case.body)
        return [*prepared, node]

    def _pattern(self, node: ast.pattern) -> ast.pattern:
        return cast(ast.pattern, self.visit(node))

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """A dotted name becomes a guarded read, evaluated when its case is tried."""
        if not isinstance(node.value, ast.Attribute):
            return node
        held = call(names.PATTERN, thunk(self.expression(node.value)))
        node.value = placed(ast.Attribute(value=held, attr="value", ctx=ast.Load()), node)
        return node

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """``case C(p, k=q)``."""
        for name in node.kwd_attrs:
            self.check_attribute(node, name, names.READABLE_DUNDERS)
        node.patterns = [self._pattern(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self._pattern(pattern) for pattern in node.kwd_patterns]
        node.cls = self._checked_class(node)
        return node

    def _checked_class(self, node: ast.MatchClass) -> ast.expr:
        if isinstance(node.cls, ast.Name) and not node.patterns and not node.kwd_attrs:
            return node.cls
        holder = self.temporary()
        keywords = ast.Tuple([text(name) for name in node.kwd_attrs], ast.Load())
        count = ast.Constant(len(node.patterns))
        value = call(names.PATTERN, thunk(self.expression(node.cls)), count, keywords)
        self._prepared.append(assign(holder, value))
        return placed(ast.Attribute(value=load(holder), attr="checked", ctx=ast.Load()), node)

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        """A capture binds a variable."""
        self.check_bound(node, node.name)
        return cast(ast.AST, self.plainly(node))

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        """``*rest`` binds a variable."""
        self.check_bound(node, node.name)
        return node

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        """``{key: p, **rest}``; dotted keys are guarded like dotted values."""
        self.check_bound(node, node.rest)
        node.keys = [self._mapping_key(key) for key in node.keys]
        node.patterns = [self._pattern(pattern) for pattern in node.patterns]
        return node

    def _mapping_key(self, key: ast.expr) -> ast.expr:
        if not isinstance(key, ast.Attribute):
            return key
        held = call(names.PATTERN, thunk(self.expression(key)))
        return placed(ast.Attribute(value=held, attr="value", ctx=ast.Load()), key)

    def visit_MatchSingleton(self, node: ast.AST) -> ast.AST:
        """``case None``."""
        return node

    def visit_MatchSequence(self, node: ast.AST) -> ast.AST:
        """``case [a, b]``."""
        return cast(ast.AST, self.plainly(node))

    visit_MatchOr = visit_MatchSequence
