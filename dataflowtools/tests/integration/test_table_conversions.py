"""Tables keep their values: leading zeros, long numbers, dates, error cells, sheets."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
import pytest_asyncio
from pyarrow import parquet

from errors import InvalidInput, Unprocessable
from harness.conversions import Making, making

pytestmark = pytest.mark.asyncio(loop_scope="module")
CSV = (
    "code,long,day,moment,amount,text,flag\r\n"
    '007,12345678901234567890,2024-02-29,2024-02-29T13:45:00,12.50,"a, ""b""\nc",true\r\n'
    "0,5,1999-12-31,1999-12-31T00:00:01,-3,=1+1,false\r\n"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as running:
            yield running


def cells(workbook: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def rows(text: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, content in sheets.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


async def test_csv_to_xlsx_and_back_keeps_every_value(made: Making) -> None:
    xlsx = await made.converted("a.csv", CSV.encode(), "xlsx")
    back = rows(await made.converted("a.xlsx", xlsx, "csv"))
    assert back[1][:4] == ["007", "12345678901234567890", "2024-02-29", "2024-02-29 13:45:00"]
    assert [float(back[1][4]), back[1][5], back[1][6]] == [12.5, 'a, "b"\nc', "true"]
    assert back[2][5] == "=1+1"


async def test_csv_to_xlsx_gives_numbers_and_dates_their_types_and_never_a_formula(made: Making) -> None:
    found = cells(await made.converted("a.csv", CSV.encode(), "xlsx"))
    assert found[1][0] == "007"
    assert found[1][1] == "12345678901234567890"
    assert found[1][2].isoformat() == "2024-02-29T00:00:00"
    assert (found[1][4], found[1][6]) == (12.5, True)
    sheet = openpyxl.load_workbook(io.BytesIO(await made.converted("a.csv", CSV.encode(), "xlsx"))).worksheets[0]
    assert (sheet["F3"].value, sheet["F3"].data_type) == ("=1+1", "s")


async def test_types_are_left_alone_when_asked(made: Making) -> None:
    found = cells(await made.converted("a.csv", CSV.encode(), "xlsx", infer_types=False))
    assert found[1][4] == "12.50"


async def test_parquet_has_types_by_column(made: Making) -> None:
    content = await made.converted("a.csv", CSV.encode(), "parquet")
    types = {field.name: str(field.type) for field in parquet.read_schema(io.BytesIO(content))}
    assert types["day"] == "date32[day]"
    assert types["amount"] == "double"
    assert types["code"] == "string"
    back = rows(await made.converted("a.parquet", content, "csv"))
    assert back[1][:3] == ["007", "12345678901234567890", "2024-02-29"]


@pytest.mark.parametrize("kind", ["xls", "ods", "json", "jsonl", "parquet", "tsv", "html", "md"])
async def test_codes_long_numbers_and_days_survive_every_format(made: Making, kind: str) -> None:
    if made.installed.office is None and kind in ("xls", "ods"):
        pytest.skip("LibreOffice is not installed")
    between = await made.converted("a.csv", CSV.encode(), kind)
    back = rows(await made.converted(f"a.{kind}", between, "csv"))
    assert back[0][:3] == ["code", "long", "day"]
    assert back[1][:3] == ["007", "12345678901234567890", "2024-02-29"]


async def test_error_cells_stay_what_they_are(made: Making) -> None:
    content = workbook({"S": [["a", "b"], ["#DIV/0!", "#N/A"]]})
    assert rows(await made.converted("a.xlsx", content, "csv"))[1] == ["#DIV/0!", "#N/A"]


async def test_of_several_sheets_one_is_taken_and_the_others_are_named(made: Making) -> None:
    content = workbook({"One": [["a"], [1]], "Two": [["b"], [2]]})
    converted = await made.convert("a.xlsx", content, "csv")
    assert rows(made.files.content(converted.file.file_id)) == [["a"], ["1"]]
    assert "Two" in converted.warnings[0]
    assert rows(await made.converted("a.xlsx", content, "csv", sheet="Two")) == [["b"], ["2"]]
    assert rows(await made.converted("a.xlsx", content, "csv", sheet=2)) == [["b"], ["2"]]


async def test_all_sheets_come_in_an_archive_where_a_format_holds_one_table(made: Making) -> None:
    content = workbook({"One": [["a"], [1]], "Two": [["b"], [2]]})
    converted = await made.convert("a.xlsx", content, "csv", sheet="all")
    assert converted.file.name == "a.zip"
    with zipfile.ZipFile(io.BytesIO(made.files.content(converted.file.file_id))) as archive:
        assert archive.namelist() == ["One.csv", "Two.csv"]
        assert rows(archive.read("Two.csv")) == [["b"], ["2"]]


async def test_json_of_several_sheets_has_them_by_name(made: Making) -> None:
    content = workbook({"One": [["a"], [1]], "Two": [["b"], ["x"]]})
    found = json.loads(await made.converted("a.xlsx", content, "json"))
    assert found == {"One": [{"a": 1}], "Two": [{"b": "x"}]}


async def test_a_sheet_that_is_not_there_is_named_in_the_error(made: Making) -> None:
    content = workbook({"One": [["a"]]})
    with pytest.raises(InvalidInput, match="there is no sheet 'Three'") as caught:
        await made.convert("a.xlsx", content, "csv", sheet="Three")
    assert caught.value.details[0].field == "options.sheet"


async def test_dialect_and_encoding_are_detected_and_can_be_told(made: Making) -> None:
    text = "Straße;Größe\r\nKönigsallee;1,5\r\n"
    assert json.loads(await made.converted("a.csv", text.encode("cp1252"), "json", encoding="cp1252")) == [
        {"Straße": "Königsallee", "Größe": "1,5"}
    ]
    assert rows(await made.converted("a.csv", text.encode("utf-16"), "tsv"), "\t")[1] == ["Königsallee", "1,5"]
    written = await made.converted("a.tsv", "ä\tb\n".encode(), "csv", output_delimiter=";", output_encoding="cp1252")
    assert written == b"\xe4;b\r\n"


async def test_an_encoding_without_a_character_says_which(made: Making) -> None:
    with pytest.raises(InvalidInput, match="ascii has no 'ä'"):
        await made.convert("a.tsv", "ä\n".encode(), "csv", output_encoding="ascii")


async def test_formulas_in_csv_are_disarmed_when_asked(made: Making) -> None:
    assert rows(await made.converted("a.json", b'[{"a": "=cmd"}]', "csv"))[1] == ["=cmd"]
    assert rows(await made.converted("a.json", b'[{"a": "=cmd"}]', "csv", escape_formulas=True))[1] == ["'=cmd"]


async def test_a_text_without_a_table_says_so(made: Making) -> None:
    with pytest.raises(Unprocessable, match="no table"):
        await made.convert("a.md", b"# Only text\n", "xlsx")


async def test_names_of_columns_are_made_unique(made: Making) -> None:
    found = json.loads(await made.converted("a.csv", b"x,x,\n1,2,3\n", "json"))
    assert found == [{"x": 1, "x_2": 2, "column_3": 3}]
