"""Dictionaries that stand for a namespace: they read like one and write through a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, SupportsIndex

Check = Callable[[Any], None]


class NamespaceView(dict[str, Any]):
    """A copy of a namespace whose changes reach the original once their key is accepted.

    A real dictionary, because programs hand ``vars(self)`` to ``json.dumps`` and the like.
    ``check`` raises AttributeError for a key that may not be set.
    """

    __slots__ = ("_check", "_target")

    def __init__(self, target: dict[str, Any], visible: Mapping[str, Any], check: Check) -> None:
        super().__init__(visible)
        self._target = target
        self._check = check

    def __setitem__(self, key: str, value: Any) -> None:
        self._check(key)
        self._target[key] = value
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._target.pop(key, None)

    def update(self, *others: Any, **values: Any) -> None:
        """As ``dict.update``; nothing is changed before the refused key."""
        for key, value in dict(*others, **values).items():
            self[key] = value

    def __ior__(self, other: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> NamespaceView:  # type: ignore[override,misc]
        self.update(other)
        return self

    def setdefault(self, key: str, default: Any = None) -> Any:
        """As ``dict.setdefault``."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """As ``dict.pop``."""
        if key in self:
            self._target.pop(key, None)
        return super().pop(key, *default)

    def popitem(self) -> tuple[str, Any]:
        """As ``dict.popitem``."""
        key, value = super().popitem()
        self._target.pop(key, None)
        return key, value

    def clear(self) -> None:
        """Remove every visible entry."""
        for key in list(self):
            del self[key]

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)

    def copy(self) -> dict[str, Any]:
        """A plain copy that no longer writes through."""
        return dict(self)


def original_of(view: NamespaceView, check: Check) -> dict[str, Any] | None:
    """What ``view`` writes to, if ``check`` judges its keys. No method: user code holds views."""
    return view._target if view._check is check else None
