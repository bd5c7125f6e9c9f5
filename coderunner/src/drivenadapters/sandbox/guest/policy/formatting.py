"""``str.format`` and string.Formatter walk attributes; here each step passes the guard."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .attributes import Attributes


def _split_field(field: str) -> tuple[Any, Any]:
    """First part and the steps of a replacement field, as ``str.format`` parses them."""
    import _string  # type: ignore[import-not-found]  # it has no stub

    first, rest = _string.formatter_field_name_split(field)
    return first, rest


@functools.lru_cache(1024)
def walks_attributes(template: str) -> bool:
    """Whether a format string reads attributes or items of its arguments.

    A malformed template does not: it fails where it is used. Nested fields count.
    """
    try:
        for _, field, spec, _ in string.Formatter().parse(template):
            if field and any(True for _ in _split_field(field)[1]):
                return True
            if spec and walks_attributes(spec):
                return True
    except ValueError:
        return False
    return False


class GuardedFormatter(string.Formatter):
    """string.Formatter whose attribute steps are those of user code."""

    @staticmethod
    def read(obj: Any, name: str) -> Any:
        """Read an attribute as user code does; each policy has its own."""
        raise NotImplementedError

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """Find the object of a replacement field."""
        first, rest = _split_field(field_name)
        obj = self.get_value(first, args, kwargs)
        for is_attribute, step in rest:
            obj = self.read(obj, step) if is_attribute else obj[step]
        return obj, first


class _MapFormatter(GuardedFormatter):
    """For ``format_map``: the mapping itself answers, with its ``__missing__``."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs[key]

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        """Nothing to check."""


class Formatting:
    """Makes the formatting methods that user code gets."""

    def __init__(self, attributes: Attributes) -> None:
        reading = {"read": staticmethod(attributes.get), "__module__": "string", "__doc__": string.Formatter.__doc__}
        self.formatter: type[GuardedFormatter] = type("Formatter", (GuardedFormatter,), reading)
        self._of_mapping: type[_MapFormatter] = type("Formatter", (_MapFormatter,), reading)
        self._attributes = attributes

    def method(self, value: Any, name: str) -> Callable[..., Any]:
        """Stand-in for ``value``, what attribute ``format`` or ``format_map`` of an object is."""
        owner = getattr(value, "__objclass__", None)
        holder = getattr(value, "__self__", None)
        if owner is str:
            return self._unbound(name)
        if isinstance(holder, str) and type(value).__name__ == "builtin_function_or_method":
            return self._bound(str.__str__(holder), name)
        result: Callable[..., Any] = self._attributes.values.judge(name, value)
        return result

    def _bound(self, template: str, name: str) -> Callable[..., str]:
        if not walks_attributes(template):
            return getattr(template, name)  # type: ignore[no-any-return]
        if name == "format_map":
            return lambda mapping: self._format_map(template, mapping)
        return lambda *args, **kwargs: self.formatter().vformat(template, args, kwargs)

    def _format_map(self, template: str, mapping: Mapping[str, Any]) -> str:
        return self._of_mapping().vformat(template, (), mapping)

    def _unbound(self, name: str) -> Callable[..., str]:
        def formatted(template: Any, /, *args: Any, **kwargs: Any) -> str:
            if not isinstance(template, str):
                raise TypeError(f"descriptor {name!r} for 'str' objects doesn't apply to {type(template).__name__!r}")
            return self._bound(str.__str__(template), name)(*args, **kwargs)

        return formatted
