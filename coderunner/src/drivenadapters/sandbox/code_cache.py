"""Compiled programs by their source, so that a workflow's node is compiled once.

The entries are opaque: workers made them before any byte of the user's ran, and only
workers of the same kind read them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict


class CodeCache:
    """Least recently used entries up to a total size in bytes."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()

    @staticmethod
    def key(source: str) -> bytes:
        """Return the key of a source text."""
        return hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()

    def get(self, key: bytes) -> bytes | None:
        """Return the compiled program, if it is known."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: bytes, compiled: bytes) -> None:
        """Remember a compiled program; the first one for a source stays, and an empty one is none."""
        if not compiled or key in self._entries or len(compiled) > self._capacity:
            return
        self._entries[key] = compiled
        self._size += len(compiled)
        while self._size > self._capacity:
            self._size -= len(self._entries.popitem(last=False)[1])
