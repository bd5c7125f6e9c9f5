"""OpenDocument text and spreadsheets."""

from __future__ import annotations

import pytest

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.packages import archive, png
from harness.reading import read

_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("meta", "meta"),
    )
)


def odt(body: str, *, styles: str = "", parts: dict[str, str | bytes] | None = None) -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_NAMES}><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {_NAMES}>{styles}</office:document-styles>",
            **(parts or {}),
        }
    )


def test_text_tables_and_notes_come_in_their_order() -> None:
    note = "<text:note><text:note-body><text:p>the note</text:p></text:note-body></text:note>"
    body = (
        '<text:h text:outline-level="2">Head</text:h>'
        f'<text:p>one<text:s text:c="2"/>two{note}<text:line-break/>three</text:p>'
        '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>wide</text:p>'
        "</table:table-cell><table:covered-table-cell/></table:table-row><table:table-row>"
        "<table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell>"
        "</table:table-row></table:table>"
    )
    found = read(odt(body))
    assert found.text.split("\n")[:-1] == ["Head", "one  two[1]", "three", "wide\t", "a\tb", "[1] the note"]
    assert found.rows == [["wide", None], ["a", "b"]]
    assert found.tables[0]["merged"] == [{"row": 0, "column": 0, "rows": 1, "columns": 2}]
    assert found.markdown.startswith("## Head\n")


def test_lists_have_the_labels_of_their_style_and_begin_anew() -> None:
    styles = (
        '<text:list-style style:name="L">'
        '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
        '<text:list-level-style-number text:level="2" style:num-format="a" style:num-list-format="%1%.%2%)"/>'
        '</text:list-style><text:list-style style:name="B"><text:list-level-style-bullet text:level="1"/>'
        "</text:list-style>"
    )

    def items(style: str, *texts: str) -> str:
        entries = "".join(f"<text:list-item><text:p>{text}</text:p></text:list-item>" for text in texts)
        return f'<text:list text:style-name="{style}">{entries}</text:list>'

    nested = items("L", "one").replace("</text:list-item>", f"{items('L', 'deep')}</text:list-item>")
    found = read(odt(nested + items("L", "again", "two") + items("B", "dot"), styles=styles))
    assert found.text.split("\n")[:-1] == ["1. one", "  1.a) deep", "1. again", "2. two", "• dot"]


def test_headers_and_footers_surround_the_text() -> None:
    styles = (
        "<office:master-styles><style:master-page><style:header><text:p>above</text:p></style:header>"
        "<style:footer><text:p>below</text:p></style:footer></style:master-page></office:master-styles>"
    )
    assert read(odt("<text:p>body</text:p>", styles=styles)).text == "above\nbody\nbelow\n"


def test_pictures_and_facts_are_given() -> None:
    meta = (
        f'<office:document-meta {_NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>T</dc:title>'
        '<meta:document-statistic meta:page-count="3"/></office:meta></office:document-meta>'
    )
    found = read(odt("<text:p>x</text:p>", parts={"meta.xml": meta, "Pictures/a.png": png()}))
    assert (found.metadata["title"], found.metadata["pages"]) == ("T", 3)
    assert [image["name"] for image in found.images] == ["a.png"]


def test_an_encrypted_document_is_told_from_a_damaged_one() -> None:
    manifest = "<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
    with pytest.raises(TaskFailed) as caught:
        read(odt("", parts={"META-INF/manifest.xml": manifest}))
    assert caught.value.kind is FailureKind.ENCRYPTED
    with pytest.raises(TaskFailed) as caught:
        read(archive({"mimetype": "application/vnd.oasis.opendocument.text"}))
    assert caught.value.kind is FailureKind.DAMAGED


def ods(rows: str, *, styles: str = "") -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {_NAMES}>"
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:table table:name="One" table:style-name="ta1">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def test_cells_of_a_spreadsheet_come_by_their_type_with_repeats_and_spans() -> None:
    def cell(kind: str, attribute: str = "", text: str = "", more: str = "") -> str:
        named = f'office:value-type="{kind}" {attribute} {more}'
        return f"<table:table-cell {named}><text:p>{text}</text:p></table:table-cell>"

    first = (
        cell("float", 'office:value="9007199254740993"')
        + cell("string", text="a<text:s text:c='2'/>b")
        + cell("date", 'office:date-value="2024-02-29T00:00:00"')
        + cell("time", 'office:time-value="PT30H05M00S"')
        + cell("boolean", 'office:boolean-value="true"')
        + cell("string", text="#N/A")
        + '<table:table-cell table:number-columns-repeated="16000"/>'
    )
    wide = cell("string", text="wide", more='table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    twice = cell("percentage", 'office:value="0.5"', more='table:number-columns-repeated="2"')
    rows = (
        f"<table:table-row>{first}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        f"<table:table-row>{wide}{twice}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    )
    hide = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    found = read(ods(rows, styles=hide))
    nothing = [None] * 6
    assert found.rows == [
        [9007199254740993, "a  b", "2024-02-29", "30:05:00", True, "#N/A"],
        nothing,
        nothing,
        ["wide", None, 0.5, 0.5, None, None],
    ]
    assert found.tables[0]["merged"] == [{"row": 3, "column": 0, "rows": 1, "columns": 2}]
    assert (found.tables[0]["sheet"], found.tables[0]["hidden"]) == ("One", True)


def test_a_spreadsheet_that_repeats_without_end_is_refused() -> None:
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    with pytest.raises(TaskFailed, match="MAX_CELLS") as caught:
        read(ods(rows), limits=Limits(max_cells=20_000))
    assert caught.value.kind is FailureKind.TOO_LARGE
