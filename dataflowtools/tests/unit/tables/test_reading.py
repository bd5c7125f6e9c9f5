"""Reading tables: nothing is lost, and what was decided is said."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import xlsxwriter

from drivenadapters.tables.guest.engines.limits import Limits
from drivenadapters.tables.guest.reading.sources import read_table
from drivenadapters.workers.guest.failures import TaskFailed
from harness.tables import read, rows
from logics.tables.sources import Source

_CORPUS = Path(__file__).resolve().parents[5] / "shared" / "corpus" / "documents"
needs_corpus = pytest.mark.skipif(not _CORPUS.is_dir(), reason="the shared corpus is not beside the checkout")


def kinds(content: bytes, **said: Any) -> dict[str, str]:
    return {name: str(kind) for name, kind in read(content, **said).frame.schema.items()}


def said_of(content: bytes, column: str | None = None, **said: Any) -> str:
    notes = read(content, **said).notes.conversions
    return "; ".join(note.message for note in notes if column is None or note.column == column)


def corpus(name: str, **said: Any) -> Any:
    return read((_CORPUS / name).read_bytes(), name.rpartition(".")[2], **said)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", ""], "integer"),
        (["9007199254740993"], "integer"),
        (["9223372036854775807"], "integer"),
        (["1.5", "2"], "number"),
        (["1e3", "inf"], "number"),
        (["true", "FALSE"], "boolean"),
        (["2024-01-31", "2024-02-29"], "date"),
        (["2024-01-31T10:00", "2024-01-31 10:00:01.5"], "datetime"),
        (["2024-01-31T10:00Z", "2024-01-31T10:00+02:00"], "instant"),
        (["31.01.2024", "01.02.2024"], "date"),
        (["Jan 31 2024"], "date"),
        (["2024年1月31日"], "date"),
        (["007", "12"], "text"),
        (["+49301234"], "text"),
        (["9223372036854775808"], "text"),
        (["2024-02-30"], "text"),
        (["01/02/2024"], "text"),
        (["31/01/2024", "01/02/2024"], "date"),
        (["1", "x"], "text"),
        (["n/a", "1"], "integer"),
        (["NA", "DE"], "text"),
        (["12:30"], "text"),
        (["1_000"], "text"),
        (["0x10"], "text"),
    ],
)
def test_a_column_becomes_what_all_of_its_values_are(values: list[str], kind: str) -> None:
    content = "c,other\n" + "".join(f"{value},z\n" for value in values)
    assert kinds(content.encode())["c"] == kind


def test_integers_beyond_doubles_keep_every_digit() -> None:
    assert rows(read(b"n\n9007199254740993\n9223372036854775807\n").frame) == [(9007199254740993,), (2**63 - 1,)]
    assert rows(read(b"n\n92233720368547758080\n").frame) == [("92233720368547758080",)]


def test_leading_zeros_are_kept_and_said() -> None:
    assert rows(read(b"zip\n00501\n12345\n").frame) == [("00501",), ("12345",)]
    assert "leading zeros" in said_of(b"zip\n00501\n12345\n", "zip")


def test_an_empty_field_is_missing_and_quotes_around_nothing_are_an_empty_text() -> None:
    assert rows(read(b'a,b\n"",x\n,y\n').frame) == [("", "x"), (None, "y")]


@pytest.mark.parametrize("size", [3, 60_000])
def test_small_and_large_files_are_read_alike(size: int) -> None:
    content = b'a,b,c\n"",1,"x\ny"\n,2,z\n' * 1 + b"p,3,q\n" * size
    found = rows(read(content).frame)
    assert found[:3] == [("", 1, "x\ny"), (None, 2, "z"), ("p", 3, "q")]
    assert len(found) == size + 2


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "名,价\n北京,1\n"),
        ("utf-8-sig", "名,价\n北京,1\n"),
        ("gb18030", "名称,价格\n北京市,1\n上海市,2\n"),
        ("utf-16", "名,价\n北京,1\n"),
        ("utf-16-be", "a,b\nx,1\n"),
        ("cp1252", "name,n\nMüller,1\n"),
    ],
)
def test_encodings_are_found(encoding: str, text: str) -> None:
    found = read(text.encode(encoding)).frame
    assert list(found.schema) == text.splitlines()[0].split(",")
    assert rows(found)[0] == (text.splitlines()[1].split(",")[0], 1)


def test_an_encoding_can_be_set_and_a_wrong_one_is_named() -> None:
    assert rows(read("a\né\n".encode("cp1252"), encoding="cp1252").frame) == [("é",)]
    with pytest.raises(TaskFailed, match="not in utf-8"):
        read("a\né\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(TaskFailed, match="unknown encoding"):
        read(b"a\n1\n", encoding="nonsense")


def test_a_decimal_comma_is_found_by_one_column_and_holds_for_all() -> None:
    content = b"a;b;c\n1,5;1.000;x\n2,25;2.500;y\n"
    assert rows(read(content).frame) == [(1.5, 1000, "x"), (2.25, 2500, "y")]
    assert "comma" in said_of(content, "a")


def test_grouped_digits_are_read_and_said() -> None:
    content = b'a,b\n"1,234",x\n"12,345.5",y\n'
    assert rows(read(content).frame) == [(1234.0, "x"), (12345.5, "y")]
    assert "grouped" in said_of(content, "a")


def test_what_a_comma_means_can_be_set() -> None:
    content = b'a,b\n"1,234",x\n'
    assert rows(read(content).frame) == [(1234, "x")]
    assert rows(read(content, decimal=",").frame) == [(1.234, "x")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    content = f"a{delimiter}b\n1{delimiter}x, y; z\n2{delimiter}w\n".replace("x, y; z", '"x, y; z"')
    assert rows(read(content.encode()).frame) == [(1, "x, y; z"), (2, "w")]


def test_lines_with_another_number_of_fields_are_told_by_their_line() -> None:
    found = read(b"a,b\n1,2\n3\n4,5,6\n7,8,\n")
    assert rows(found.frame) == [(1, 2), (3, None), (7, 8)]
    assert [(bad["row"], bad["text"]) for bad in found.notes.bad_rows.shown] == [(3, "3"), (4, "4,5,6")]


def test_titles_above_the_table_are_told() -> None:
    content = b"Report of May,,\n,,\ncity,price,n\nUlm,1.5,2\n"
    assert rows(read(content).frame) == [("Ulm", 1.5, 2)]
    assert "'Report of May'" in said_of(content)


def test_a_file_without_names_gets_numbers_for_names() -> None:
    assert list(read(b"1,2.5\n2,3.5\n").frame.schema) == ["column_1", "column_2"]
    assert list(read(b"a,b\nc,d\n", header=False).frame.schema) == ["column_1", "column_2"]


def test_names_that_are_taken_or_empty_are_changed_and_said() -> None:
    content = b"a,a,,b\n1,2,3,x\n"
    assert list(read(content).frame.schema) == ["a", "a_2", "column_3", "b"]
    assert "the name was taken" in said_of(content)


def test_kinds_can_be_set_and_what_does_not_fit_is_told_with_its_row() -> None:
    content = b"n,m\n1,2\nx,3\n"
    assert rows(read(content, types={"n": "integer", "m": "text"}).frame) == [(1, "2"), (None, "3")]
    assert "the first is 'x' in row 2" in said_of(content, types={"n": "integer"})


def test_a_late_value_changes_the_kind_of_a_large_column() -> None:
    content = b"n,m\n" + b"1,2\n" * 400_000 + b"x,2.5\n"
    found = read(content)
    assert {name: str(kind) for name, kind in found.frame.schema.items()} == {"n": "text", "m": "number"}
    assert found.frame.rows == 400_001
    assert rows(found.frame)[-1] == ("x", 2.5)


def test_only_wanted_columns_are_read_and_wrong_ones_named() -> None:
    assert list(read(b"a,b,c\n1,2,3\n", columns=["c", "a"]).frame.schema) == ["c", "a"]
    with pytest.raises(TaskFailed, match="did you mean 'price'") as caught:
        read(b"price,b\n1,2\n", columns=["pric"])
    assert caught.value.field == "source.columns"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n", b"\xff\xfe"])
def test_files_without_rows_are_empty_tables(content: bytes) -> None:
    assert read(content).frame.rows == 0


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([{"a": 1, "b": "x"}, {"a": 2.5}], [(1.0, "x"), (2.5, None)]),
        ({"columns": ["a", "b"], "rows": [[1, 2], [3, 4]]}, [(1, 2), (3, 4)]),
        ({"a": [1, 2], "b": ["x", None]}, [(1, "x"), (2, None)]),
        ({"meta": 1, "items": [{"a": True}]}, [(True,)]),
        ([["a", "b"], [1, "x"]], [(1, "x")]),
        ([{"a": [1, {"b": 2}]}, {"a": None}], [([1, {"b": 2}],), (None,)]),
        ([{"a": "2024-01-31"}], [("2024-01-31",)]),
        ([{"a": 2**63}], [("9223372036854775808",)]),
        ([{"a": 1}, {"a": "x"}], [("1",), ("x",)]),
        ([{"a": "007"}], [("007",)]),
    ],
)
def test_json_in_any_usual_shape_is_a_table(document: Any, expected: list[Any]) -> None:
    assert rows(read(json.dumps(document).encode(), "json").frame) == expected


def test_lines_of_json_that_are_none_are_told() -> None:
    found = read(b'{"a": 1}\nnonsense\n\n{"a": 2}\n', "jsonl")
    assert rows(found.frame) == [(1,), (2,)]
    assert found.notes.bad_rows.shown[0]["row"] == 2


def test_what_is_no_table_is_refused() -> None:
    for content, kind in ((b"3", "json"), (b"{nonsense", "json"), (b"PAR1", "parquet"), (b"PK", "xlsx")):
        with pytest.raises(TaskFailed):
            read(content, kind)
    with pytest.raises(TaskFailed, match="found docx, accepted are csv"):
        read(b"", "docx")


def workbook(write: Any) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    write(book.add_worksheet("Data"), book)
    book.close()
    return content.getvalue()


def test_error_cells_are_missing_and_told_with_their_rows() -> None:
    def write(sheet: Any, _: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [1, 2])
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
        sheet.write(2, 1, 3)

    found = read(workbook(write), "xlsx")
    assert rows(found.frame) == [(1, 2), (None, 3)]
    assert "#DIV/0! in row 3" in "; ".join(note.message for note in found.notes.conversions)


def test_titles_and_merged_headers_of_a_sheet_become_one_header() -> None:
    def write(sheet: Any, _: Any) -> None:
        sheet.merge_range(0, 0, 0, 3, "Sales of 2024")
        sheet.merge_range(2, 0, 3, 0, "City")
        sheet.merge_range(2, 1, 2, 2, "Price")
        sheet.write_row(3, 1, ["net", "gross"])
        sheet.merge_range(2, 3, 3, 3, "Day")
        sheet.write_row(4, 0, ["Ulm", 1, 1.19, "2024-01-31"])

    found = read(workbook(write), "xlsx")
    assert list(found.frame.schema) == ["City", "Price net", "Price gross", "Day"]
    assert rows(found.frame) == [("Ulm", 1, 1.19, "2024-01-31")]
    said = "; ".join(note.message for note in found.notes.conversions)
    assert "'Sales of 2024'" in said
    assert "the header takes 2 rows" in said


def test_a_sheet_is_chosen_by_name_or_number_and_others_are_named() -> None:
    def write(sheet: Any, book: Any) -> None:
        sheet.write_column(0, 0, ["a", 1])
        book.add_worksheet("Second").write_column(0, 0, ["b", 2])

    content = workbook(write)
    assert rows(read(content, "xlsx", sheet="Second").frame) == [(2,)]
    assert rows(read(content, "xlsx", sheet=2).frame) == [(2,)]
    with pytest.raises(TaskFailed, match="there are Data, Second"):
        read(content, "xlsx", sheet="Third")


def test_parquet_keeps_kinds_and_says_what_it_changes() -> None:
    table = pa.table(
        {
            "i": pa.array([2**63 - 1], pa.int64()),
            "u": pa.array([2**64 - 1], pa.uint64()),
            "f": pa.array([float("nan")]),
            "z": pa.array([0], pa.timestamp("ns", "Asia/Shanghai")),
            "c": pa.array(["x"]).dictionary_encode(),
            "l": pa.array([[1, 2]]),
            "d": pa.array([1], pa.date32()),
        }
    )
    content = io.BytesIO()
    parquet.write_table(table, content)
    found = read(content.getvalue(), "parquet")
    expected = (2**63 - 1, str(2**64 - 1), None, "1970-01-01T00:00:00Z", "x", [1, 2], "1970-01-02")
    assert rows(found.frame) == [expected]
    said = "; ".join(note.message for note in found.notes.conversions)
    assert "beyond 64 bits" in said
    assert "not-a-number" in said
    assert "Asia/Shanghai" in said


def test_data_of_the_request_has_rows_as_long_as_its_columns() -> None:
    source = Source.model_validate({"data": {"columns": ["a", "b"], "rows": [[1, 2], [3]]}})
    with pytest.raises(TaskFailed, match="row 2 has 1 values") as caught:
        read_table(None, "", source, Limits())
    assert caught.value.field == "source.data.rows.1"


def test_a_table_beyond_the_limits_is_refused_by_the_name_of_the_setting() -> None:
    for limits, name in ((Limits(rows=1), "MAX_TABLE_ROWS"), (Limits(columns=1), "MAX_TABLE_COLUMNS")):
        with pytest.raises(TaskFailed, match=name):
            read_table(io.BytesIO(b"a,b\n1,2\n3,4\n"), "csv", Source(file_id="f"), limits)


@needs_corpus
@pytest.mark.parametrize(
    ("name", "size", "some"),
    [
        ("csv/iris.csv", (150, 5), {"sepal_length": "number", "species": "text"}),
        ("csv/seattle-weather.csv", (1461, 6), {"date": "date", "wind": "number"}),
        ("csv/stocks.csv", (560, 3), {"date": "date", "price": "number"}),
        ("csv/leading-zeros.csv", (3, 1), {"value": "text"}),
        ("csv/mac_newlines.csv", (2, 3), {"a": "text"}),
        ("csv/test_utf16_little.csv", (2, 3), {"a": "integer"}),
        ("csv/test_latin1.csv", (2, 3), {"c": "text"}),
        ("csv/csv-pipe.csv", (5, 12), {"Index": "integer"}),
        ("csv/csv-semicolon.csv", (5, 12), {"Index": "integer"}),
        ("csv/issue-1066-largecellsize.csv", (19, 2), {"status": "text"}),
        ("csv/quotes_and_newlines.csv", (2, 2), {"b": "text"}),
        ("csv/encoding-issue-274.csv", (507, 17), {"name": "text"}),
        ("xlsx/stanley-cups.xlsx", (3, 3), {"Stanley Cups": "integer"}),
        ("xlsx/ne_1033_data.xlsx", (1036, 14), {"quantity": "integer"}),
        ("xlsx/testEXCEL_dateFormats.xlsx", (2, 1), {"date": "date"}),
        ("xlsx/xlsx_04_inflated.xlsx", (6, 3), {"first": "integer"}),
        ("xls/test.xls", (23, 4), {"Alpha": "integer"}),
    ],
)
def test_real_tables_are_read(name: str, size: tuple[int, int], some: dict[str, str]) -> None:
    found = corpus(name)
    assert (found.frame.rows, len(found.frame.schema)) == size
    assert {column: str(found.frame.schema[column]) for column in some} == some


@needs_corpus
def test_every_file_of_the_corpus_is_a_table_or_an_error_that_says_why() -> None:
    refused, read_well = [], 0
    for path in sorted([*_CORPUS.glob("csv/**/*.csv"), *_CORPUS.glob("xls*/**/*.xls*")]):
        try:
            read_well += bool(read(path.read_bytes(), path.suffix[1:]).frame.schema)
        except TaskFailed as failure:
            refused.append(failure.message)
    assert read_well > 30
    assert all(refused)


@needs_corpus
def test_an_encrypted_workbook_asks_for_its_password() -> None:
    with pytest.raises(TaskFailed, match="give password"):
        corpus("xlsx/encrypted/example_password.xlsx")
    with pytest.raises(TaskFailed, match="password is wrong"):
        corpus("xlsx/encrypted/example_password.xlsx", password="no")
    assert corpus("xlsx/encrypted/example_password.xlsx", password="Password1234_").frame.schema
