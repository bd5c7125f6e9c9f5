"""Workbooks as one XML file."""

from __future__ import annotations

import pytest

from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.reading import kind_of, read


def workbook(rows: str, options: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><DocumentProperties><Author>Ann</Author>'
        f'</DocumentProperties><Worksheet ss:Name="One"><Table>{rows}</Table>{options}</Worksheet></Workbook>'
    ).encode()


def cell(kind: str, text: str, more: str = "") -> str:
    return f'<Cell {more}><Data ss:Type="{kind}">{text}</Data></Cell>'


def test_values_come_by_the_type_that_each_cell_names() -> None:
    row = (
        cell("String", "007")
        + cell("Number", "1.5")
        + cell("Number", "9007199254740993")
        + cell("Boolean", "1")
        + cell("DateTime", "2024-02-29T00:00:00.000")
        + cell("DateTime", "2024-02-29T13:05:00.000")
        + cell("Error", "#N/A")
    )
    content = workbook(f"<Row>{row}</Row>")
    assert kind_of(content, "export.xls") == "xlsxml"
    found = read(content, "export.xls")
    assert found.rows == [["007", 1.5, 9007199254740993, True, "2024-02-29", "2024-02-29T13:05:00", "#N/A"]]
    assert found.metadata["author"] == "Ann"


def test_rows_and_cells_stand_where_their_index_says() -> None:
    second = cell("String", "b", 'ss:Index="2"')
    rows = f'<Row ss:Index="2">{second}{cell("String", "c")}</Row>'
    assert read(workbook(rows)).rows == [[None, None, None], [None, "b", "c"]]


def test_merged_cells_and_hidden_sheets_are_kept() -> None:
    wide = cell("String", "wide", 'ss:MergeAcross="1" ss:MergeDown="1"')
    hidden = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    found = read(workbook(f"<Row>{wide}{cell('String', 'x')}</Row>", hidden))
    assert found.rows == [["wide", None, "x"], [None, None, None]]
    assert found.tables[0]["merged"] == [{"row": 0, "column": 0, "rows": 2, "columns": 2}]
    assert found.tables[0]["hidden"] is True


def test_a_cell_far_away_is_refused_by_the_limit() -> None:
    far = cell("String", "x", 'ss:Index="16384"')
    with pytest.raises(TaskFailed, match="MAX_CELLS") as caught:
        read(workbook(f'<Row ss:Index="1048576">{far}</Row>'))
    assert caught.value.kind is FailureKind.TOO_LARGE


def test_a_document_type_is_refused() -> None:
    content = workbook("").replace(b"<Workbook", b"<!DOCTYPE a [<!ENTITY b 'c'>]><Workbook", 1)
    with pytest.raises(TaskFailed, match="document type"):
        read(content)
