"""Documents of every kind through real workers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from drivenadapters.documents.reader import WorkerDocuments
from harness.documents import documents, file_with, read_all


@pytest.fixture
async def reader() -> AsyncIterator[WorkerDocuments]:
    async with documents() as reader:
        yield reader


async def test_text_is_detected_and_read(reader: WorkerDocuments) -> None:
    content = "Größe: 10 µm\n第二行\n".encode()
    with file_with(content) as source:
        found = await reader.detect(source, "notes.txt")
    assert (found.kind, found.media_type, found.encrypted, found.warnings) == ("txt", "text/plain", False, ())
    extraction = await read_all(reader, content, "notes.txt")
    assert json.loads(extraction.parts["text"]) == content.decode()
    assert json.loads(extraction.parts["metadata"])["encoding"] == "utf-8"
