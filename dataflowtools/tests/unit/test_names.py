"""Names of files and tags."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import InvalidInput
from logics.tags import LONGEST_TAG_NAME, tag_key, tag_name, tag_names
from utils.names import LONGEST_NAME, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.docx", "report.docx"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/b/", "file"),
        ("", "file"),
        (". .", "file"),
        ("a\x00b\nc\x7f.txt", "abc.txt"),
        ("inv\u202eoice\u200b.txt", "invoice.txt"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("trailing. ", "trailing"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("console.txt", "console.txt"),
        ("می‌خواهم.txt", "می‌خواهم.txt"),
        ("e\u0301", "é"),
        (".htaccess", "htaccess"),
        ("\ud800.txt", "txt"),
    ],
)
def test_a_name_becomes_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("letter", ["a", "ä", "汉", "👩"])
def test_a_long_name_keeps_its_ending(letter: str) -> None:
    short = safe_name(letter * 300 + ".docx")
    assert short.endswith(f"{letter}.docx")
    assert LONGEST_NAME - 4 < len(short.encode()) <= LONGEST_NAME


@given(st.text(max_size=400))
def test_whatever_comes_a_name_is_safe_and_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert safe not in (".", "..")
    assert not set(safe) & set('/\\\x00\n<>:"|?*')
    assert unicodedata.is_normalized("NFC", safe)
    assert safe_name(safe) == safe


def test_a_tag_s_name_is_tidied_up() -> None:
    assert tag_name("  two \t words ") == "two words"
    assert tag_names(["b", "B", "a"]) == ("B", "a")


@pytest.mark.parametrize("name", ["", " ", "a,b", "a\x00", "\ud800", "x" * (LONGEST_TAG_NAME + 1)])
def test_what_cannot_be_a_tag_s_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        tag_name(name)


@given(st.text(max_size=LONGEST_TAG_NAME))
def test_the_key_of_a_name_is_its_own_key(name: str) -> None:
    assert tag_key(tag_key(name)) == tag_key(name)
    assert tag_key(name.upper().lower()) == tag_key(name.lower().upper().lower())
