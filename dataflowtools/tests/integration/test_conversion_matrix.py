"""Every pair that is declared is done, on real files, and gives a file of the kind that was asked for."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from harness.conversions import Making, making
from harness.making_samples import Samples, samples

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG_WAYS = ("md", "csv", "doc", "txt", "pdf")  # every way of several steps begins like one of these


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def made() -> AsyncIterator[Making]:
    with TemporaryDirectory() as folder:
        async with making(Path(folder)) as running:
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def given(made: Making) -> Samples:
    return await samples(made)


async def test_every_declared_step_and_the_ways_made_of_them_give_files_of_their_kinds(
    made: Making, given: Samples
) -> None:
    pairs = [
        (known.kind, pair.kind)
        for known, possible in await made.matrix.listing()
        for pair in possible
        if pair.available and known.kind in given and (not pair.via or known.kind in LONG_WAYS)
    ]
    answers = await asyncio.gather(*(_check(made, kind, given[kind], target) for kind, target in pairs))
    wrong = [answer for answer in answers if answer]
    assert wrong == []
    assert len(pairs) >= 150 or any(engine.missing for engine in made.installed.engines)


async def test_samples_cover_every_kind_that_can_be_converted_but_those_nothing_here_writes(
    made: Making, given: Samples
) -> None:
    kinds = {known.kind for known, possible in await made.matrix.listing() if possible}
    assert kinds - given.keys() <= {"xlsb"} or any(engine.missing for engine in made.installed.engines)


async def test_the_kinds_that_the_service_promises_are_made_from_one_another(made: Making) -> None:
    targets = {known.kind: {pair.kind for pair in possible} for known, possible in await made.matrix.listing()}
    texts = {"docx", "doc", "odt", "md", "html", "txt"}
    tables = {"xlsx", "xls", "csv", "tsv", "json", "jsonl", "parquet"}
    for kind in texts:
        assert (texts | {"pdf"}) - {kind} <= targets[kind]
    for kind in tables:
        assert (tables | {"md", "html", "pdf"}) - {kind} <= targets[kind]
    assert {"txt", "md", "html", "xlsx", "csv"} <= targets["pdf"]


async def _check(made: Making, kind: str, content: bytes, target: str) -> str:
    converted = await made.convert(f"sample.{kind}", content, target)
    path = made.files.path(converted.file.file_id)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = await made.reader.detect(descriptor, converted.file.name)
    finally:
        os.close(descriptor)
    if found.kind == target and not found.warnings:
        return ""
    return f"{kind} to {target} gave {found}"
