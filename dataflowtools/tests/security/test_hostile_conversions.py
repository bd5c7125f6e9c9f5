"""Hostile, damaged and encrypted files through every conversion: a result or a typed error, nothing fetched."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from errors import FileEncrypted, ServiceError, TooLarge
from harness.attacks import listener
from harness.conversions import Making, making

pytestmark = pytest.mark.asyncio(loop_scope="module")
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
TARGETS = ("pdf", "md", "xlsx")
PORT = b"127.0.0.1:20099"
BOMBS = ("bomb_media.docx", "bomb_xml.docx", "bomb_sheet.xlsx", "hugedim.xlsx", "hugedim2.xlsx", "manypages.pdf")
SLOW = ("bomb.pdf", "handbook-872p.docx")


def files(*patterns: str) -> list[Path]:
    found = (path for pattern in patterns for path in sorted(CORPUS.glob(pattern)))
    return [path for path in found if path.is_file() and not path.name.startswith((".", "README"))]


HOSTILE = files("hostile_made/*", "documents/*/hostile/*", "documents/*/corrupt/*")
ENCRYPTED = files("documents/*/encrypted/*")
needs_corpus = pytest.mark.skipif(not HOSTILE, reason=f"there is no corpus at {CORPUS}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as running:
            yield running


async def kind_of(made: Making, path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return (await made.reader.detect(descriptor, path.name)).kind
    finally:
        os.close(descriptor)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


async def outcomes(made: Making, path: Path, targets: tuple[str, ...], address: bytes) -> list[str]:
    kind = await kind_of(made, path)
    possible = (await made.matrix.routes()).from_kind(kind, frozenset(await made.matrix.missing()))
    content = content_of(path).replace(PORT, address)

    async def one(target: str) -> str:
        try:
            converted = await made.convert(path.name, content, target, kind=kind)
        except ServiceError as error:
            return f"{type(error).__name__}: {error.shown}"
        return f"{converted.file.size} bytes"

    return [await one(target) for target in targets if target in possible]


@needs_corpus
async def test_whatever_a_file_tries_there_is_an_answer_and_nothing_is_fetched(made: Making) -> None:
    quick = [path for path in HOSTILE if path.name not in SLOW]
    with listener() as (address, heard):
        own = address.removeprefix("http://").partition("/")[0].encode()
        answers = await asyncio.gather(*(outcomes(made, path, TARGETS, own) for path in quick))
    said = [text for texts in answers for text in texts]
    assert heard == []
    assert len(said) > 60
    assert not [text for text in said if any(word in text for word in ("/box", "Traceback", str(Path.cwd())))]


@needs_corpus
@pytest.mark.parametrize("name", BOMBS)
async def test_bombs_are_refused_before_anything_unpacks_them(made: Making, name: str) -> None:
    path = CORPUS / "hostile_made" / name
    kind = path.suffix[1:]
    target = "txt" if kind == "pdf" else "pdf"
    with pytest.raises(TooLarge, match="MAX_"):
        await made.convert(name, path.read_bytes(), target, kind=kind)


@needs_corpus
async def test_encrypted_files_ask_for_their_password(made: Making) -> None:
    asked = 0
    for path in ENCRYPTED:
        kind = await kind_of(made, path)
        with pytest.raises(ServiceError) as caught:
            await made.convert(path.name, path.read_bytes(), "txt" if kind == "pdf" else "pdf", kind=kind)
        asked += isinstance(caught.value, FileEncrypted)
    assert asked >= len(ENCRYPTED) - 1  # one PDF is damaged besides


@needs_corpus
@pytest.mark.parametrize(
    ("name", "password", "target", "text"),
    [
        ("docx/encrypted/example_password.docx", "Password1234_", "md", ""),
        ("docx/encrypted/ecma376standard_password.docx", "Password1234_", "pdf", ""),
        ("doc/encrypted/password_tika_binaryrc4.doc", "tika", "md", "This is an encrypted Word 2007 File"),
        ("xlsx/encrypted/protected_passtika.xlsx", "tika", "csv", ""),
        ("xls/encrypted/rc4cryptoapi_password.xls", "Password1234_", "xlsx", ""),
        ("pdf/encrypted/password-example.pdf", "test", "txt", ""),
    ],
)
async def test_with_their_password_encrypted_files_are_converted(
    made: Making, name: str, password: str, target: str, text: str
) -> None:
    path = CORPUS / "documents" / name
    if made.installed.office is None and (path.suffix in (".doc", ".xls") or target == "pdf"):
        pytest.skip("LibreOffice is not installed")
    converted = await made.convert(path.name, path.read_bytes(), target, password=password, kind=path.suffix[1:])
    assert text in made.files.content(converted.file.file_id).decode("utf-8", "replace")
    with pytest.raises(FileEncrypted):
        await made.convert(path.name, path.read_bytes(), target, password=f"{password}x", kind=path.suffix[1:])
