"""Multipart bodies, cut into whatever pieces the network makes of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driveradapters.multipart import Event, MultipartReader, PartBegins, PartData, PartEnds, pieces
from errors import InvalidInput

BODY = (
    b"preamble\r\n--b\r\n"
    b'Content-Disposition: form-data; name="tags"\r\n\r\none,two\r\n--b\r\n'
    b'content-disposition: form-data; name="file"; filename="\xe6\xb1\x87.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"line\r\n--bx\r\n-- b\r\n\r\n--b--\r\nepilogue"
)


def events_of(body: bytes, cuts: list[int]) -> list[Event]:
    reader = MultipartReader("multipart/form-data; boundary=b")
    places = sorted({0, len(body), *(cut % len(body) for cut in cuts)})
    events: list[Event] = []
    for start, end in pairwise(places):
        events += reader.feed(body[start:end])
    reader.finish()
    return list(pieces(events))


@given(st.lists(st.integers(0, 500), max_size=40))
def test_however_a_body_is_cut_its_parts_are_the_same(cuts: list[int]) -> None:
    body = BODY.removeprefix(b"preamble\r\n")
    assert events_of(body, cuts) == [
        PartBegins("tags", None),
        PartData(b"one,two"),
        PartEnds(),
        PartBegins("file", "汇.txt"),
        PartData(b"line\r\n--bx\r\n-- b\r\n"),
        PartEnds(),
    ]


@given(st.binary(max_size=300))
def test_whatever_comes_it_is_parts_or_invalid_input(body: bytes) -> None:
    try:
        events_of(body + b"x", [7, 20])
    except InvalidInput:
        return


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 71])
def test_a_content_type_without_a_usable_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidInput, match="boundary"):
        MultipartReader(content_type)
