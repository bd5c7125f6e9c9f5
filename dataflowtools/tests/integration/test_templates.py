"""Templates of Word, Excel and text: filled as their authors meant it, and inspected before."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docx
import openpyxl
import pytest
import pytest_asyncio

from errors import InvalidInput, Unprocessable, UnsupportedMedia
from harness.attacks import png
from harness.conversions import Making, making
from harness.templates import data, invoice_docx, invoice_xlsx, saved, word_template
from logics.convert_file import Converted, Wish

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder), template_seconds=3) as running:
            yield running


async def generate(
    made: Making, name: str, template: bytes, values: dict[str, Any], target: str = "", *, strict: bool = False
) -> Converted:
    file = made.files.put(name, template)
    return await made.generate_file.generate(file.file_id, values, Wish(target), strict=strict)


async def filled_docx(made: Making, template: bytes, values: dict[str, Any]) -> Any:
    result = await generate(made, "t.docx", template, values)
    return docx.Document(io.BytesIO(made.files.content(result.file.file_id)))


async def filled_xlsx(made: Making, template: bytes, values: dict[str, Any]) -> Any:
    result = await generate(made, "t.xlsx", template, values)
    return openpyxl.load_workbook(io.BytesIO(made.files.content(result.file.file_id))).worksheets[0]


async def test_a_word_template_is_filled_everywhere(made: Making) -> None:
    document = await filled_docx(made, invoice_docx(), data())
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[:3] == ["Invoice 2024-7", "Dear 王 & Söhne,", "You are special."]
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["Item", "Price"],
        ["Nut <x>", "1,234.50"],
        ["Bolt", "0.50"],
        ["Pin", "1.00"],
    ]
    assert document.sections[0].header.paragraphs[0].text == "Header of Ä & <Co>"
    assert document.sections[0].footer.paragraphs[0].text == "Footer, 29.02.2024"
    assert len(document.inline_shapes) == 1
    assert document.inline_shapes[0].width.mm == pytest.approx(20, abs=0.1)


async def test_the_other_branch_of_a_condition(made: Making) -> None:
    document = await filled_docx(made, invoice_docx(), data(vip=False))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert "You are welcome." in texts
    assert "You are special." not in texts


async def test_a_workbook_template_repeats_rows_and_everything_below_follows(made: Making) -> None:
    sheet = await filled_xlsx(made, invoice_xlsx(), data())
    values = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=3)]
    assert values[0][0] == "Invoice 2024-7"
    assert values[2:5] == [["Nut <x>", 1234.5, "=B3*2"], ["Bolt", 0.5, "=B4*2"], ["Pin", 1, "=B5*2"]]
    assert values[5][:2] == ["Total", "=SUM(B3:B5)"]
    assert values[6][0] == "Special"
    assert str(sheet.merged_cells) == "A1:C1"
    assert [sheet.cell(row, 2).number_format for row in (3, 4, 5)] == ["0.00"] * 3
    assert all(sheet.cell(row, 2).font.bold for row in (3, 4, 5))
    assert sheet.oddHeader.center.text == "Ä && <Co>"
    assert len(sheet._images) == 1


async def test_data_never_become_a_formula_and_days_become_days(made: Making) -> None:
    sheet = await filled_xlsx(made, invoice_xlsx(), data())
    assert (sheet["A8"].value, sheet["A8"].data_type) == ("=HYPERLINK(0)", "s")
    assert sheet["B8"].value.isoformat() == "2024-02-29T00:00:00"


async def test_a_text_cannot_get_into_a_formula_through_data(made: Making) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "=1+{{ x }}"
    assert (await filled_xlsx(made, saved(book), {"x": 41}))["A1"].value == "=1+41"
    with pytest.raises(Unprocessable, match="cannot be put into a formula"):
        await filled_xlsx(made, saved(book), {"x": 'WEBSERVICE("http://x")'})


async def test_rows_without_items_leave_nothing(made: Making) -> None:
    sheet = await filled_xlsx(made, invoice_xlsx(), data(items=[], vip=False))
    assert [sheet.cell(row, 1).value for row in (2, 3, 4)] == ["Item", "Total", "=HYPERLINK(0)"]


async def test_a_row_can_repeat_itself(made: Making) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["{% for x in xs %}{{ x }}", "fixed", "{{ loop.index }}{% endfor %}"])
    sheet = await filled_xlsx(made, saved(book), {"xs": ["a", "b"]})
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["a", "fixed", 1], ["b", "fixed", 2]]


@pytest.mark.parametrize(
    ("name", "template", "expected"),
    [
        ("t.md", "# {{ a }}\n{% for x in xs %}\n- {{ x }}{% endfor %}\n", "# <1>\n\n- p\n- q\n"),
        ("t.html", "<p>{{ a }}</p>", "<p>&lt;1&gt;</p>"),
        ("t.txt", "{{ a }}{{ none }}", "<1>"),
    ],
)
async def test_text_templates_are_filled_and_html_is_escaped(
    made: Making, name: str, template: str, expected: str
) -> None:
    result = await generate(made, name, template.encode(), {"a": "<1>", "xs": ["p", "q"], "none": None})
    assert made.files.content(result.file.file_id).decode() == expected


async def test_the_result_can_be_of_another_kind(made: Making) -> None:
    result = await generate(made, "t.docx", invoice_docx(), data(), "md")
    assert result.route == ("docx", "md")
    assert "Dear 王 & Söhne," in made.files.content(result.file.file_id).decode()


async def test_formulas_are_calculated_before_values_are_taken(made: Making) -> None:
    if made.installed.office is None:
        pytest.skip("LibreOffice is not installed")
    result = await generate(made, "t.xlsx", invoice_xlsx(), data(), "csv")
    assert "Total,1236" in made.files.content(result.file.file_id).decode()


async def test_an_image_of_a_stored_file_is_placed(made: Making) -> None:
    picture = made.files.put("logo.png", png((0, 0, 9)))
    document = await filled_docx(made, invoice_docx(), data(logo={"image_file_id": picture.file_id, "height_mm": 10}))
    assert document.inline_shapes[0].height.mm == pytest.approx(10, abs=0.1)


async def test_what_the_data_lack_is_left_empty_and_named(made: Making) -> None:
    result = await generate(made, "t.docx", invoice_docx(), {"items": []})
    assert "customer" in result.warnings[-1]
    assert "company" in result.warnings[-1]


async def test_what_the_data_lack_is_an_error_when_asked(made: Making) -> None:
    with pytest.raises(Unprocessable, match="is undefined"):
        await generate(made, "t.docx", invoice_docx(), {"items": []}, strict=True)


@pytest.mark.parametrize("image", ["no base64 at all", "aGVsbG8="])
async def test_an_image_that_is_none_is_an_error_of_the_data(made: Making, image: str) -> None:
    with pytest.raises(InvalidInput, match="image"):
        await generate(made, "t.docx", invoice_docx(), data(logo={"image_base64": image}))


async def test_a_file_of_another_kind_is_no_template(made: Making) -> None:
    with pytest.raises(UnsupportedMedia, match="are no templates"):
        await generate(made, "t.pdf", b"%PDF-", {})


@pytest.mark.parametrize(("name", "template"), [("t.docx", invoice_docx()), ("t.xlsx", invoice_xlsx())])
async def test_inspection_lists_what_a_template_expects(made: Making, name: str, template: bytes) -> None:
    file = made.files.put(name, template)
    _, facts = await made.inspect_template.inspect(file.file_id, "")
    paths = {item["path"]: item["kind"] for item in facts.variables}
    assert paths["items"] == "list"
    assert paths["items[].price"] == "value"
    assert paths["company"] == "value"
    assert "item" not in paths
    assert facts.mistakes == ()


@pytest.mark.parametrize(
    ("paragraphs", "kind", "message", "text"),
    [
        (("fine", "{% for x in xs %}", "{{ x }}"), "syntax", "endfor", ""),
        (("fine", "{{ x|dat }}"), "unknown_filter", "'dat'", "{{ x|dat }}"),
        (("{{ x. }}",), "syntax", "", "{{ x. }}"),
        (("{% if x is nonsense %}{% endif %}",), "unknown_test", "'nonsense'", "{% if x is nonsense %}{% endif %}"),
    ],
)
async def test_inspection_finds_mistakes_with_their_place(
    made: Making, paragraphs: tuple[str, ...], kind: str, message: str, text: str
) -> None:
    file = made.files.put("t.docx", word_template(*paragraphs))
    _, facts = await made.inspect_template.inspect(file.file_id, "")
    assert [mistake["kind"] for mistake in facts.mistakes] == [kind]
    assert message in facts.mistakes[0]["message"]
    assert facts.mistakes[0]["place"] == "document"
    assert text in facts.mistakes[0]["text"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["{% for x in xs %}", "{{ x }}"], "never closed"),
        (["{% endfor %}"], "nothing for this endfor"),
        (["{% else %}"], "no if for this else"),
        (["{{ 1 / 0 }}"], "cell A1: ZeroDivisionError"),
    ],
)
async def test_mistakes_in_a_workbook_are_told_with_their_row(made: Making, cells: list[str], message: str) -> None:
    book = openpyxl.Workbook()
    for text in cells:
        book.worksheets[0].append([text])
    with pytest.raises(Unprocessable, match=message):
        await filled_xlsx(made, saved(book), {"xs": [1]})
