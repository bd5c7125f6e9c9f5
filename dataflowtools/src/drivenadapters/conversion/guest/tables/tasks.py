"""The task that converts tables."""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from . import markup, parquet, texts, workbooks
from .cells import Sheet
from .found import read_found
from .options import ALL_SHEETS, TableOptions, chosen

_SEVERAL = frozenset({"xlsx", "json", "md", "html"})  # hold any number of sheets
_ONE = frozenset({"csv", "tsv", "jsonl", "parquet"})


def convert(
    workspace: Workspace, source: str, target: str, options: dict[str, Any], limits: dict[str, int]
) -> dict[str, Any]:
    """Convert the tables of the file ``source`` of one kind into the file ``sink`` of another."""
    bounds = Limits(**limits)
    with workspace.source() as given:
        sheets, heard = read(given, source, options, bounds)
    if not any(sheet.rows for sheet in sheets):
        raise TaskFailed(FailureKind.IMPOSSIBLE, "there is no table in this file")
    with workspace.sink() as sink:
        told = write(sheets, sink, target, TableOptions.of(options), str(options.get("title") or ""))
    return {**told, "warnings": [*heard, *told["warnings"]]}


def read(source: BinaryIO, kind: str, options: dict[str, Any], limits: Limits) -> tuple[list[Sheet], list[str]]:
    """Return the tables of a file of a kind, and what the caller should know."""
    choices = TableOptions.of(options)
    match kind:
        case "parquet":
            return parquet.read_parquet(source, choices), []
        case "csv" | "tsv":
            return texts.read_delimited(_content(source, limits), kind, choices), []
        case "json" | "jsonl":
            return texts.read_json(_content(source, limits), kind, choices), []
    return read_found(source, kind, options, limits)


def _content(source: BinaryIO, limits: Limits) -> bytes:
    limits.check_bytes("max_text_mb", source.seek(0, 2), "the text has")
    source.seek(0)
    return source.read()


def write(sheets: list[Sheet], sink: BinaryIO, target: str, options: TableOptions, title: str = "") -> dict[str, Any]:
    """Write tables as a kind; returns warnings, and the ending where several files are in an archive."""
    if target in _SEVERAL and options.sheet in (None, ALL_SHEETS):
        shown = [sheet for sheet in sheets if sheet.rows and not sheet.hidden] if target != "xlsx" else sheets
        return {"warnings": _write_several(shown or sheets, sink, target, options, title)}
    meant, warnings = chosen(sheets, options.sheet)
    if target in _SEVERAL:
        return {"warnings": warnings + _write_several(meant, sink, target, options, title)}
    if len(meant) == 1:
        _write_one(meant[0], sink, target, options)
        return {"warnings": warnings}
    _write_archive(meant, sink, target, options)
    return {"warnings": warnings, "kind": "zip"}


def _write_several(sheets: list[Sheet], sink: BinaryIO, target: str, options: TableOptions, title: str) -> list[str]:
    match target:
        case "xlsx":
            return workbooks.write_workbook(sheets, sink, options)
        case "json":
            texts.write_json(sheets, sink, options)
        case "md":
            markup.write_markdown(sheets, sink, options)
        case _:
            markup.write_html(sheets, sink, options, title)
    return []


def _write_one(sheet: Sheet, sink: BinaryIO, target: str, options: TableOptions) -> None:
    match target:
        case "csv" | "tsv":
            texts.write_delimited(sheet, sink, target, options)
        case "jsonl":
            texts.write_json_lines(sheet, sink, options)
        case "parquet":
            parquet.write_parquet(sheet, sink, options)
        case _:
            raise TaskFailed(FailureKind.UNSUPPORTED, f"no table is written as {target}")


def _write_archive(sheets: list[Sheet], sink: BinaryIO, target: str, options: TableOptions) -> None:
    taken: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sheets:
            if sheet.rows:
                name = workbooks.sheet_name(sheet.name, taken)
                with archive.open(f"{name}.{target}", "w", force_zip64=True) as member:
                    _write_one(sheet, member, target, options)  # type: ignore[arg-type]
