"""What every reader, detector and inspector of documents keeps to, the fake ones included."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivenadapters.documents.reader import WorkerInspector
from errors import FileDamaged, FileEncrypted, InvalidInput, UnsupportedMedia
from fakes.document_reader import FakeDocuments, FakeInspector
from fakes.stored_files import FakeStoredFiles
from harness.documents import documents, file_with
from harness.packages import encrypted_workbook
from harness.pdfs import pdf
from logics.documents import Extraction, Part, Reading
from logics.ports import DocumentInspector, DocumentReader, TypeDetector


@dataclass(frozen=True)
class Samples:
    """Files that mean the same to a reader: two pages of which the second is a picture, and an encrypted one."""

    pages: bytes
    encrypted: bytes
    encrypted_kind: str


FAKE = Samples(b"%PDF\nthe first page\n\n", b"secret", "txt")


@pytest.fixture(params=["fake", "real"])
async def readers(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[DocumentReader, TypeDetector, DocumentInspector, FakeStoredFiles, Samples]]:
    files = FakeStoredFiles(tmp_path)
    if request.param == "fake":
        fake = FakeDocuments()
        yield fake, fake, FakeInspector(files), files, FAKE
        return
    picture = "q 600 0 0 800 0 0 cm /I0 Do Q"
    pages = pdf([[(50, 700, "the first page")], []], drawn=picture, images=[bytes(64)])
    real = Samples(pages, encrypted_workbook("secret", "open"), "xlsx")
    async with documents() as reader:
        yield reader, reader, WorkerInspector(files, reader), files, real


Readers = tuple[DocumentReader, TypeDetector, DocumentInspector, FakeStoredFiles, Samples]


async def read(reader: DocumentReader, content: bytes, reading: Reading) -> tuple[Extraction, bytes]:
    with file_with(content) as source, file_with() as answer, file_with() as images:
        found = await reader.read(source, answer, images, reading)
        return found, os.pread(images, 1 << 20, 0)


async def test_a_reader_gives_the_fields_that_were_asked_for_as_json(readers: Readers) -> None:
    found, _ = await read(readers[0], b"hello\n", Reading("txt", "a.txt", frozenset({Part.TEXT})))
    assert {name: json.loads(value) for name, value in found.parts.items()} == {"text": "hello\n"}
    assert (found.images, found.unread_pages) == ((), ())


async def test_a_reader_leaves_marks_where_pages_are_pictures(readers: Readers) -> None:
    reader, samples = readers[0], readers[4]
    found, _ = await read(reader, samples.pages, Reading("pdf", "a.pdf", frozenset({Part.TEXT}), mark="#m"))
    pages = json.loads(found.parts["pages"])
    assert found.unread_pages == (2,)
    assert [page["text"] for page in pages] == ["the first page", "#m2."]
    assert [page["source"] for page in pages] == ["text", "none"]
    assert "#m2." in json.loads(found.parts["text"])


async def test_a_reader_leaves_all_pages_to_recognition_on_demand(readers: Readers) -> None:
    reading = Reading("pdf", "a.pdf", frozenset({Part.MARKDOWN}), as_pictures=True, mark="#m")
    found, _ = await read(readers[0], readers[4].pages, reading)
    assert found.unread_pages == (1, 2)


async def test_images_lie_where_the_reader_says(readers: Readers) -> None:
    found, images = await read(readers[0], readers[4].pages, Reading("pdf", "a.pdf", frozenset({Part.IMAGES})))
    image = found.images[0]
    content = images[image.offset : image.offset + image.size]
    assert content.startswith((b"GIF89a", b"\x89PNG"))
    assert image.media_type in ("image/gif", "image/png")


async def test_a_reader_says_why_it_does_not_read(readers: Readers) -> None:
    reader, samples = readers[0], readers[4]
    text = frozenset({Part.TEXT})
    with pytest.raises(UnsupportedMedia):
        await read(reader, b"PK", Reading("zip", "a.zip", text))
    with pytest.raises(FileDamaged):
        await read(reader, b"", Reading("txt", "a.txt", text))
    with pytest.raises(InvalidInput):
        await read(reader, samples.pages, Reading("pdf", "a.pdf", text, pages="9"))
    for password in ("", "wrong"):
        with pytest.raises(FileEncrypted):
            await read(reader, samples.encrypted, Reading(samples.encrypted_kind, "a.xlsx", text, password=password))
    found, _ = await read(reader, samples.encrypted, Reading(samples.encrypted_kind, "a.xlsx", text, password="open"))
    assert "secret" in json.loads(found.parts["text"])


async def test_formats_say_what_can_be_taken_out(readers: Readers) -> None:
    formats = {known.kind: known for known in await readers[0].formats()}
    assert Part.TEXT in formats["txt"].extracts
    assert frozenset(formats["pdf"].extracts) == frozenset(Part)
    assert formats["zip"].extracts == ()
    assert formats["doc"].reads_better_as == "docx"


async def test_a_detector_goes_by_content_and_never_refuses(readers: Readers) -> None:
    detector, samples = readers[1], readers[4]
    with file_with(samples.pages) as source:
        named = await detector.detect(source, "a.pdf")
        misnamed = await detector.detect(source, "a.txt")
    assert (named.kind, named.media_type, named.warnings) == ("pdf", "application/pdf", ())
    assert (misnamed.kind, len(misnamed.warnings)) == ("pdf", 1)
    with file_with(b"words") as source:
        assert (await detector.detect(source, "noname")).kind == "txt"
    with file_with() as source:
        assert (await detector.detect(source, "")).kind == "unknown"


async def test_an_inspector_tells_of_encryption_and_refuses_what_it_does_not_know(readers: Readers) -> None:
    inspector, files, samples = readers[2], readers[3], readers[4]
    assert (await inspector.inspect(files.put("a.txt", b"one\ntwo\n")))["lines"] == 2
    assert (await inspector.inspect(files.put("a.pdf", pdf([[]]))))["pages"] == 1
    encrypted = files.put("a.xlsx", samples.encrypted, kind=samples.encrypted_kind)
    assert await inspector.inspect(encrypted) == {"encrypted": True}
    with pytest.raises(UnsupportedMedia):
        await inspector.inspect(files.put("a.zip", b"PK\x05\x06" + bytes(18)))
    with pytest.raises(FileDamaged):
        await inspector.inspect(files.put("b.txt", b""))
