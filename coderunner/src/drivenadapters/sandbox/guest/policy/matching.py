"""Run-time half of guarded ``match`` patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from . import names

if TYPE_CHECKING:
    from .attributes import Attributes

# Types that match themselves by their one positional pattern (data model, 3.3.11).
_MATCH_SELF: Final = 1 << 22


class PatternFactory:
    """Makes what a rewritten pattern looks at; callable, one for each policy."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._classes: dict[tuple[int, int, tuple[str, ...]], tuple[type, Any]] = {}

    def __call__(self, evaluate: Callable[[], Any], count: int = 0, keywords: tuple[str, ...] = ()) -> Pattern:
        """What the rewritten pattern looks at."""
        return Pattern(self, evaluate, count, keywords)

    def checked(self, cls: Any, count: int, keywords: tuple[str, ...]) -> Any:
        """A class that matches as ``cls`` does, but reads only what user code may read."""
        if not isinstance(cls, type) or (not count and not keywords):
            return cls
        if type(cls) is type and cls.__flags__ & _MATCH_SELF and not keywords:
            return cls
        known = self._classes.get((hash_of(cls), count, keywords))
        if known is None or known[0] is not cls:
            known = (cls, self._make(cls, count, keywords))
            self._classes[hash_of(cls), count, keywords] = known
        return known[1]

    def _make(self, cls: type, count: int, keywords: tuple[str, ...]) -> type:
        positional = getattr(cls, "__match_args__", ())
        if type(positional) is not tuple:
            positional = ()
        wanted = (*positional[:count], *keywords)
        checking = type("type", (_Checking,), {"readable": staticmethod(self._reader(cls, wanted))})
        checked: type = checking(cls.__name__, (), {"__match_args__": positional})
        return checked

    def _reader(self, cls: type, wanted: tuple[str, ...]) -> Callable[[Any], bool]:
        def matches(subject: Any) -> bool:
            if not isinstance(subject, cls):
                return False
            return all(self._is_readable(subject, name) for name in wanted)

        return matches

    def _is_readable(self, subject: Any, name: str) -> bool:
        """Raises AttributeError where the interpreter would read what the guard refuses."""
        if not hasattr(subject, name):
            return True
        raw = getattr(subject, name)
        if not names.is_ordinary(name):
            same = self._attributes.get(subject, name) is raw
        else:
            same = self._attributes.values.judge(name, raw) is raw
        if not same and type(raw) not in self._attributes.values.harmless:
            raise AttributeError(f"the attribute {name!r} may not be matched here")
        return True


class Pattern:
    """What one pattern evaluates when its case is tried."""

    __slots__ = ("_count", "_evaluate", "_factory", "_keywords")

    def __init__(
        self, factory: PatternFactory, evaluate: Callable[[], Any], count: int, keywords: tuple[str, ...]
    ) -> None:
        self._factory = factory
        self._evaluate = evaluate
        self._count = count
        self._keywords = keywords

    @property
    def value(self) -> Any:
        """Value of a dotted name."""
        return self._evaluate()

    @property
    def checked(self) -> Any:
        """Class of a class pattern."""
        return self._factory.checked(self._evaluate(), self._count, self._keywords)


class _Checking(type):
    """Metaclass of checked classes."""

    readable: staticmethod[[Any], bool]

    def __instancecheck__(cls, instance: Any) -> bool:
        return type(cls).readable(instance)


def hash_of(cls: type) -> int:
    """Identity of a class, whatever its metaclass says."""
    return type.__hash__(cls)
