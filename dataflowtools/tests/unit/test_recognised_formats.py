"""Recognised text as plain text, TSV and hOCR."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ElementTree

from fakes.recognition import document, line, page
from logics.recognised_formats import to_hocr, to_text, to_tsv

_XHTML = "{http://www.w3.org/1999/xhtml}"


def test_plain_text_ends_each_page_with_a_form_feed() -> None:
    assert to_text([document(page(1, line("one")), page(2, line("two")))]) == "one\n\ftwo\n\f"


def test_tsv_has_a_row_for_each_word_with_its_box_and_confidence() -> None:
    text = to_tsv([document(page(1, line("two words", confidence=0.5, top=10), line("next\tone", top=50, row=1)))])

    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    words = [row for row in rows if row["level"] == "5"]
    assert [(word["line_num"], word["word_num"], word["text"]) for word in words] == [
        ("1", "1", "two"),
        ("1", "2", "words"),
        ("2", "1", "next"),
        ("2", "2", "one"),
    ]
    assert words[0]["conf"] == "50.00"
    assert (words[0]["left"], words[0]["top"], words[0]["height"]) == ("0", "10", "20")
    assert [row["level"] for row in rows[:3]] == ["1", "2", "4"]


def test_hocr_is_xml_with_pages_lines_and_words() -> None:
    text = to_hocr([document(page(3, line('a <b> & "c"\x07')), name='scan "1" & <2>.png')])

    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    words = [item for item in root.iter(f"{_XHTML}span") if item.get("class") == "ocrx_word"]
    assert [word.text for word in words] == ["a", "<b>", "&", '"c"']
    assert words[0].get("title") == "bbox 0 0 10 20; x_wconf 90"
    (sheet,) = [item for item in root.iter(f"{_XHTML}div") if item.get("class") == "ocr_page"]
    assert "bbox 0 0 800 600; ppageno 2" in str(sheet.get("title"))
    assert "scan '1' & <2>.png" in str(sheet.get("title"))


def test_hocr_ids_are_unique() -> None:
    text = to_hocr([document(page(1, line("a b"))), document(page(1, line("c d")))])
    ids = [item.get("id") for item in ElementTree.fromstring(text).iter() if item.get("id")]  # noqa: S314
    assert len(ids) == len(set(ids)) == 10


def test_a_page_without_text_is_still_a_page() -> None:
    empty = [document(page(1))]
    assert to_text(empty) == "\n\f"
    assert to_tsv(empty).count("\n") == 2
    assert "ocr_page" in to_hocr(empty)
