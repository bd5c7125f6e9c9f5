"""Good documents with an end missing or bytes changed: each is read, or refused with a reason."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator, Callable

import openpyxl
import pytest
import pytest_asyncio
from PIL import Image
from sandboxkit.admission import Admission
from servicekit.testing.corpus import corpus_path

from drivenadapters.documents.guest.limits import Limits
from drivenadapters.documents.reader import WorkerDocuments
from drivenadapters.documents.workers import DOCUMENTS
from drivenadapters.workers.specification import WorkerSettings
from drivenadapters.workers.tasks import TaskWorkers
from errors import FileEncrypted, ServiceError, TooLarge, Unprocessable, UnsupportedMedia
from harness.documents import packages, read_all
from harness.packages import archive, paragraph, word, word_part
from harness.pdfs import pdf
from logics.documents import Extraction

pytestmark = pytest.mark.asyncio(loop_scope="module")
_REFUSALS = (Unprocessable, UnsupportedMedia, TooLarge)
_SPOILED = 6  # of each kind in each way


def workbook() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in range(50):
        book.active.append([row, f"name {row}", row * 1.5, "=A1"])
    book.active.merge_cells("A1:B2")
    book.save(file)
    return file.getvalue()


def text_file() -> bytes:
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    parts = {"word/styles.xml": word_part("styles", ""), "word/footnotes.xml": word_part("footnotes", "")}
    links = (("s", "styles", "styles.xml"), ("f", "footnotes", "footnotes.xml"))
    return word("".join(paragraph(f"paragraph {n}") for n in range(50)) + table, parts=parts, links=links)


def picture() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(file, "TIFF", compression="tiff_lzw")
    return file.getvalue()


GOOD: dict[str, Callable[[], bytes]] = {
    "a.docx": text_file,
    "a.xlsx": workbook,
    "a.pdf": lambda: pdf([[(50, 700 - 20 * n, f"line {n} of the page") for n in range(20)]] * 3, drawn="0 0 m 9 9 l S"),
    "a.odt": lambda: archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": '<d xmlns:t="t"><body>' + "<t:p>text</t:p>" * 50 + "</body></d>",
        }
    ),
    "a.rtf": lambda: rb"{\rtf1\ansi " + rb"{\b text}\par \u8364 ?" * 50 + b"}",
    "a.html": lambda: b"<html><body>" + b"<p>text <b>bold</b><table><tr><td>x</table>" * 50,
    "a.md": lambda: b"# head\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" * 20,
    "a.csv": lambda: b'a,"b",c\n1,"x\ny",3\n' * 50,
    "a.json": lambda: b'[{"a": 1, "b": [1, 2]}' + b', {"a": "x"}' * 50 + b"]",
    "a.tiff": picture,
}
FROM_THE_CORPUS = (
    "doc/testWORD_various.doc",
    "doc/testWORD_numbered_list.doc",
    "xls/merge_cells.xls",
    "xls/biff5_write.xls",
    "xlsx/testEXCEL.strict.xlsx",
    "docx/testWORD.docx",
    "pdf/testPDF.pdf",
    "docx/encrypted/example_password.docx",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[WorkerDocuments]:
    workers = TaskWorkers((DOCUMENTS,), WorkerSettings(packages(), seconds=10), Admission(2, 1000, 60))
    await workers.start()
    yield WorkerDocuments(workers, Limits())
    await workers.close()


async def spoil(reader: WorkerDocuments, content: bytes, name: str) -> None:
    """Read a document spoiled in many ways; whatever is raised that is no refusal fails the test."""
    chance = random.Random(name)  # noqa: S311 - the same every time
    spoiled = [content[: chance.randrange(1, len(content))] for _ in range(_SPOILED)]
    spoiled += [flipped(content, chance) for _ in range(_SPOILED)]
    outcomes = await asyncio.gather(*(attempt(reader, bad, name) for bad in spoiled))
    assert all(isinstance(outcome, Extraction) or str(outcome) for outcome in outcomes)


async def attempt(reader: WorkerDocuments, content: bytes, name: str) -> Extraction | ServiceError:
    try:
        return await read_all(reader, content, name)
    except _REFUSALS as refusal:
        return refusal


def flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 4, 30))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("name", sorted(GOOD))
async def test_a_spoiled_document_is_read_or_refused(reader: WorkerDocuments, name: str) -> None:
    content = GOOD[name]()
    assert isinstance(await attempt(reader, content, name), Extraction)
    await spoil(reader, content, name)


@pytest.mark.parametrize("path", FROM_THE_CORPUS)
async def test_a_spoiled_document_of_the_corpus_is_read_or_refused(reader: WorkerDocuments, path: str) -> None:
    content = corpus_path("documents", *path.split("/")).read_bytes()
    assert isinstance(await attempt(reader, content, path), Extraction | FileEncrypted)
    await spoil(reader, content, path.rpartition("/")[2])
