"""What a template expects of its data, read from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

Scope = dict[str, str | None]  # local name: the path that it stands for; None for what is no path


@dataclass
class Expected:
    """Paths such as ``customer.name`` and ``items[].price``; a path that ends in ``[]`` is a list."""

    paths: dict[str, None] = field(default_factory=dict)
    filters: dict[str, int] = field(default_factory=dict)  # name: line of its first use
    tests: dict[str, int] = field(default_factory=dict)

    def add(self, path: str) -> None:
        """Note a path."""
        self.paths[path] = None


class Reader:
    """Walks a syntax tree with the names that are local at each place.

    Args:
        known: names that every template has.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self.expected = Expected()
        self._known = frozenset(known)

    def read(self, tree: nodes.Template) -> None:
        """Note what a template expects."""
        self._all(tree.body, dict.fromkeys(self._known))

    def _all(self, items: Iterable[nodes.Node], scope: Scope) -> None:
        for item in items:
            self._visit(item, scope)

    def _visit(self, node: nodes.Node, scope: Scope) -> None:
        match node:
            case nodes.For():
                self._for(node, scope)
            case nodes.Assign():
                self._visit(node.node, scope)
                self._bind(node.target, _path_of(node.node, scope), scope)
            case nodes.AssignBlock():
                self._all(node.body, scope)
                self._bind(node.target, None, scope)
            case nodes.Macro() | nodes.CallBlock():
                self._all(node.defaults, scope)
                inner = scope | {argument.name: None for argument in node.args} | {"caller": None, "varargs": None}
                if isinstance(node, nodes.Macro):
                    scope[node.name] = None
                else:
                    self._visit(node.call, scope)
                self._all(node.body, inner)
            case nodes.With():
                self._all(node.values, scope)
                inner = dict(scope)
                for target, value in zip(node.targets, node.values, strict=True):
                    self._bind(target, _path_of(value, scope), inner)
                self._all(node.body, inner)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                self._path(node, scope)
            case _:
                self._named(node)
                self._all(node.iter_child_nodes(), scope)

    def _for(self, node: nodes.For, scope: Scope) -> None:
        self._visit(node.iter, scope)
        path = _path_of(node.iter, scope)
        if path is not None:
            self.expected.add(f"{path}[]")
        inner = scope | {"loop": None}
        self._bind(node.target, f"{path}[]" if path is not None else None, inner)
        if node.test is not None:
            self._visit(node.test, inner)
        self._all(node.body, inner)
        self._all(node.else_, scope)

    def _path(self, node: nodes.Expr, scope: Scope) -> None:
        path = _path_of(node, scope)
        if path is not None:
            if not path.endswith("[]"):
                self.expected.add(path)
            while isinstance(node, (nodes.Getattr, nodes.Getitem)):
                if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
                    self._visit(node.arg, scope)
                node = node.node
            return
        self._all(node.iter_child_nodes(), scope)

    def _named(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Filter):
            self.expected.filters.setdefault(node.name, node.lineno)
        elif isinstance(node, nodes.Test):
            self.expected.tests.setdefault(node.name, node.lineno)

    def _bind(self, target: nodes.Node, path: str | None, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = path
        elif isinstance(target, nodes.Tuple):
            for item in target.items:
                self._bind(item, None, scope)


def _path_of(node: Any, scope: Scope) -> str | None:
    match node:
        case nodes.Name():
            return scope.get(node.name, node.name)
        case nodes.Getattr():
            base = _path_of(node.node, scope)
            return None if base is None else f"{base}.{node.attr}"
        case nodes.Getitem():
            base = _path_of(node.node, scope)
            if base is None:
                return None
            named = isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)
            return f"{base}.{node.arg.value}" if named else f"{base}[]"  # type: ignore[attr-defined]
        case nodes.Filter() if node.name in _SAME_ITEMS:
            return _path_of(node.node, scope)
    return None


_SAME_ITEMS = frozenset(
    {"sort", "reverse", "list", "unique", "select", "reject", "selectattr", "rejectattr", "default", "d"}
)


def tidy(paths: Iterable[str]) -> list[dict[str, str]]:
    """Return paths in order, each with what it is: a list, an object or a value."""
    known = sorted(set(paths))
    parents = {f"{path.rpartition('.')[0]}" for path in known if "." in path}
    lists = {path.removesuffix("[]") for path in known if path.endswith("[]")}
    lists |= {path[: at.start()] for path in known for at in _brackets(path)}
    found: dict[str, str] = {}
    for path in known:
        plain = path.removesuffix("[]")
        kind = "list" if plain in lists else "object" if plain in parents or path in parents else "value"
        found.setdefault(plain, kind)
    return [{"path": path, "kind": kind} for path, kind in sorted(found.items())]


def _brackets(path: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"\[\]", path)
