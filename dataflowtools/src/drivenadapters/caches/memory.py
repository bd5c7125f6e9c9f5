"""Results remembered in the process, the least recently used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

_OVERHEAD = 200  # bytes of an entry beside its key and value
_LARGEST_SHARE = 4


class MemoryResultCache:
    """Satisfies the port ``ResultCache``. Used from the event loop only.

    Args:
        most_bytes: of all entries; one that would take a quarter of it is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._values: OrderedDict[str, bytes] = OrderedDict()

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes) -> None:
        """See the port."""
        if _size(key, value) * _LARGEST_SHARE > self._most:
            return
        self._forget(key)
        self._values[key] = value
        self._bytes += _size(key, value)
        while self._bytes > self._most:
            self._forget(next(iter(self._values)))

    async def health(self) -> Mapping[str, Any]:
        """Return how full it is."""
        return {"kind": "memory", "entries": len(self._values), "used_mb": round(self._bytes / (1 << 20), 1)}

    async def close(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._bytes = 0

    def _forget(self, key: str) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._bytes -= _size(key, value)


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD
