"""Documents that nobody made for this service: every age, language and state of each kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from drivenadapters.documents.reader import WorkerDocuments
from errors import FileEncrypted, ServiceError, TooLarge, Unprocessable, UnsupportedMedia
from harness.documents import documents, file_with, read_all
from harness.facts import Case, Found, cases, unmet
from logics.documents import Extraction

pytestmark = pytest.mark.asyncio(loop_scope="module")
_REFUSALS = (Unprocessable, UnsupportedMedia, TooLarge)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[WorkerDocuments]:
    async with documents() as reader:
        yield reader


def of_status(*statuses: str) -> Iterator[Case]:
    return (case for case in cases() if case.status.partition("(")[0] in statuses)


def found_in(extraction: Extraction) -> Found:
    parts = {name: json.loads(value) for name, value in extraction.parts.items()}
    return Found(parts.get("text", ""), parts.get("markdown", ""), parts.get("tables", []), parts.get("metadata") or {})


async def attempt(reader: WorkerDocuments, case: Case, password: str = "") -> Extraction | ServiceError:
    try:
        return await read_all(reader, case.content, case.name, password=password)
    except _REFUSALS as refusal:
        return refusal


async def test_every_good_document_says_what_the_corpus_says_of_it(reader: WorkerDocuments) -> None:
    failed = {}
    good = list(of_status("ok", "edge"))
    for case in good:
        outcome = await attempt(reader, case)
        problems = [str(outcome)] if isinstance(outcome, ServiceError) else unmet(case, found_in(outcome))
        if problems:
            failed[case.path] = problems
    assert failed == {}
    assert len(good) > 60


async def test_the_kind_of_every_document_is_known_by_its_content(reader: WorkerDocuments) -> None:
    wrong = {}
    for case in of_status("ok", "edge", "encrypted", "hostile"):
        with file_with(case.content) as source:
            found = await reader.detect(source, f"noname.{case.kind}" if case.kind in ("csv", "md") else "noname")
        if found.kind != case.kind and not (case.status == "encrypted" and found.encrypted):
            wrong[case.path] = found.kind
    assert set(wrong) == {"archive/hostile/quine.gz", "archive/hostile/testXXE.xml"}


async def test_every_encrypted_document_opens_with_its_password_alone(reader: WorkerDocuments) -> None:
    failed = {}
    for case in of_status("encrypted"):
        outcomes = [await attempt(reader, case), await attempt(reader, case, "not the password")]
        if not all(isinstance(outcome, FileEncrypted) for outcome in outcomes):
            failed[case.path] = f"without its password: {outcomes}"
        elif case.password:
            outcome = await attempt(reader, case, case.password)
            problems = [str(outcome)] if isinstance(outcome, ServiceError) else unmet(case, found_in(outcome))
            failed.update({case.path: str(problems)} if problems else {})
    assert failed == {}


async def test_every_bad_document_is_read_or_refused_with_a_reason(reader: WorkerDocuments) -> None:
    """Whatever else is raised fails the test: a server's error, a limit of the worker, a hang."""
    for case in of_status("corrupt", "hostile"):
        outcome = await attempt(reader, case)
        assert isinstance(outcome, Extraction) or str(outcome), case.path
