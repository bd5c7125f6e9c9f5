"""Workbooks since 2007: values as the file holds them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.packages import archive
from harness.reading import facts, kind_of, read


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheet(fill: Callable[[Worksheet], None]) -> bytes:
    return workbook(lambda book: fill(book.active))


def with_cells(xml: str) -> bytes:
    """A workbook whose only sheet has these rows, as XML."""
    content = sheet(lambda rows: rows.append(["placeholder"]))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    name = "xl/worksheets/sheet1.xml"
    replaced = f"<sheetData>{xml}</sheetData>".encode()
    parts[name] = re.sub(rb"<sheetData>.*</sheetData>", lambda _: replaced, parts[name], flags=re.DOTALL)
    return archive(parts)


def test_values_keep_their_kinds() -> None:
    def fill(rows: Worksheet) -> None:
        rows.append([1, 1.5, "007", True, None, "two\nlines", 0.1, -3])

    assert read(sheet(fill)).rows == [[1, 1.5, "007", True, None, "two\nlines", 0.1, -3]]


def test_dates_come_by_their_number_format() -> None:
    def fill(rows: Worksheet) -> None:
        rows.append([datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 13, 5), datetime.time(7, 30)])  # noqa: DTZ001
        rows.append([datetime.timedelta(hours=49, minutes=3, seconds=5), 45351])

    assert read(sheet(fill)).rows == [
        ["2024-02-29", "2024-02-29T13:05:00", "07:30:00"],
        ["49:03:05", 45351, None],
    ]


@pytest.mark.parametrize(
    "error", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"]
)
def test_error_cells_stay_errors(error: str) -> None:
    content = with_cells(f'<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><f>1/0</f><v>{error}</v></c></row>')
    assert read(content).rows == [[1, error]]


def test_whole_numbers_beyond_what_floats_hold_are_exact() -> None:
    content = with_cells(
        '<row r="1"><c r="A1"><v>9007199254740993</v></c><c r="B1" t="n"><v>-12345678901234567890</v></c>'
        '<c r="C1" t="str"><v>12345678901234567890</v></c></row>'
    )
    assert read(content).rows == [[9007199254740993, -12345678901234567890, "12345678901234567890"]]


def test_cells_that_the_scan_patches_are_found_wherever_a_piece_ends() -> None:
    filler = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{"x" * 400}</v></c></row>' for n in range(1, 6000))
    content = with_cells(filler + '<row r="6000"><c r="A6000" t="e"><v>#N/A</v></c></row>')
    assert read(content, what=["tables"]).rows[5999] == ["#N/A"]


def test_merged_cells_are_reported_and_have_room() -> None:
    def fill(rows: Worksheet) -> None:
        rows["A1"] = "wide"
        rows.merge_cells("A1:C2")

    found = read(sheet(fill))
    assert found.tables[0]["merged"] == [{"row": 0, "column": 0, "rows": 2, "columns": 3}]
    assert found.rows == [["wide", None, None], [None, None, None]]


def test_rows_begin_at_the_first_cell_of_the_sheet() -> None:
    def fill(rows: Worksheet) -> None:
        rows["C2"] = "x"

    assert read(sheet(fill)).rows == [[None, None, None], [None, None, "x"]]


def test_hidden_sheets_are_read_and_marked() -> None:
    def fill(book: Any) -> None:
        book.active.title = "Seen"
        book.create_sheet("Unseen").sheet_state = "hidden"
        book.create_sheet("Buried").sheet_state = "veryHidden"

    found = read(workbook(fill))
    assert [(table["sheet"], table["hidden"]) for table in found.tables] == [
        ("Seen", False),
        ("Unseen", True),
        ("Buried", True),
    ]
    assert [item["visibility"] for item in found.metadata["sheets"]] == ["visible", "hidden", "very_hidden"]


def test_sheets_are_chosen_by_name_and_by_number() -> None:
    def fill(book: Any) -> None:
        book.active.title = "1st"
        for name in ("2nd", "3rd"):
            book.create_sheet(name)

    content = workbook(fill)
    assert [table["sheet"] for table in read(content, sheets=["3rd", 1]).tables] == ["1st", "3rd"]
    with pytest.raises(TaskFailed, match=r"no sheet 'none'.*1st, 2nd, 3rd") as caught:
        read(content, sheets=["none"])
    assert (caught.value.kind, caught.value.field) == (FailureKind.INVALID, "sheets")


def test_formulas_without_a_value_are_counted() -> None:
    found = read(sheet(lambda rows: rows.append([1, "=A1+1"])))
    assert found.rows == [[1]]
    assert found.warnings == ["1 formulas have no stored value: open and save the file in Excel once"]


def test_empty_cells_far_away_do_not_matter_and_filled_ones_are_refused() -> None:
    empty = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert read(with_cells(empty)).rows == [[1]]
    with pytest.raises(TaskFailed, match="MAX_CELLS") as caught:
        read(with_cells(empty.replace(' s="0"/>', "><v>1</v></c>")))
    assert caught.value.kind is FailureKind.TOO_LARGE


def test_a_part_that_is_not_at_its_usual_place_is_found_by_its_relation() -> None:
    content = sheet(lambda rows: rows.append([1]))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/other.xml"] = parts.pop("xl/worksheets/sheet1.xml")
    parts = {name: part.replace(b"worksheets/sheet1.xml", b"worksheets/other.xml") for name, part in parts.items()}
    assert read(archive(parts)).rows == [[1]]


def test_a_document_type_is_refused_before_anything_is_parsed() -> None:
    content = sheet(lambda rows: rows.append(["x"]))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/styles.xml"] = b'<!DOCTYPE a [<!ENTITY b "c">]>' + parts["xl/styles.xml"]
    with pytest.raises(TaskFailed, match="declares a document type"):
        read(archive(parts))


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (Limits(max_archive_entries=3), "MAX_ARCHIVE_ENTRIES"),
        (Limits(max_unpacked_mb=0), "MAX_UNPACKED_MB"),
        (Limits(max_cells=10), "MAX_CELLS"),
        (Limits(max_extract_mb=0), "MAX_EXTRACT_MB"),
    ],
)
def test_each_limit_is_named_when_it_is_passed(limits: Limits, setting: str) -> None:
    with pytest.raises(TaskFailed, match=setting) as caught:
        read(sheet(lambda rows: rows.append(["x"])), limits=limits)
    assert caught.value.kind is FailureKind.TOO_LARGE


def test_a_workbook_is_one_whatever_its_name() -> None:
    content = sheet(lambda rows: rows.append([1]))
    assert kind_of(content, "letter.doc") == "xlsx"
    assert facts(content)["sheets"] == [
        {"name": "Sheet", "visibility": "visible", "kind": "sheet", "rows": 1, "columns": 1}
    ]
