"""A worker's answer, made into fields; a worker that was taken over may have written anything."""

from __future__ import annotations

import json

import pytest

from drivenadapters.documents.answers import assemble
from errors import FileDamaged
from harness.documents import file_with
from logics.documents import Part

ALL = frozenset(Part)


def test_pieces_become_whole_fields() -> None:
    lines = (
        b'text "a\\n"\ntext "b"\nmarkdown ""\npage {"page":1}\ntable {"sheet":"s"}\nrows [[1,2]]\nrows [["x",null]]\n'
        b'table {"sheet":"t"}\nmetadata {"title":"\xe4\xbd\xa0"}\n'
    )
    with file_with(lines) as answer:
        found = {name: json.loads(value) for name, value in assemble(answer, ALL).items()}
    assert found == {
        "text": "a\nb",
        "markdown": "",
        "pages": [{"page": 1}],
        "tables": [{"sheet": "s", "rows": [[1, 2], ["x", None]]}, {"sheet": "t", "rows": []}],
        "metadata": {"title": "你"},
    }


def test_fields_that_nobody_asked_for_are_left_out() -> None:
    with file_with(b'text "a"\nmetadata {"x":1}\n') as answer:
        assert assemble(answer, {Part.METADATA}) == {"metadata": b'{"x":1}'}


@pytest.mark.parametrize(
    "line",
    [
        b'text "a", "injected": 1',
        b'text {"a": 1}',
        b'text "unfinished',
        b"rows [[1]]",
        b"table {}",
        b"table []",
        b'page "x"',
        b'other "x"',
        b"text",
        b"\xff\xfe",
        b'metadata {"a": 1}, "b": 2',
        b'text "\xff"',
    ],
)
def test_whatever_is_not_an_answer_is_refused(line: bytes) -> None:
    with file_with(b'text "good"\n' + line + b"\n") as answer, pytest.raises(FileDamaged):
        assemble(answer, ALL)
