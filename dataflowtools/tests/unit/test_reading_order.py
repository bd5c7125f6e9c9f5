"""The order in which pieces of text are read. Pages are made of boxes: left, top, right, bottom, text."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest

from drivenadapters.ocr.guest.geometry import straight_boxes, text_angle, turn
from drivenadapters.ocr.guest.pieces import Piece
from drivenadapters.ocr.guest.reading_order import arrange

Box = tuple[float, float, float, float, str]
PROSE = "a line of running text, about so long"


def read(boxes: Iterable[Box], *, rows_only: bool = False) -> list[str]:
    pieces = [Piece(index, *box) for index, box in enumerate(boxes)]
    blocks = arrange(pieces, rows_only=rows_only)
    return [" ".join(piece.text for piece in row) for block in blocks for row in block]


def column(left: float, name: str, count: int, *, top: float = 0, width: float = 400) -> list[Box]:
    return [(left, top + 30 * row, left + width, top + 30 * row + 20, f"{name}{row} {PROSE}") for row in range(count)]


def names(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines]


def test_pieces_side_by_side_are_one_row_from_left_to_right() -> None:
    assert read([(300, 2, 400, 22, "world"), (0, 0, 100, 20, "hello")]) == ["hello world"]


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    page = [*column(0, "l", 8), *column(450, "r", 8)]
    assert names(read(page)) == [f"l{row}" for row in range(8)] + [f"r{row}" for row in range(8)]


def test_a_heading_over_both_columns_comes_first_and_one_between_divides_them() -> None:
    page: list[Box] = [
        (0, -60, 850, -30, "Heading over everything there is"),
        *column(0, "a", 6),
        *column(450, "b", 6),
        (0, 190, 850, 215, "Middle heading over everything"),
        *column(0, "c", 6, top=240),
        *column(450, "d", 6, top=240),
    ]
    order = [name[0] for name in names(read(page))]
    assert "".join(order) == "H" + "a" * 6 + "b" * 6 + "M" + "c" * 6 + "d" * 6


def test_three_columns_are_read_in_turn() -> None:
    page = [*column(0, "a", 8), *column(450, "b", 8), *column(900, "c", 8)]
    assert "".join(name[0] for name in names(read(page))) == "a" * 8 + "b" * 8 + "c" * 8


def test_a_list_of_goods_and_prices_is_read_across() -> None:
    page = [
        box
        for row in range(8)
        for box in ((0, 30 * row, 200, 30 * row + 20, f"item{row}"), (500, 30 * row, 580, 30 * row + 20, f"{row}.99"))
    ]
    assert read(page) == [f"item{row} {row}.99" for row in range(8)]


def test_layout_row_reads_across_columns_of_prose() -> None:
    page = [*column(0, "l", 5), *column(450, "r", 5)]
    assert names(read(page, rows_only=True)) == [f"l{row}" for row in range(5)]


def test_vertical_writing_is_read_from_right_to_left() -> None:
    page = [(0, 0, 30, 300, "第三列"), (60, 0, 90, 300, "第二列"), (120, 0, 150, 300, "第一列")]
    assert read(page) == ["第一列", "第二列", "第三列"]


def test_pieces_of_one_vertical_column_are_read_downwards() -> None:
    page = [(0, 200, 30, 400, "下文"), (0, 0, 30, 190, "上文"), (60, 0, 90, 300, "首列")]
    assert [line.replace(" ", "") for line in read(page)] == ["首列", "上文下文"]


def test_vertical_columns_beside_level_text_stay_together() -> None:
    beside: list[Box] = [(700 - 60 * place, 100, 730 - 60 * place, 300, f"豎{place}") for place in range(4)]
    level = column(0, "l", 10, top=400)
    lines = read([*level, *beside])
    assert lines[:4] == ["豎0", "豎1", "豎2", "豎3"]
    assert names(lines[4:]) == [f"l{row}" for row in range(10)]


def test_nothing_is_read_in_no_order() -> None:
    assert read([]) == []


@pytest.mark.parametrize("degrees", [-7.0, 3.0, 12.0])
def test_a_skewed_page_is_levelled_by_the_angle_of_its_text(degrees: float) -> None:
    """Two rows of three words: taken as they are, words of neighbouring rows would be level."""
    level = [
        [[left, top], [left + 300, top], [left + 300, top + 20], [left, top + 20]]
        for top in (0, 40)
        for left in (0, 320, 640)
    ]
    skewed = np.array([turn(np.array(quad, float), degrees) for quad in level])

    angle = text_angle(skewed)

    assert math.isclose(angle, degrees, abs_tol=0.01)
    boxes = straight_boxes(skewed, angle)
    pieces: list[Box] = [(left, top, right, low, f"w{place}") for place, (left, top, right, low) in enumerate(boxes)]
    assert read(pieces) == ["w0 w1 w2", "w3 w4 w5"]


def test_short_pieces_do_not_tell_an_angle() -> None:
    assert text_angle(np.array([[[0, 0], [20, 5], [20, 25], [0, 20]]] * 5, float)) == 0.0
