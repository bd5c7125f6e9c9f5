"""Documents made to hurt: bombs, references to what is not inside, and readers that were taken over.

What refers outward is tested against the readers alone, without the kernel's confinement, and the confinement
against a reader that does reach out. Each of the two holds without the other.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sandboxkit.admission import Admission
from sandboxkit.layers import ALL_LAYERS
from servicekit.testing.corpus import corpus_path

from drivenadapters.documents.reader import WorkerDocuments
from drivenadapters.workers.specification import WorkerKind, WorkerSettings
from drivenadapters.workers.tasks import Task, TaskWorkers
from errors import FileDamaged, OverBudget, ServiceError, TooLarge, Unprocessable
from harness.documents import documents, packages, read_all
from harness.packages import archive, paragraph, word, word_part
from harness.pdfs import pdf
from logics.documents import Extraction

pytestmark = pytest.mark.asyncio(loop_scope="module")
_UNCONFINED = WorkerSettings(packages(), seconds=30, required=frozenset(), enabled=frozenset())
_CONFINED = WorkerSettings(packages(), seconds=30)
_TESTS = str(Path(__file__).resolve().parents[1])
_CORPUS_PORT = b"20099"
_SECRET = "the-content-of-a-local-file-52b1"


@dataclass
class Listener:
    """A server on loopback that remembers who called."""

    port: int
    calls: list[bytes] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def serve() -> None:
            try:
                while True:
                    line, _ = server.accept()
                    with line:
                        found.calls.append(line.recv(1000))
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    file = tmp_path / "secret.txt"
    file.write_text(_SECRET, encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unconfined() -> AsyncIterator[WorkerDocuments]:
    async with documents(_UNCONFINED) as reader:
        yield reader


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def confined() -> AsyncIterator[WorkerDocuments]:
    async with documents(_CONFINED) as reader:
        yield reader


async def outcome(reader: WorkerDocuments, content: bytes, name: str) -> Extraction | ServiceError:
    try:
        return await read_all(reader, content, name)
    except (Unprocessable, TooLarge) as refusal:
        return refusal


def references(url: str) -> dict[str, bytes]:
    """Documents of every kind that refer to an address wherever their format has a place for one."""
    entity = f'<!DOCTYPE w [<!ENTITY e SYSTEM "{url}"><!ENTITY % p SYSTEM "{url}">]>'
    linked = '<w:p><w:r><w:drawing><a:blip r:link="e"/></w:drawing></w:r></w:p>'
    instruction = f" INCLUDETEXT &quot;{url}&quot; "
    included = f'<w:p><w:fldSimple w:instr="{instruction}"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'
    with_entity = entity + word_part("document", f"<w:body>{paragraph('&e;')}</w:body>").partition("?>")[2]
    return {
        "linked.docx": word(linked + included, links=(("e", "image", url), ("t", "attachedTemplate", url))),
        "entity.docx": word("", parts={"word/document.xml": with_entity}),
        "page.html": (
            f'<html><head><base href="{url}"><link rel=stylesheet href="{url}">'
            f'<meta http-equiv=refresh content="0;{url}"></head><body><img src="{url}"><iframe src="{url}"></iframe>'
            f'<object data="{url}"></object>'
            f'<svg><image href="{url}"/></svg><p style="background:url({url})">x</p></body></html>'
        ).encode(),
        "page.xhtml": f'<?xml version="1.0"?>{entity}<html><body><p>&e;</p></body></html>'.encode(),
        "notes.md": f'![x]({url})\n\n<iframe src="{url}"></iframe>\n\n[link]: {url}\n'.encode(),
        "data.xml": f"{entity}<a>&e;</a>".encode(),
        "text.odt": archive(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": f'{entity}<office:document-content xmlns:office="o" xmlns:text="t"><text:p>&e;</text:p>'
                "</office:document-content>",
            }
        ),
        "text.rtf": rb'{\rtf1{\field{\*\fldinst{INCLUDEPICTURE "' + url.encode() + rb'"}}{\fldrslt x}}\par}',
        "action.pdf": pdf([[(50, 700, "text of a page")]], info=f"/AA << /O << /S /URI /URI ({url}) >> >>"),
    }


@pytest.mark.parametrize("name", sorted(references("")))
async def test_readers_alone_follow_no_reference(
    unconfined: WorkerDocuments, listener: Listener, secret: Path, name: str
) -> None:
    for url in (f"http://127.0.0.1:{listener.port}/{name}", secret.as_uri(), str(secret)):
        found = await outcome(unconfined, references(url)[name], name)
        if isinstance(found, Extraction):
            assert _SECRET.encode() not in b"".join(found.parts.values())
            assert not found.images
        else:
            assert isinstance(found, FileDamaged), found
    assert listener.calls == []


async def test_readers_alone_follow_no_reference_of_the_corpus(unconfined: WorkerDocuments, listener: Listener) -> None:
    names = ("lfi_img.docx", "ssrf_img.docx", "ssrf.html", "ssrf.md", "xxe.docx", "lol.docx")
    for name in names:
        content = corpus_path("hostile_made", name).read_bytes()
        await outcome(unconfined, content.replace(_CORPUS_PORT, str(listener.port).encode()), name)
    assert listener.calls == []


def taken_over(enabled: bool) -> TaskWorkers:
    """Workers that run what a reader would that was taken over, confined like those of documents or not at all."""
    settings = WorkerSettings(
        (*packages(), _TESTS),
        seconds=10,
        required=_CONFINED.required if enabled else frozenset(),
        enabled=ALL_LAYERS if enabled else frozenset(),
    )
    return TaskWorkers((WorkerKind("sample", ("harness.sample_tasks",)),), settings, Admission(1, 8, 10))


async def reach_out(enabled: bool, listener: Listener, secret: Path) -> dict[str, str]:
    workers = taken_over(enabled)
    await workers.start()
    try:
        arguments = {"port": listener.port, "file": str(secret)}
        found: dict[str, str] = await workers.run("sample", Task("harness.sample_tasks:reach_out", arguments))
        return found
    finally:
        await workers.close()


async def test_confinement_alone_stops_a_reader_that_was_taken_over(listener: Listener, secret: Path) -> None:
    found = await reach_out(True, listener, secret)
    assert set(found.values()) <= {"PermissionError", "FileNotFoundError", "OSError"}
    assert listener.calls == []


async def test_without_confinement_the_same_reader_gets_everywhere(listener: Listener, secret: Path) -> None:
    """Otherwise the test above would prove nothing."""
    assert await reach_out(False, listener, secret) == {"network": "reached", "file": _SECRET, "program": "started"}


BOMBS = {
    "ratio.docx": word("", parts={"word/document.xml": b"<a>" + bytes(20 << 20)}),
    "entries.docx": word("", parts={f"x/{number}": b"" for number in range(10_001)}),
    "laughs.docx": word(
        "",
        parts={
            "word/document.xml": "<!DOCTYPE a [<!ENTITY a0 'ha'>"
            + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
            + "]><a>&a11;</a>"
        },
    ),
    "deep.docx": word("<w:tbl><w:tr><w:tc>" * 2000 + "</w:tc></w:tr></w:tbl>" * 2000),
    "deep.html": b"<div>" * 100_000,
    "wide.html": b"<p>x<p>y<p>z<table><tr>" + b"<td rowspan=1000 colspan=1000>x" * 300 + b"</table>",
    "deep.json": b"[" * 1_000_000,
    "deep.rtf": rb"{\rtf1" + b"{" * 1_000_000,
    "front.md": b"---\na: &a [x,x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(50)) + b"---\n",
    "brackets.md": b"[" * 50_000 + b"](" * 50_000,
    "pages.pdf": pdf([[]]).replace(b"/Count 1", b"/Count 999999999"),
    "loop.pdf": pdf([[]]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
    "stream.pdf": pdf([[]], drawn=" " * (600 << 20 >> 3)),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
async def test_a_bomb_ends_in_an_answer_and_the_next_document_is_read(confined: WorkerDocuments, name: str) -> None:
    found = await outcome(confined, BOMBS[name], name)
    assert isinstance(found, Extraction | ServiceError)
    after = await outcome(confined, word(paragraph("after")), "after.docx")
    assert isinstance(after, Extraction)
    assert json.loads(after.parts["text"]) == "after\n"


async def test_every_bomb_of_the_corpus_ends_within_the_limits(confined: WorkerDocuments) -> None:
    folder = corpus_path("hostile_made")
    spent = {}
    for file in sorted(folder.iterdir()):
        found = await outcome(confined, file.read_bytes(), file.name)
        if isinstance(found, OverBudget):
            spent[file.name] = str(found)
    assert spent == {}, "a limit of the gate should have come before one of the worker"
