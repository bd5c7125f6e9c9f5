"""Telling memory that holds pointers from memory that holds bytes."""

from __future__ import annotations

import re
from typing import Any, Final

_FIELD_NAMES: Final = re.compile(r":[^:]*:")
_PLAIN: Final = (str, bytes, bytearray, int, float, complex, type(None), list, tuple, dict, set)


def is_pointers(item: Any) -> bool:
    """Whether ``item`` exports memory that holds references to objects.

    numpy exports an array of objects to whoever asks for a buffer. Bytes written there are
    addresses that the interpreter will follow, bytes read there are addresses of objects.
    """
    if isinstance(item, _PLAIN):
        return False
    try:
        layout = memoryview(item).format
    except (TypeError, ValueError, BufferError):
        return False
    return "O" in _FIELD_NAMES.sub("", layout)


def check_buffers(*arguments: Any, **keywords: Any) -> None:
    """Raise TypeError if an argument is memory that holds references to objects."""
    if any(is_pointers(item) for item in (*arguments, *keywords.values())):
        raise TypeError("the memory of an array of objects cannot be used as bytes")
