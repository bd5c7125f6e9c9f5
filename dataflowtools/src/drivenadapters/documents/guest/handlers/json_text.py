"""JSON (RFC 8259) and JSON lines."""

from __future__ import annotations

import json
from typing import Any

from drivenadapters.documents.guest import conversions
from drivenadapters.documents.guest.answer import Answer, Cell, Table
from drivenadapters.documents.guest.base import NOT_MINE, Declaration, Finding, Handler, Wanted, What
from drivenadapters.documents.guest.document import Document
from drivenadapters.documents.guest.encodings import decode, looks_like_text
from drivenadapters.documents.guest.flow import markdown_table
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.documents.guest.workbook import Row
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed

_PARSED = 0.6
_BEGINS_SO = 0.15
_HEAD = 64 << 10
_EXTRACTS = frozenset({What.TEXT, What.MARKDOWN, What.TABLES, What.METADATA})
_MOST_COLUMNS = 10_000
_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}


class JsonHandler(Handler):
    """One JSON value; a list of objects is a table as well."""

    declaration = Declaration(
        kind="json",
        title="JSON",
        media_types=("application/json",),
        endings=("json", "geojson"),
        extracts=_EXTRACTS,
        conversions=conversions.JSON,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Parse a small file; of a large one, look at the beginning."""
        head = sample.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if head[:1] not in (b"{", b"[") or not looks_like_text(sample.head):
            return NOT_MINE
        if sample.size <= _HEAD:
            return Finding(_PARSED) if _is_json(decode(sample.head).text) else self._named(sample)
        first = head.partition(b"\n")[0].rstrip()
        return NOT_MINE if len(first) < _HEAD and _is_json(first.decode("utf-8", "replace")) else Finding(_PARSED)

    def _named(self, sample: Sample) -> Finding:
        return Finding(_BEGINS_SO) if sample.ending in self.declaration.endings else NOT_MINE

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return what the value is."""
        return _facts(_value(decode(document.text_bytes()).text))

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Give the text as it is, and a table where there is one."""
        text = decode(document.text_bytes()).text
        _write(text, _value(text), wanted, answer, document)


class JsonLinesHandler(JsonHandler):
    """A JSON value a line."""

    declaration = Declaration(
        kind="jsonl",
        title="JSON lines",
        media_types=("application/jsonl", "application/x-ndjson"),
        endings=("jsonl", "ndjson"),
        extracts=_EXTRACTS,
        conversions=conversions.JSON_LINES,
    )

    def recognise(self, sample: Sample) -> Finding:
        """Parse the first lines."""
        if sample.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[") or not looks_like_text(sample.head):
            return NOT_MINE
        lines = [line for line in decode(sample.head).text.splitlines() if line.strip()][:20]
        complete = lines if sample.size <= _HEAD or len(lines) == 20 else lines[:-1]
        several = len(complete) > 1 or (bool(complete) and sample.ending in self.declaration.endings)
        return Finding(_PARSED) if several and all(map(_is_json, complete)) else self._named(sample)

    def inspect(self, document: Document) -> dict[str, Any]:
        """Return what the values are."""
        return _facts(_values(decode(document.text_bytes()).text))

    def extract(self, document: Document, wanted: Wanted, answer: Answer) -> None:
        """Give the text as it is, and the table of the lines."""
        text = decode(document.text_bytes()).text
        _write(text, _values(text), wanted, answer, document)


def _write(text: str, value: Any, wanted: Wanted, answer: Answer, document: Document) -> None:
    table = as_table(value)
    document.limits.check("max_cells", len(table) * len(table[0]) if table else 0, "cells")
    if What.TEXT in wanted:
        answer.text(text)
    if What.MARKDOWN in wanted:
        answer.markdown(f"{markdown_table(table)}\n" if table else f"```json\n{text.strip()}\n```\n")
    if What.TABLES in wanted and table:
        answer.table(Table(), table)
    if What.METADATA in wanted:
        answer.metadata(_facts(value))


def as_table(value: Any) -> list[Row]:
    """Return a list of objects as rows below their names; nothing for what is none."""
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return []
    names = list(dict.fromkeys(name for item in value for name in item))
    if len(names) > _MOST_COLUMNS:
        return []
    header: Row = list(names)
    return [header, *([_cell(item.get(name)) for name in names] for item in value)]


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        _value(text)
    except TaskFailed:
        return False
    return True


def _value(text: str, where: str = "") -> Any:
    try:
        # What is no JSON though many write it, such as NaN, comes through as its name.
        return json.loads(text, parse_constant=str)
    except RecursionError as error:
        raise TaskFailed(FailureKind.DAMAGED, f"the JSON{where} nests too deep") from error
    except ValueError as error:
        raise TaskFailed(FailureKind.DAMAGED, f"the text{where} is no JSON: {error}") from error


def _values(text: str) -> list[Any]:
    return [_value(line, f" in line {number}") for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _facts(value: Any) -> dict[str, Any]:
    kind = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}.get(
        type(value), "number"
    )
    facts: dict[str, Any] = {"type": kind}
    if isinstance(value, list | dict):
        facts["length"] = len(value)
    if isinstance(value, dict):
        facts["names"] = list(value)[:100]
    return facts


HANDLERS = (JsonHandler(), JsonLinesHandler())
