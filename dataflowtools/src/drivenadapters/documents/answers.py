"""The file that a worker wrote its answer to, made into the fields of a response.

A worker can be taken over by what it reads, so each line is parsed once; what is valid is joined as it stands,
since an answer can be megabytes and a second copy as objects would hold the interpreter for that long.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator

from errors import FileDamaged
from logics.documents import Part

_LONGEST_LINE = 16 << 20


def assemble(descriptor: int, parts: Collection[Part]) -> dict[str, bytes]:
    """Return the JSON of each field.

    Raises:
        FileDamaged: the worker wrote what no reader writes.
    """
    answer = _Fields()
    try:
        for word, value in _lines(descriptor):
            answer.add(word, value)
    except ValueError as reason:
        raise FileDamaged("the reader of this kind of file broke on it") from reason
    return answer.fields(parts)


class _Fields:
    def __init__(self) -> None:
        self._texts: dict[str, list[bytes]] = {"text": [], "markdown": []}
        self._pages: list[bytes] = []
        self._tables: list[tuple[bytes, list[bytes]]] = []
        self._metadata = b"null"

    def add(self, word: str, value: bytes) -> None:
        match word, json.loads(value):
            case (("text" | "markdown"), str()):
                self._texts[word].append(value[1:-1])
            case "page", dict():
                self._pages.append(value)
            case "table", dict() as head if head:
                self._tables.append((value[:-1], []))
            case "rows", list() if self._tables:
                self._tables[-1][1].append(value[1:-1])
            case "metadata", dict():
                self._metadata = value
            case _:
                raise ValueError(word)

    def fields(self, parts: Collection[Part]) -> dict[str, bytes]:
        found = {name: b'"' + b"".join(pieces) + b'"' for name, pieces in self._texts.items()}
        tables = b",".join(b'%s,"rows":[%s]}' % (head, b",".join(rows)) for head, rows in self._tables)
        found |= {"tables": b"[" + tables + b"]", "metadata": self._metadata}
        fields = {name: value for name, value in found.items() if name in parts}
        return {**fields, "pages": b"[" + b",".join(self._pages) + b"]"} if self._pages else fields


def _lines(descriptor: int) -> Iterator[tuple[str, bytes]]:
    with open(os.dup(descriptor), "rb") as file:
        file.seek(0)
        while line := file.readline(_LONGEST_LINE):
            word, _, value = line.partition(b" ")
            yield word.decode("ascii"), value.strip()
