"""Types by first bytes, where nothing better is at hand."""

from __future__ import annotations

import tempfile
import zipfile

import pytest

from drivenadapters.detection.signatures import SignatureDetector
from logics.files import DetectedType


async def detected(content: bytes, name: str) -> DetectedType:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return await SignatureDetector().detect(file.fileno(), name)


@pytest.mark.parametrize(
    ("content", "name", "kind", "media_type", "warned"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a.pdf", "pdf", "application/pdf", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.png", "png", "image/png", False),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a.pdf", "png", "image/png", True),
        ("größe,wert\n1,2\n".encode(), "a.csv", "csv", "text/csv", False),
        (b"hello", "a.docx", "txt", "text/plain", True),
        (b"# title", "README.md", "md", "text/markdown", False),
        (b"hello", "name", "txt", "text/plain", False),
        (b"", "a.txt", "unknown", "application/octet-stream", False),
        (bytes(range(256)) * 4, "a", "unknown", "application/octet-stream", False),
        (("ä" * 40_000).encode()[1:], "a.txt", "unknown", "application/octet-stream", False),
    ],
)
async def test_a_type_is_told_by_the_content(
    content: bytes, name: str, kind: str, media_type: str, warned: bool
) -> None:
    found = await detected(content, name)
    assert (found.kind, found.media_type, bool(found.warnings)) == (kind, media_type, warned)


async def test_a_long_text_whose_last_character_is_cut_by_the_reading_is_a_text() -> None:
    assert (await detected(b"x" + ("ä" * 40_000).encode(), "a.txt")).kind == "txt"


async def test_an_archive_is_told_by_its_name_only_where_the_name_fits() -> None:
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a.txt", "x")
        assert (await SignatureDetector().detect(file.fileno(), "a.zip")).kind == "zip"
