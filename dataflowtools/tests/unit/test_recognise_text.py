"""Recognised text and codes are remembered by content, options and engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivenadapters.ocr.circuit import Circuit
from drivenadapters.ocr.fallback import FallbackRecogniser
from errors import DeadlineExceeded, FileDamaged, Unavailable
from fakes.recognition import DAMAGED, FakeCodeReader, FakeTextRecogniser
from fakes.result_cache import FakeResultCache
from logics.codes import CodeOptions, ReadCodes
from logics.images import ImageSource, ReadingOptions
from logics.pages import PageSelection
from logics.recognise_text import RecogniseText
from logics.recognition import RecognitionOptions
from logics.scanned_pages import ScannedPages


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ImageSource]:
    yield from opened(tmp_path, b"hello\nworld")


def opened(folder: Path, content: bytes) -> Iterator[ImageSource]:
    (folder / "scan").write_bytes(content)
    descriptor = os.open(folder / "scan", os.O_RDONLY)
    yield ImageSource("scan.png", content.hex(), descriptor)
    os.close(descriptor)


OPTIONS = RecognitionOptions()


async def test_the_same_image_is_read_once_and_carries_the_name_it_is_asked_by(source: ImageSource) -> None:
    engine = FakeTextRecogniser()
    recognise = RecogniseText(engine, FakeResultCache())
    first = await recognise.one(source, OPTIONS)
    again = await recognise.one(ImageSource("other.png", source.sha256, source.descriptor), OPTIONS)

    assert len(engine.asked) == 1
    assert again.pages == first.pages
    assert again.name == "other.png"


@pytest.mark.parametrize(
    "other",
    [
        RecognitionOptions(layout="row"),
        RecognitionOptions(granularity="word"),
        RecognitionOptions(reading=ReadingOptions(PageSelection(((1, 1),)))),
        RecognitionOptions(reading=ReadingOptions(password="x")),
    ],
)
async def test_other_options_are_another_result(source: ImageSource, other: RecognitionOptions) -> None:
    engine = FakeTextRecogniser()
    recognise = RecogniseText(engine, FakeResultCache())
    await recognise.one(source, OPTIONS)
    await recognise.one(source, other)
    assert engine.asked == [OPTIONS, other]


async def test_another_engine_is_another_result(source: ImageSource) -> None:
    cache = FakeResultCache()
    await RecogniseText(FakeTextRecogniser(), cache).one(source, OPTIONS)
    newer = FakeTextRecogniser()
    newer.version = "fake 2"
    await RecogniseText(newer, cache).one(source, OPTIONS)
    assert len(newer.asked) == 1


async def test_what_the_cache_holds_from_another_release_is_forgotten(source: ImageSource) -> None:
    engine, cache = FakeTextRecogniser(), FakeResultCache()
    recognise = RecogniseText(engine, cache)
    await recognise.one(source, OPTIONS)
    (key,) = cache.values
    cache.values[key] = b'{"name": "scan.png"}'
    assert (await recognise.one(source, OPTIONS)).pages[0].text == "hello\nworld"
    assert len(engine.asked) == 2


async def test_what_an_engine_read_in_place_of_another_is_not_remembered(source: ImageSource) -> None:
    cache = FakeResultCache()
    both = FallbackRecogniser(FakeTextRecogniser(Unavailable("down")), FakeTextRecogniser())
    read = await RecogniseText(both, cache).one(source, OPTIONS)
    assert read.warnings
    assert cache.values == {}


@pytest.mark.parametrize("failure", [Unavailable("down"), DeadlineExceeded("slow")])
async def test_the_second_engine_reads_what_the_first_does_not_answer_for(
    source: ImageSource, failure: Unavailable
) -> None:
    both = FallbackRecogniser(FakeTextRecogniser(failure), FakeTextRecogniser())
    read = await both.recognise(source, OPTIONS, None)
    assert read.pages[0].text == "hello\nworld"
    assert "embedded" in read.warnings[0]


async def test_what_the_first_engine_refuses_is_not_tried_again(source: ImageSource) -> None:
    second = FakeTextRecogniser()
    with pytest.raises(FileDamaged):
        await FallbackRecogniser(FakeTextRecogniser(FileDamaged("broken")), second).recognise(source, OPTIONS, None)
    assert second.asked == []


async def test_scanned_pages_of_a_document_are_read_by_number(source: ImageSource) -> None:
    engine = FakeTextRecogniser()
    pages = await ScannedPages(engine).read(source.descriptor, "pdf", [2, 5], "zh+en", "")
    assert pages[0].text == "hello\nworld"
    assert pages[0].confidence == pytest.approx(0.9)
    assert engine.asked[0].languages == ("zh", "en")
    assert engine.asked[0].reading.pages.wanted == [[2, 2], [5, 5]]


async def test_codes_are_read_once_too(source: ImageSource) -> None:
    reader = FakeCodeReader()
    read = ReadCodes(reader, FakeResultCache())
    first = await read([source], CodeOptions())
    assert await read([source], CodeOptions()) == first
    await read([source], CodeOptions(mode="fast"))
    assert [options.mode for options in reader.asked] == ["thorough", "fast"]


async def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    cache = FakeResultCache()
    for source in opened(tmp_path, DAMAGED):
        with pytest.raises(FileDamaged):
            await RecogniseText(FakeTextRecogniser(), cache).one(source, OPTIONS)
    assert cache.values == {}


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(circuit: Circuit) -> None:
    with pytest.raises(Unavailable, match="down"), circuit.passage():
        raise Unavailable("down")


def test_a_circuit_opens_after_failures_in_a_row_and_tries_once_after_a_while() -> None:
    clock = Clock()
    circuit = Circuit(2, 30, clock)
    fail(circuit)
    with circuit.passage():
        pass  # a success in between starts the count anew
    fail(circuit)
    fail(circuit)
    with pytest.raises(Unavailable, match="left alone"), circuit.passage():
        pytest.fail("nobody is asked while it is open")

    clock.now = 31
    fail(circuit)  # the trial
    assert circuit.is_open

    clock.now = 62
    with circuit.passage():
        assert circuit.is_open  # for all but the one that tries
    assert not circuit.is_open


def test_what_the_caller_did_wrong_does_not_open_the_circuit() -> None:
    circuit = Circuit(1, 30)
    with pytest.raises(FileDamaged), circuit.passage():
        raise FileDamaged("broken")
    assert not circuit.is_open
