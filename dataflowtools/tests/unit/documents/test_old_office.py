"""Office files from before 2007, written record by record where no program writes them any more."""

from __future__ import annotations

import struct

import pytest

from drivenadapters.documents.guest.word_binary import properties
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.reading import kind_of, read


def record(number: int, data: bytes) -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def cell(row: int, column: int) -> bytes:
    return struct.pack("<HHH", row, column, 0)


def biff4(*records: bytes) -> bytes:
    """A bare worksheet of Excel 4 (BIFF4), with one cell format for numbers and one for dates."""
    formats = [
        record(0x041E, struct.pack("<HB", 0, 7) + b"General"),
        record(0x041E, struct.pack("<HB", 0, 8) + b"yyyy-m-d"),
    ]
    looks = [record(0x0443, struct.pack("<BBHHHHH", 0, number, 0, 0, 0, 0, 0)) for number in (0, 1)]
    begin = record(0x0409, struct.pack("<HHH", 0, 0x10, 0))
    return b"".join([begin, *formats, *looks, *records, record(0x000A, b"")])


def biff2(*records: bytes) -> bytes:
    """A bare worksheet of Excel 2 (BIFF2)."""
    return b"".join([record(0x0009, struct.pack("<HH", 2, 0x10)), *records, record(0x000A, b"")])


def test_excel_4_is_read_with_its_errors_dates_and_booleans() -> None:
    content = biff4(
        record(0x0204, cell(0, 0) + struct.pack("<H", 4) + b"text"),
        record(0x0203, cell(0, 1) + struct.pack("<d", 1.5)),
        record(0x0205, cell(1, 0) + bytes((0x2A, 1))),
        record(0x0205, cell(1, 1) + bytes((1, 0))),
        record(0x0203, struct.pack("<HHH", 2, 0, 1) + struct.pack("<d", 36526)),
    )
    assert kind_of(content, "old.xls") == "xls"
    assert read(content).rows == [["text", 1.5], ["#N/A", True], ["2000-01-01", None]]


def test_excel_2_is_read() -> None:
    content = biff2(
        record(0x0004, struct.pack("<HH", 0, 0) + bytes(3) + b"\x02hi"),
        record(0x0003, struct.pack("<HH", 0, 1) + bytes(3) + struct.pack("<d", 42)),
    )
    assert read(content, "old.xls").rows == [["hi", 42]]


@pytest.mark.parametrize("content", [biff4()[:30], biff4(record(0x0203, b"\x00")), b"\x09\x04\x06\x00"])
def test_damaged_records_are_an_error_with_a_reason(content: bytes) -> None:
    with pytest.raises(TaskFailed) as caught:
        read(content, "old.xls")
    assert caught.value.kind is FailureKind.DAMAGED


def word_6(text: bytes, language: int = 0x0409, magic: int = 0xA5DC, version: int = 101) -> bytes:
    """A bare Word 6 document: header, then text."""
    header = bytearray(0x180)
    struct.pack_into("<HH2xHH", header, 0, magic, version, language, 0)
    struct.pack_into("<II", header, 0x18, len(header), len(header) + len(text))
    struct.pack_into("<I", header, 0x34, len(text))
    return bytes(header) + text


def test_word_before_97_gives_its_text_and_says_what_it_does_not_give() -> None:
    found = read(word_6(b"First\rSecond\x0bline\rcell\x07other\x07\x07After\r"), "old.doc")
    assert found.text == "First\nSecond\nline\ncell\tother\nAfter\n"
    assert found.rows == [["cell", "other"]]
    assert "older than Word 97" in " ".join(found.warnings)


def test_word_before_97_is_read_in_the_encoding_of_its_language() -> None:
    assert read(word_6("Привет\r".encode("cp1251"), 0x0419), "old.doc").text == "Привет\n"
    assert read(word_6("中文\r".encode("gb18030"), 0x0804), "old.doc").text == "中文\n"


@pytest.mark.parametrize("size", [2, 12, 0x30, 0x180])
def test_a_word_file_that_ends_early_is_damaged(size: int) -> None:
    with pytest.raises(TaskFailed) as caught:
        read(word_6(b"text\r" * 100)[:size], "old.doc")
    assert caught.value.kind is FailureKind.DAMAGED


def test_property_lists_are_read_by_the_sizes_of_their_operands() -> None:
    data = b"\x35\x08\x01" + b"\x0b\x46\x05\x00" + b"\x08\xd6\x03\x00\xaa\xbb" + b"\x16\x24\x01"
    assert list(properties(data)) == [(0x0835, 1), (0x460B, 5), (0xD608, 0xBBAA0003), (0x2416, 1)]
