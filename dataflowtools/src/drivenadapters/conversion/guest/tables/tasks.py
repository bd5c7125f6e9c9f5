"""The task that converts tables."""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from drivenadapters.workers.guest.workspace import Workspace

from . import markup, texts, workbooks
from .cells import Sheet
from .options import ALL_SHEETS, TableOptions, chosen

_WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
_SEVERAL = frozenset({"xlsx", "json", "md", "html"})  # hold any number of sheets
_ONE = frozenset({"csv", "tsv", "jsonl", "parquet"})


def convert(workspace: Workspace, source: str, target: str, options: dict[str, Any]) -> dict[str, Any]:
    """Convert the tables of the file ``source`` of one kind into the file ``sink`` of another."""
    wanted = TableOptions.of(options)
    with workspace.source() as given:
        sheets = read(given, source, wanted)
    if not any(sheet.rows for sheet in sheets):
        raise TaskFailed(FailureKind.IMPOSSIBLE, "there is no table in this file")
    with workspace.sink() as sink:
        return write(sheets, sink, target, wanted, str(options.get("title") or ""))


def read(source: BinaryIO, kind: str, options: TableOptions) -> list[Sheet]:
    """Return the tables of a file of a kind."""
    if kind in _WORKBOOKS:
        return workbooks.read_workbook(source, kind, options)
    if kind == "parquet":
        return workbooks.read_parquet(source, options)
    data = source.read()
    match kind:
        case "csv" | "tsv":
            return texts.read_delimited(data, kind, options)
        case "json" | "jsonl":
            return texts.read_json(data, kind, options)
        case "html":
            return markup.read_html(data, options)
        case "md":
            return markup.read_markdown(data, options)
    raise TaskFailed(FailureKind.UNSUPPORTED, f"no table is read from {kind}")


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
            workbooks.write_parquet(sheet, sink, options)
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
