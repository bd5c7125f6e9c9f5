"""PDF documents."""

from __future__ import annotations

import pytest

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.pages import chosen_pages
from drivenadapters.documents.guest.pdf_document import iso_date
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.pdfs import Placed, form, pdf
from harness.reading import facts, read

_GRID = "1 w 50 600 m 350 600 l S 50 570 m 350 570 l S 50 540 m 350 540 l S 50 540 m 50 600 l S 350 540 m 350 600 l S "
_PICTURE = "q 600 0 0 800 0 0 cm /I0 Do Q"


def prose(x: float, top: float, word: str) -> list[Placed]:
    return [(x, top - 16 * line, f"{word} {line} runs to the end of the column") for line in range(8)]


def test_pages_are_read_in_their_order_with_their_numbers() -> None:
    found = read(pdf([[(50, 700, "first page")], [(50, 700, "second page")]]))
    assert found.text == "first page\n\nsecond page"
    assert [(page["page"], page["text"], page["source"]) for page in found.pages] == [
        (1, "first page", "text"),
        (2, "second page", "text"),
    ]


def test_only_the_wanted_pages_are_read() -> None:
    content = pdf([[(50, 700, f"page {number}")] for number in range(1, 6)])
    assert [page["page"] for page in read(content, pages="4-,2").pages] == [2, 4, 5]
    with pytest.raises(TaskFailed, match="none of the 5 pages") as caught:
        read(content, pages="9")
    assert (caught.value.kind, caught.value.field) == (FailureKind.INVALID, "pages")


@pytest.mark.parametrize("wish", ["x", "0", "3-1", "1,,2", "1-2-3", "-", "1e3"])
def test_a_range_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(TaskFailed) as caught:
        chosen_pages(wish, 10)
    assert caught.value.field == "pages"


def test_lines_that_stand_in_disorder_in_the_file_are_sorted() -> None:
    found = read(pdf([[(50, 100, "last"), (50, 700, "first"), (50, 400, "middle")]]))
    assert found.text.split() == ["first", "middle", "last"]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    left, right = prose(50, 600, "left"), prose(320, 600, "right")
    mixed = [line for pair in zip(left, right, strict=True) for line in pair]
    found = read(pdf([[(50, 700, "A headline that stands above both of the columns and spans them all"), *mixed]]))
    words = [line.split()[0] for line in found.text.split("\n") if line]
    assert words == ["A", *["left"] * 8, *["right"] * 8]


def test_columns_of_a_table_are_read_row_by_row() -> None:
    lines = [(x, 600 - 20 * row, f"{word}{row}") for row in range(8) for x, word in ((50, "a"), (320, "b"))]
    assert read(pdf([lines]), what=["text"]).text.split()[:4] == ["a0", "b0", "a1", "b1"]


def test_a_table_with_ruling_lines_is_found_by_them() -> None:
    text = [(60, 580, "Name"), (210, 580, "Age"), (60, 550, "Ann"), (210, 550, "41")]
    found = read(pdf([text], drawn=_GRID + "200 540 m 200 600 l S"))
    table = found.tables[0]
    assert (table["rows"], table["method"], table["page"]) == ([["Name", "Age"], ["Ann", "41"]], "lines", 1)
    assert table["confidence"] > 0.9
    assert "| Name | Age |\n| --- | --- |\n| Ann | 41 |" in found.markdown


def test_a_cell_that_spans_columns_is_reported() -> None:
    text = [(60, 580, "over both"), (60, 550, "a"), (210, 550, "b")]
    found = read(pdf([text], drawn=_GRID + "200 540 m 200 570 l S"))
    assert found.rows == [["over both", None], ["a", "b"]]
    assert found.tables[0]["merged"] == [{"row": 0, "column": 0, "rows": 1, "columns": 2}]


def test_lines_drawn_as_thin_boxes_make_a_table_too() -> None:
    boxes = "50 600 300 1 re f 50 570 300 1 re f 50 540 300 1 re f 50 540 1 61 re f 200 540 1 61 re f 350 540 1 61 re f"
    text = [(60, 580, "Name"), (210, 580, "Age"), (60, 550, "Ann"), (210, 550, "41")]
    assert read(pdf([text], drawn=boxes)).rows == [["Name", "Age"], ["Ann", "41"]]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", ["1 0 0 1 0 0", "0 1 -1 0 700 50", "-1 0 0 -1 600 800", "0 -1 1 0 -300 500"])
def test_text_is_read_upright_whichever_way_it_and_its_page_are_turned(rotate: int, turn: str) -> None:
    grid = f"{_GRID} 200 540 m 200 600 l S"
    cells = [(60, 580, "Name"), (210, 580, "Age"), (60, 550, "Ann"), (210, 550, "41")]
    shown = "".join(f"BT /F 12 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET " for x, y, text in reversed(cells))
    found = read(pdf([[]], drawn=f"q {turn} cm {grid} {shown} Q", rotate=rotate))
    assert found.rows == [["Name", "Age"], ["Ann", "41"]]
    assert found.text.split() == ["Name", "Age", "Ann", "41"]


def test_a_table_without_lines_is_found_by_alignment_and_less_surely() -> None:
    text = [
        (x, 600 - 18 * row, f"{name}{row}")
        for row in range(5)
        for x, name in ((50, "item"), (250, "price"), (400, "sum"))
    ]
    table = read(pdf([text])).tables[0]
    assert table["rows"][1] == ["item1", "price1", "sum1"]
    assert table["method"] == "alignment"
    assert 0.3 <= table["confidence"] <= 0.8


def test_prose_and_lists_are_no_tables() -> None:
    assert read(pdf([prose(50, 700, "word")])).tables == []
    items = [(x, 600 - 18 * row, text) for row in range(5) for x, text in ((50, f"{row}."), (120, f"item {row}"))]
    assert read(pdf([items])).tables == []


def test_a_page_that_is_a_picture_is_left_to_recognition() -> None:
    content = pdf([[], [(50, 700, "has text of its own")]], drawn=_PICTURE, images=[bytes(64)])
    found = read(content, mark="#mark:")
    assert found.unread == [1]
    assert [(page["text"], page["source"]) for page in found.pages] == [
        ("#mark:1.", "none"),
        ("has text of its own", "text"),
    ]
    assert found.text == "#mark:1.\n\nhas text of its own"


def test_letters_without_names_are_left_to_recognition_and_told_of() -> None:
    font = "/FirstChar 33 /LastChar 126 /Encoding << /Differences [33 " + " ".join(f"/g{n}" for n in range(94)) + "] >>"
    content = pdf([[(50, 700, "these letters have no names")]], font=font)
    found = read(content)
    assert found.unread == [1]
    assert "means nothing" in " ".join(found.warnings)


def test_everything_is_left_to_recognition_when_that_is_wanted() -> None:
    found = read(pdf([[(50, 700, "text")]]), as_pictures=True, mark="m")
    assert (found.unread, found.text, found.tables) == ([1], "m1.", [])


def test_pictures_are_taken_out_once() -> None:
    content = pdf([[], []], drawn=_PICTURE, images=[bytes(range(64))])
    found = read(content)
    assert [(image["page"], image["width"], image["height"], image["media_type"]) for image in found.images] == [
        (1, 8, 8, "image/png")
    ]
    assert found.pictures.startswith(b"\x89PNG")


def test_what_is_filled_into_a_form_is_text() -> None:
    content = form("Your name:", "Ann Example")
    assert read(content).text.split() == ["Your", "name:", "Ann", "Example"]
    assert facts(content)["form"] == "acroform"


def test_facts_come_with_dates_as_iso() -> None:
    content = pdf([[]], info="/Title (A title) /Author (Ann) /CreationDate (D:20240229130501+01'00')")
    found = facts(content)
    assert (found["title"], found["author"], found["created"]) == ("A title", "Ann", "2024-02-29T13:05:01+01:00")
    assert (found["pages"], found["page_size_points"], found["encrypted"]) == (1, [600.0, 800.0], False)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("D:2024", "2024-01-01"),
        ("D:20240229", "2024-02-29"),
        ("D:20240229130501Z", "2024-02-29T13:05:01Z"),
        ("20240229130501-08'30'", "2024-02-29T13:05:01-08:30"),
        ("yesterday", "yesterday"),
    ],
)
def test_dates_of_pdf_are_dates_of_iso(text: str, date: str) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(
    ("content", "limits", "setting"),
    [
        (pdf([[], [], []]), Limits(max_pages=2), "MAX_PAGES"),
        (pdf([[]], drawn=" " * (3 << 20)), Limits(max_text_mb=1), "MAX_TEXT_MB"),
        (pdf([[]], drawn=_PICTURE, images=[bytes(64)]), Limits(max_image_megapixels=0.00001), "MAX_IMAGE_MEGAPIXELS"),
        (pdf([[]], drawn=_PICTURE, images=[bytes(64)]), Limits(max_extract_images=0), "MAX_EXTRACT_IMAGES"),
    ],
)
def test_each_limit_is_named_when_it_is_passed(content: bytes, limits: Limits, setting: str) -> None:
    with pytest.raises(TaskFailed, match=setting) as caught:
        read(content, limits=limits)
    assert caught.value.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("content", [b"%PDF-1.7\nnothing", pdf([[]])[:60], b"%PDF-1.4\n" + bytes(1000)])
def test_a_ruined_pdf_is_damaged(content: bytes) -> None:
    with pytest.raises(TaskFailed) as caught:
        read(content, "x.pdf")
    assert caught.value.kind is FailureKind.DAMAGED
