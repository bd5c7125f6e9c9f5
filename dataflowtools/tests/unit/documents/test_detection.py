"""What kind a file is: by its content first, by its name only between kinds that look alike."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from drivenadapters.documents.guest import tasks
from drivenadapters.documents.guest.base import Declaration, Handler
from drivenadapters.documents.guest.detect import detect
from drivenadapters.documents.guest.gate import open_archive
from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.guest.registry import Registry
from drivenadapters.documents.guest.sample import Sample
from drivenadapters.workers.guest.failures import FailureKind, TaskFailed
from harness.packages import archive, paragraph, png, word
from harness.pdfs import pdf
from harness.reading import kind_of

_OPEN_TEXT = archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (word(paragraph("x")), "x.zip", "docx"),
        (archive({"a.txt": "x"}), "x.docx", "zip"),
        (archive({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}), "x", "xlsx"),
        (archive({"[Content_Types].xml": "presentationml.presentation.main", "ppt/presentation.xml": ""}), "x", "pptx"),
        (_OPEN_TEXT, "x", "odt"),
        (archive({"mimetype": "application/epub+zip"}), "x", "epub"),
        (pdf([[]]), "x.txt", "pdf"),
        (b"\n\n  " + pdf([[]]), "x", "pdf"),
        (png(), "x.jpg", "png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "x", "jpg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "x", "webp"),
        (b"\x00\x00\x00\x18ftypheic", "x", "heic"),
        (b"{\\rtf1 x}", "x.doc", "rtf"),
        (b"<!DOCTYPE html><p>x", "x.xls", "html"),
        (b"<?xml version='1.0'?><a/>", "x", "xml"),
        (b"\x1f\x8b\x08" + bytes(10), "x.tar.gz", "gzip"),
        (b"PAR1" + bytes(10) + b"PAR1", "x", "parquet"),
        (b"MZ" + bytes(62), "x.pdf", "exe"),
        (b"just words", "x", "txt"),
        (b"just words", "x.md", "md"),
        (b"# Title\n\n- **a**\n- [b](c)\n", "x", "md"),
        (b"just words", "x.csv", "csv"),
        (b"a,b\n1,2\n3,4\n", "x.dat", "csv"),
        (bytes(range(256)) * 4, "x.bin", "unknown"),
        (b"", "x.pdf", "unknown"),
    ],
)
def test_the_content_decides(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name) == kind


def test_a_name_that_says_something_else_gives_a_warning() -> None:
    found = detect(io.BytesIO(pdf([[]])), "letter.docx", tasks.registry())
    assert found.finding.warnings == ("the name ends in .docx, but the content is PDF",)
    assert detect(io.BytesIO(pdf([[]])), "letter.pdf", tasks.registry()).finding.warnings == ()
    assert detect(io.BytesIO(pdf([[]])), "letter.strange", tasks.registry()).finding.warnings == ()


def test_a_zip_archive_without_its_directory_is_still_known_by_its_parts() -> None:
    found = detect(io.BytesIO(word(paragraph("x"))[:-30]), "x", tasks.registry())
    assert found.kind == "docx"
    assert "damaged" in found.finding.warnings[0]


@pytest.mark.parametrize("spoiled", range(0, 400, 7))
def test_a_spoiled_directory_never_breaks_detection(spoiled: int) -> None:
    content = bytearray(word(paragraph("x")))
    content[-spoiled - 1] ^= 0xFF
    assert kind_of(bytes(content), "x.docx") in ("docx", "zip")


def test_every_kind_is_declared_once_and_declarations_are_complete() -> None:
    declared = tasks.registry().declarations()
    assert len({known.kind for known in declared}) == len(declared)
    for known in declared:
        assert known.title
        assert all("/" in media_type for media_type in known.media_types)
        assert all(ending == ending.lower() and "." not in ending for ending in known.endings)
    kinds = {known.kind for known in declared if known.extracts}
    assert kinds >= {
        "doc",
        "docx",
        "xls",
        "xlsx",
        "pdf",
        "md",
        "html",
        "txt",
        "csv",
        "tsv",
        "json",
        "jsonl",
        "png",
        "rtf",
    }


def test_two_handlers_of_one_kind_are_refused() -> None:
    class Mine(Handler):
        declaration = Declaration("txt", "Mine", ("a/b",), ())

    with pytest.raises(ValueError, match="two handlers"):
        Registry([Mine(), Mine()])


def test_a_kind_without_a_handler_is_told_with_those_that_have_one() -> None:
    with pytest.raises(TaskFailed, match=r"unknown cannot be read; these can: .*docx") as caught:
        tasks.registry().handler("unknown")
    assert caught.value.kind is FailureKind.UNSUPPORTED


def entry(name: str, method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with one entry whose directory claims a size that it does not have."""
    content = bytearray(archive({name: b"x" * 100}))
    place = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, place + 24, 1 << 30)
    struct.pack_into("<H", content, place + 10, method)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (entry("a"), FailureKind.TOO_LARGE, "MAX_UNPACKED_MB"),
        (archive({"a": bytes(9 << 20)}), FailureKind.TOO_LARGE, "MAX_ARCHIVE_RATIO"),
        (archive({str(n): "" for n in range(20)}), FailureKind.TOO_LARGE, "MAX_ARCHIVE_ENTRIES"),
        (archive({"a/../../b": "x"}), FailureKind.DAMAGED, "leads out"),
        (archive({"a/b": "x", "a\\b": "y"}), FailureKind.DAMAGED, "the same name"),
        (b"PK\x03\x04 and no more", FailureKind.DAMAGED, "directory"),
    ],
)
def test_the_gate_stops_archives_before_they_are_unpacked(content: bytes, kind: FailureKind, message: str) -> None:
    with pytest.raises(TaskFailed, match=message) as caught:
        open_archive(io.BytesIO(content), Limits(max_archive_entries=10))
    assert caught.value.kind is kind


def test_a_sample_gives_nothing_of_a_part_that_is_large_or_missing() -> None:
    sample = Sample(io.BytesIO(archive({"a": bytes(2 << 20)})), "x")
    assert (sample.part("a"), sample.part("b")) == (b"", b"")
