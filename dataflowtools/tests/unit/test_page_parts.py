"""Parts of reading a page that need no model: words, tables, tiles, vertical cells, edges of documents."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from drivenadapters.ocr.guest.detection import merge_overlapping
from drivenadapters.ocr.guest.engine import Reading
from drivenadapters.ocr.guest.geometry import cut_out, piece_of, sides
from drivenadapters.ocr.guest.line_reader import _cells, _place
from drivenadapters.ocr.guest.perspective import find_document, flatten
from drivenadapters.ocr.guest.tables import find_tables
from drivenadapters.ocr.guest.words import Word, words_of


def quad(left: float, top: float, right: float, bottom: float) -> Any:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def test_words_are_placed_by_their_characters_with_room_for_the_space() -> None:
    characters = tuple((letter, 0.05 + 0.1 * place, 0.9) for letter, place in zip("abcd", (0, 1, 7, 8), strict=True))
    first, second = words_of(quad(0, 0, 100, 20), Reading("ab cd", 0.9, characters))

    assert (first.text, second.text) == ("ab", "cd")
    assert first.quad[0].tolist() == [0, 0]
    assert first.quad[1][0] == pytest.approx(20, abs=1)
    assert second.quad[0][0] == pytest.approx(70, abs=1)
    assert second.quad[1][0] == pytest.approx(90, abs=1)


def test_words_of_a_line_that_runs_downwards_are_below_one_another() -> None:
    assert piece_of(quad(0, 0, 20, 100), 0.5, 1.0).tolist() == quad(0, 50, 20, 100).tolist()


def test_a_reading_with_fewer_places_than_letters_gives_the_words_it_can() -> None:
    assert [word.text for word in words_of(quad(0, 0, 9, 9), Reading("ab cd", 1, (("a", 0.1, 1), ("b", 0.2, 1))))] == [
        "ab"
    ]


def test_boxes_that_tiles_cut_become_one_and_lines_below_each_other_do_not() -> None:
    cut = [quad(0, 0, 110, 20), quad(80, 1, 200, 21), quad(0, 24, 110, 44)]
    merged = sorted(merge_overlapping(np.array(cut)).tolist(), key=lambda corners: corners[0][1])
    assert [corners[0] + corners[2] for corners in merged] == [
        pytest.approx([0, 0, 200, 21], abs=1),
        pytest.approx([0, 24, 110, 44], abs=1),
    ]


def test_a_line_is_cut_out_level_and_a_tall_one_laid_on_its_side() -> None:
    assert cut_out(np.zeros((200, 200, 3), np.uint8), quad(0, 0, 100, 20)).shape == (20, 100, 3)
    assert cut_out(np.zeros((200, 200, 3), np.uint8), quad(0, 0, 20, 100)).shape == (20, 100, 3)
    assert sides(quad(0, 0, 30, 40)) == (30, 40)


def test_a_column_is_divided_into_its_characters() -> None:
    column = np.full((200, 40, 3), 255, np.uint8)
    for top in (5, 55, 105):
        column[top : top + 35, 4:36] = 0
    column[150:156, 20:26] = 0  # punctuation
    cells = _cells(column)
    assert cells == [(5, 40), (55, 90), (105, 140), (150, 156)]
    assert _place(0.5, cells, 200) == pytest.approx(105 / 200)


def ruled(spans: bool) -> tuple[Any, list[list[Word]]]:
    """Draw a table of three rows and two columns, and a word in each cell; with spans the first row is one cell."""
    page = np.full((400, 500, 3), 255, np.uint8)
    for top in (50, 150, 250, 350):
        cv2.line(page, (50, top), (450, top), (0, 0, 0), 2)
    for left in (50, 250, 450):
        start = 150 if spans and left == 250 else 50
        cv2.line(page, (left, start), (left, 350), (0, 0, 0), 2)
    words = [
        [Word(f"r{row}c{column}", 0.9, quad(90 + 200 * column, 90 + 100 * row, 150 + 200 * column, 110 + 100 * row))]
        for row in range(3)
        for column in range(2)
    ]
    return page, words


def test_a_ruled_table_has_its_cells_and_their_text() -> None:
    (table,) = find_tables(*_with_skew(ruled(spans=False)))
    assert (table["row_count"], table["column_count"]) == (3, 2)
    assert [cell["text"] for cell in table["cells"]] == ["r0c0", "r0c1", "r1c0", "r1c1", "r2c0", "r2c1"]
    assert table["box"] == pytest.approx([50, 50, 450, 350], abs=3)


def test_a_cell_without_a_rule_within_spans() -> None:
    (table,) = find_tables(*_with_skew(ruled(spans=True)))
    first = table["cells"][0]
    assert (first["row_span"], first["column_span"], first["text"]) == (1, 2, "r0c0\nr0c1")


def test_a_line_over_two_cells_is_divided_at_the_rule() -> None:
    page, words = ruled(spans=False)
    lines = [words[row] + words[row + 1] for row in (0, 2, 4)]
    (table,) = find_tables(page, 0.0, lines)
    assert [cell["text"] for cell in table["cells"]] == ["r0c0", "r0c1", "r1c0", "r1c1", "r2c0", "r2c1"]


def test_a_skewed_table_is_found_where_it_is() -> None:
    page, words = ruled(spans=False)
    matrix = cv2.getRotationMatrix2D((250, 200), -4, 1.0)  # clockwise
    turned = cv2.warpAffine(page, matrix, (500, 400), borderValue=(255, 255, 255))
    moved = [
        [Word(word.text, 0.9, (word.quad @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)) for word in line]
        for line in words
    ]
    (table,) = find_tables(turned, 4.0, moved)
    assert [cell["text"] for cell in table["cells"]] == ["r0c0", "r0c1", "r1c0", "r1c1", "r2c0", "r2c1"]


@pytest.mark.parametrize("shape", ["frame", "text", "nothing"])
def test_frames_and_plain_text_are_no_tables(shape: str) -> None:
    page, words = np.full((400, 500, 3), 255, np.uint8), ruled(spans=False)[1]
    if shape == "frame":
        cv2.rectangle(page, (20, 20), (480, 380), (0, 0, 0), 2)
        cv2.rectangle(page, (30, 30), (470, 370), (0, 0, 0), 2)
    assert find_tables(page, 0.0, [] if shape == "nothing" else words) == []


def _with_skew(drawn: tuple[Any, list[list[Word]]]) -> tuple[Any, float, list[list[Word]]]:
    return drawn[0], 0.0, drawn[1]


CORNERS = np.array([[150, 80], [700, 140], [650, 560], [100, 470]], np.float32)


def photo() -> Any:
    """Draw a sheet of paper that is seen at an angle."""
    picture = np.full((640, 800, 3), 60, np.uint8)
    cv2.fillConvexPoly(picture, CORNERS.astype(np.int32), (250, 250, 250))
    return picture


def test_a_document_in_a_photo_is_found_if_its_text_lies_within() -> None:
    corners = find_document(photo(), np.array([quad(250, 200, 500, 230), quad(250, 300, 500, 330)]), eager=False)
    assert corners is not None
    assert corners.tolist() == [pytest.approx(corner, abs=12) for corner in CORNERS.tolist()]
    assert flatten(photo(), corners).mean() > 240


def test_a_document_is_left_alone_if_text_lies_outside() -> None:
    outside = np.array([quad(250, 200, 500, 230), quad(10, 600, 300, 630)])
    assert find_document(photo(), outside, eager=True) is None


def test_a_picture_without_text_or_edges_is_left_alone() -> None:
    assert find_document(photo(), np.zeros((0, 4, 2)), eager=True) is None
    blank = np.full((640, 800, 3), 250, np.uint8)
    assert find_document(blank, np.array([quad(250, 200, 500, 230)]), eager=True) is None
