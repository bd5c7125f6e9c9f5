"""Forms in memory."""

from __future__ import annotations

import pytest

from driveradapters.forms import is_form, read_form
from errors import InvalidInput

TYPE = "multipart/form-data; boundary=xyz"


def body(*parts: tuple[str, bytes]) -> bytes:
    head = b"".join(
        b"--xyz\r\nContent-Disposition: form-data; " + names.encode() + b"\r\n\r\n" + content + b"\r\n"
        for names, content in parts
    )
    return head + b"--xyz--\r\n"


def test_fields_and_files_come_in_their_order() -> None:
    form = read_form(
        body(
            ('name="pages"', b"1"),
            ('name="a"; filename="\xe6\x97\xa5.png"'.encode("latin-1").decode("latin-1"), b"\x00\r\n\xff"),
            ('name="pages"', b"2"),
            ('name="b"; filename=""', b""),
        ),
        TYPE,
    )
    assert form.fields == {"pages": ["1", "2"]}
    assert [file.content for file in form.files] == [b"\x00\r\n\xff", b""]
    assert form.files[1].name == "b"


def test_too_many_parts_and_too_long_fields_are_refused() -> None:
    with pytest.raises(InvalidInput, match="parts"):
        read_form(body(*[('name="a"', b"")] * 257), TYPE)
    with pytest.raises(InvalidInput, match="KiB"):
        read_form(body(('name="a"', b"x" * 70_000)), TYPE)


@pytest.mark.parametrize("content", [b"", b"hello", body(("x=y", b"")), body(('name="a"', b""))[:-6]])
def test_what_is_no_form_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_form(content, TYPE)


def test_only_the_media_type_makes_a_form() -> None:
    assert is_form("Multipart/Form-Data; boundary=x")
    assert not is_form("application/json")
    assert not is_form(None)
