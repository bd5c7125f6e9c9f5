"""Which pages a request is about."""

from __future__ import annotations

import pytest

from errors import InvalidInput
from logics.pages import PageSelection


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", ()),
        (None, ()),
        (" 1 , 3-5,8- ", ((1, 1), (3, 5), (8, None))),
        ("2", ((2, 2),)),
    ],
)
def test_pages_are_numbers_and_ranges(text: str | None, ranges: tuple[object, ...]) -> None:
    assert PageSelection.parse(text).ranges == ranges


def test_no_selection_means_every_page() -> None:
    assert PageSelection.parse("").wanted is None


@pytest.mark.parametrize("text", ["0", "5-3", "a", "1;2", "-3", "1--2", "1,,2", "٣", "1" * 9, ",".join("1" * 101)])
def test_what_is_no_page_is_refused_by_the_field_s_name(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        PageSelection.parse(text)
    assert [problem.field for problem in caught.value.details] == ["pages"]
