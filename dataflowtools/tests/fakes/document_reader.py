"""Documents that are plain text by definition."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from errors import FileDamaged, FileEncrypted, InvalidInput, UnsupportedMedia
from logics.documents import Extraction, Format, FoundImage, PageText, Part, Reading
from logics.files import DetectedType, StoredFile
from logics.ports import StoredFiles

_PICTURE = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


class FakeDocuments:
    """Satisfies ``TypeDetector`` and ``DocumentReader``.

    Whatever begins with ``%PDF`` is a PDF of one page a line; a page without text is a picture. One that holds the
    word ``secret`` is encrypted with the password ``open``. Everything else is text.
    """

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    async def formats(self) -> tuple[Format, ...]:
        """See the port."""
        parts = tuple(Part)
        return (
            Format("txt", "Plain text", ("text/plain",), ("txt",), (Part.TEXT, Part.MARKDOWN, Part.METADATA)),
            Format("pdf", "PDF", ("application/pdf",), ("pdf",), parts),
            Format("docx", "Word", ("application/x-docx",), ("docx",), parts),
            Format("doc", "Old Word", ("application/msword",), ("doc",), (Part.TEXT, Part.METADATA), (), "docx"),
            Format("zip", "Zip archive", ("application/zip",), ("zip",), ()),
        )

    async def detect(self, descriptor: int, name: str) -> DetectedType:
        """See the port."""
        content = _content(descriptor)
        if not content:
            return DetectedType("unknown", "application/octet-stream")
        if content.startswith(b"%PDF"):
            warnings = () if name.endswith(".pdf") else (f"{name} is a PDF",)
            return DetectedType("pdf", "application/pdf", warnings)
        return DetectedType("txt", "text/plain")

    async def read(self, source: int, answer: int, images: int, reading: Reading) -> Extraction:
        """See the port."""
        self.readings.append(reading)
        content = _content(source)
        _refuse(content, reading)
        if reading.kind != "pdf":
            return Extraction(
                _only(reading, text=content.decode(), markdown=content.decode(), metadata={"by": reading.kind})
            )
        return _read_pdf(content, images, reading)


class FakeInspector:
    """Satisfies ``DocumentInspector``."""

    def __init__(self, files: StoredFiles) -> None:
        self._files = files

    async def inspect(self, file: StoredFile) -> dict[str, object]:
        """See the port."""
        async with self._files.opened(file) as descriptor:
            content = _content(descriptor)
        if file.kind not in ("txt", "pdf"):
            raise UnsupportedMedia(f"nothing is known of {file.kind}")
        if not content:
            raise FileDamaged("the file is empty")
        if b"secret" in content:
            return {"encrypted": True}
        return {"encrypted": False, **({"pages": 1} if file.kind == "pdf" else {"lines": content.count(b"\n")})}


class FakeConverter:
    """Satisfies ``LegacyConverter``; writes what it is told, or fails as it is told."""

    def __init__(self, content: bytes = b"converted", failure: Exception | None = None) -> None:
        self.content = content
        self.failure = failure

    async def modernise(self, source: int, sink: int, kind: str, target: str) -> None:
        """See the port."""
        if self.failure is not None:
            raise self.failure
        os.pwrite(sink, self.content, 0)


class FakePageReader:
    """Satisfies ``PageReader``; sees the same on every page, or fails as it is told."""

    def __init__(self, text: str = 'seen "so"', failure: Exception | None = None) -> None:
        self.text = text
        self.failure = failure
        self.asked: list[tuple[int, ...]] = []

    async def read(
        self, descriptor: int, kind: str, pages: Sequence[int], language: str, password: str
    ) -> Sequence[PageText]:
        """See the port."""
        self.asked.append(tuple(pages))
        if self.failure is not None:
            raise self.failure
        return [PageText(page, self.text, 0.93) for page in pages]


def _read_pdf(content: bytes, images: int, reading: Reading) -> Extraction:
    lines = content.decode("utf-8", "replace").splitlines()[1:]
    if reading.pages and int(reading.pages) > len(lines):
        raise InvalidInput("pages: there is no such page")
    texts, pages, unread = [], [], []
    for number, line in enumerate(lines, start=1):
        is_read = bool(line) and not reading.as_pictures
        texts.append(line if is_read else f"{reading.mark}{number}.")
        pages.append({"page": number, "text": texts[-1], "source": "text" if is_read else "none"})
        unread += [] if is_read else [number]
    os.pwrite(images, _PICTURE, 0)
    parts = _only(reading, text="\n".join(texts), markdown="\n".join(texts), tables=[], metadata={"pages": len(lines)})
    found = (FoundImage("dot.gif", "image/gif", 0, len(_PICTURE)),) if Part.IMAGES in reading.parts else ()
    return Extraction({**parts, "pages": _json(pages)}, found, tuple(unread))


def _refuse(content: bytes, reading: Reading) -> None:
    if reading.kind not in ("txt", "pdf", "doc", "docx"):
        raise UnsupportedMedia(f"nothing can be taken out of {reading.kind}")
    if not content:
        raise FileDamaged("the file is empty")
    if b"secret" in content and reading.password != "open":
        raise FileEncrypted("the password is wrong" if reading.password else "give its password")


def _only(reading: Reading, **fields: object) -> dict[str, bytes]:
    return {name: _json(value) for name, value in fields.items() if name in reading.parts}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
