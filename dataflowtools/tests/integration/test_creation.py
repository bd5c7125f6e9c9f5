"""Files from Markdown, HTML and rows."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest
import pytest_asyncio

from errors import InvalidInput
from harness.conversions import Making, making
from logics.conversions import ConversionOptions
from logics.convert_file import Wish

pytestmark = pytest.mark.asyncio(loop_scope="module")
MARKDOWN = "# Titel\n\nText with 中文, 日本語, 한국어 and Ünïcödé.\n\n| A | B |\n| --- | --- |\n| 1 | x |\n"
COLUMNS = [
    {"name": "Day", "key": "d", "type": "date", "format": "dd.mm.yyyy"},
    {"name": "Sum", "key": "s", "type": "number", "format": "#,##0.00", "width": 20},
    {"name": "Code", "key": "c"},
]
HAS_CJK_FONTS = any(Path("/usr/share/fonts").rglob("*CJK*"))
ROWS: list[Any] = [{"d": "2024-02-29", "s": 1234.5, "c": "007"}, {"d": None, "s": "99", "c": "=1+1"}]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as running:
            yield running


def wish(target: str, **choices: Any) -> Wish:
    return Wish(target, ConversionOptions("", choices))


async def from_text(made: Making, text: str, kind: str, target: str, **choices: Any) -> bytes:
    created = await made.create_file.from_text(text, kind, wish(target, **choices))
    return made.files.content(created.file.file_id)


async def from_rows(made: Making, target: str, **choices: Any) -> bytes:
    sheets = [{"name": "Data", "columns": COLUMNS, "rows": ROWS}]
    created = await made.create_file.from_sheets(sheets, wish(target, **choices))
    return made.files.content(created.file.file_id)


def text_of_pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def fonts_of_pdf(content: bytes) -> set[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        texts = (item for item in document[0].get_objects() if isinstance(item, pypdfium2.PdfTextObj))
        return {item.get_font().get_base_name() for item in texts}
    finally:
        document.close()


def skip_without(made: Making, engine: str) -> None:
    missing = next((known.missing for known in made.installed.engines if known.name == engine), "")
    if missing:
        pytest.skip(missing)


async def test_a_word_document_of_markdown(made: Making) -> None:
    document = docx.Document(io.BytesIO(await from_text(made, MARKDOWN, "md", "docx")))
    assert [paragraph.text for paragraph in document.paragraphs][:2][0] == "Titel"
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.name == "Heading 1"
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["1", "x"]


async def test_a_pdf_has_the_characters_of_east_asia_in_it(made: Making) -> None:
    skip_without(made, "weasyprint")
    content = await from_text(made, MARKDOWN, "md", "pdf")
    text = text_of_pdf(content)
    assert "中文, 日本語, 한국어 and Ünïcödé" in text.replace("\r\n", " ")
    assert any("CJK" in name for name in fonts_of_pdf(content)) or not HAS_CJK_FONTS


async def test_html_is_printed_with_its_styles_and_without_what_it_links_to(made: Making) -> None:
    skip_without(made, "weasyprint")
    page = '<style>@page {size: 100mm 50mm}</style><p>Hello</p><img src="http://127.0.0.1:9/x.png">'
    created = await made.create_file.from_text(page, "html", wish("pdf"))
    document = pypdfium2.PdfDocument(made.files.content(created.file.file_id))
    assert document[0].get_size() == pytest.approx((283.46, 141.73), abs=0.1)
    document.close()
    assert created.warnings == ("1 linked files or addresses were left out: nothing is fetched",)


async def test_page_size_and_orientation_are_as_asked(made: Making) -> None:
    skip_without(made, "weasyprint")
    content = await from_text(made, "# x", "md", "pdf", page_size="a5", orientation="landscape")
    document = pypdfium2.PdfDocument(content)
    assert document[0].get_size() == pytest.approx((595.28, 419.53), abs=0.1)
    document.close()


async def test_markdown_as_markdown_is_stored_as_it_is(made: Making) -> None:
    assert (await from_text(made, MARKDOWN, "md", "md")).decode() == MARKDOWN


async def test_a_workbook_of_rows_has_types_formats_and_widths(made: Making) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(await from_rows(made, "xlsx"))).worksheets[0]
    assert sheet.title == "Data"
    assert [cell.value for cell in sheet[1]] == ["Day", "Sum", "Code"]
    assert sheet["A2"].value.isoformat() == "2024-02-29T00:00:00"
    assert (sheet["A2"].number_format, sheet["B2"].number_format) == ("dd.mm.yyyy", "#,##0.00")
    assert (sheet["B2"].value, sheet["B3"].value, sheet["C2"].value) == (1234.5, 99, "007")
    assert sheet.column_dimensions["B"].width == pytest.approx(20.7, abs=1)
    assert sheet.freeze_panes == "A2"


async def test_texts_become_formulas_only_when_asked(made: Making) -> None:
    plain = openpyxl.load_workbook(io.BytesIO(await from_rows(made, "xlsx"))).worksheets[0]
    wanted = openpyxl.load_workbook(io.BytesIO(await from_rows(made, "xlsx", formulas=True))).worksheets[0]
    assert (plain["C3"].value, plain["C3"].data_type) == ("=1+1", "s")
    assert (wanted["C3"].value, wanted["C3"].data_type) == ("=1+1", "f")
    assert "'=1+1" in (await from_rows(made, "csv")).decode()


async def test_rows_in_text_formats_look_as_their_formats_say(made: Making) -> None:
    text = (await from_rows(made, "md")).decode()
    assert "| 29.02.2024 | 1,234.50 | 007 |" in text
    page = (await from_rows(made, "html")).decode()
    assert "<td>29.02.2024</td>" in page


async def test_rows_become_a_table_of_a_word_document_and_of_a_pdf(made: Making) -> None:
    document = docx.Document(io.BytesIO(await from_rows(made, "docx")))
    assert [cell.text for cell in document.tables[0].rows[1].cells] == ["29.02.2024", "1,234.50", "007"]
    skip_without(made, "weasyprint")
    assert "1,234.50" in text_of_pdf(await from_rows(made, "pdf"))


async def test_marks_of_markdown_in_rows_stay_text(made: Making) -> None:
    sheets = [{"rows": [["a*b*c", "<b>x</b>", "p|q"]], "columns": [{"name": "1"}, {"name": "2"}, {"name": "3"}]}]
    created = await made.create_file.from_sheets(sheets, wish("md"))
    markdown = made.files.content(created.file.file_id)
    page = (await made.converted("a.md", markdown, "txt")).decode()
    assert "a*b*c" in page
    assert "<b>x</b>" in page
    assert "p|q" in page


async def test_a_value_that_its_column_does_not_take_is_named(made: Making) -> None:
    sheets = [{"columns": [{"name": "Day", "type": "date"}], "rows": [["2024-01-01"], ["soon"]]}]
    with pytest.raises(InvalidInput, match=r"row 2, column 'Day': 'soon' is no date"):
        await made.create_file.from_sheets(sheets, wish("xlsx"))


async def test_several_sheets(made: Making) -> None:
    sheets = [{"name": "A/B", "rows": [["x"]]}, {"name": "A/B", "rows": [["y"]]}]
    created = await made.create_file.from_sheets(sheets, wish("xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(made.files.content(created.file.file_id)))
    assert book.sheetnames == ["A_B", "A_B (2)"]
    assert book.worksheets[1]["A1"].value == "y"
