"""Parts of a content, names in headers, cursors."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driveradapters.disposition import content_disposition, filename_of
from driveradapters.ranges import ByteRange, etag_matches, parse_ranges
from errors import RangeNotSatisfiable
from utils.cursors import decode_cursor, encode_cursor


@pytest.mark.parametrize(
    ("header", "ranges"),
    [
        (None, ()),
        ("bytes=0-4", (ByteRange(0, 4),)),
        ("Bytes = 0-4", (ByteRange(0, 4),)),
        ("bytes=5-4", ()),
        ("bytes=0-0, 9-", (ByteRange(0, 0), ByteRange(9, 9))),
        ("bytes=9-,0-0", (ByteRange(9, 9), ByteRange(0, 0))),
        ("bytes=0-5,5-6", ()),
        ("bytes=99999999999999999999-", ()),
        ("bytes=1-2-3", ()),
        ("bytes=+1-2", ()),
        ("bytes=\u0661-2", ()),
    ],
)
def test_ranges_are_read_or_ignored(header: str | None, ranges: tuple[ByteRange, ...]) -> None:
    assert parse_ranges(header, 10) == ranges


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_of_nothing_no_range_can_be_had(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_ranges(header, 0)


@given(st.text(max_size=60), st.integers(0, 100))
def test_whatever_comes_ranges_lie_within_the_content_and_apart(text: str, size: int) -> None:
    try:
        ranges = parse_ranges(f"bytes={text}", size)
    except RangeNotSatisfiable:
        return
    places = [place for part in ranges for place in range(part.first, part.last + 1)]
    assert len(places) == len(set(places))
    assert all(0 <= place < size for place in places)


@pytest.mark.parametrize(("header", "fits"), [(None, False), ("", False), ('"a"', True), ('W/"a"', True), ("*", True)])
def test_tags_of_contents_are_compared_weakly(header: str | None, fits: bool) -> None:
    assert etag_matches(header, '"a"') is fits


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80))
def test_a_name_survives_its_header(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert "\n" not in header
    if "filename*=" in header:
        assert unquote(header.partition("filename*=UTF-8''")[2]) == name
    assert filename_of(header) == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", None),
        ("attachment", None),
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=a.txt", "a.txt"),
        ('form-data; name="file"; filename="a\\"b.txt"', 'a"b.txt'),
        ("attachment; filename=x; filename*=UTF-8''%e2%82%ac", "€"),
        ("attachment; filename*=iso-8859-1'en'%A3", "£"),
        ("attachment; filename*=nope''%A3", "£"),
        ('form-data; filename="%22quoted%22"', '"quoted"'),
    ],
)
def test_names_are_read_however_they_were_sent(header: str, name: str | None) -> None:
    assert filename_of(header) == name


@given(st.lists(st.one_of(st.text(max_size=20), st.integers(-(10**9), 10**9)), max_size=4))
def test_a_cursor_survives_its_trip(values: list[str | int]) -> None:
    assert decode_cursor(encode_cursor(*values)) == values


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_a_value_error_and_nothing_else(text: str) -> None:
    try:
        assert isinstance(decode_cursor(text), list)
    except ValueError:
        return
