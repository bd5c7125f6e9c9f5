"""Taking parts out of a stored file: what is asked, remembered, recognised and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from errors import (
    Busy,
    FileDamaged,
    FileEncrypted,
    NotImplementedHere,
    OverBudget,
    ServiceError,
    Unavailable,
    UnknownFile,
    UnsupportedMedia,
)
from fakes.document_reader import FakeConverter, FakeDocuments, FakePageReader
from fakes.result_cache import FakeResultCache
from fakes.stored_files import FakeStoredFiles
from logics.documents import ExtractionWish, Ocr, PageText, Part
from logics.extract_document import ExtractDocument, ExtractionLimits
from logics.recognised_pages import fill_marks


class Bench:
    """The use case between fakes."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.files = FakeStoredFiles(folder)
        self.documents = FakeDocuments()
        self.cache = FakeResultCache()
        self.use_case = ExtractDocument(
            self.files, self.documents, self.cache, options.pop("limits", ExtractionLimits()), **options
        )

    async def extract(self, file_id: str, *parts: Part, **wish: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            await self.use_case(ExtractionWish(file_id, frozenset(parts or {Part.TEXT}), **wish))
        )
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_the_answer_holds_what_was_asked_for_and_nothing_else(bench: Bench) -> None:
    file = bench.files.put("a.txt", b"hello\n")
    assert await bench.extract(file.file_id) == {
        "file_id": file.file_id,
        "kind": "txt",
        "media_type": "application/octet-stream",
        "text": "hello\n",
        "warnings": [],
    }


async def test_a_repeated_extraction_is_answered_from_memory(bench: Bench) -> None:
    first, second = bench.files.put("a.txt", b"same"), bench.files.put("b.txt", b"same")
    answers = [await bench.extract(file.file_id) for file in (first, first, second)]
    assert len(bench.documents.readings) == 1
    assert [answer["file_id"] for answer in answers] == [first.file_id, first.file_id, second.file_id]


@pytest.mark.parametrize(
    "other",
    [{"pages": "1"}, {"password": "x"}, {"ocr": Ocr.NEVER}, {"language": "de"}, {"sheets": ("a",)}],
)
async def test_another_wish_is_another_answer(bench: Bench, other: dict[str, Any]) -> None:
    file = bench.files.put("a.txt", b"text")
    await bench.extract(file.file_id)
    await bench.extract(file.file_id, **other)
    assert len(bench.documents.readings) == 2


async def test_no_password_stands_in_the_cache(bench: Bench) -> None:
    file = bench.files.put("a.pdf", b"%PDF\nsecret")
    await bench.extract(file.file_id, password="open")
    assert "open" not in str(bench.cache.values)
    with pytest.raises(FileEncrypted):
        await bench.extract(file.file_id)


async def test_large_answers_are_not_remembered(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits=ExtractionLimits(cached_bytes=10))
    await bench.extract(bench.files.put("a.txt", b"text").file_id)
    assert bench.cache.values == {}


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.zip", b"PK", UnsupportedMedia, "kind zip .*txt, pdf, docx, doc"),
        ("a.odd", b"x", UnsupportedMedia, "kind odd"),
        ("a.pdf", b"", FileDamaged, "empty"),
    ],
)
async def test_what_cannot_be_read_is_refused_before_any_worker(
    bench: Bench, name: str, content: bytes, error: type[ServiceError], message: str
) -> None:
    file = bench.files.put(name, content)
    with pytest.raises(error, match=message):
        await bench.extract(file.file_id)
    assert bench.documents.readings == []


async def test_an_unknown_file_is_unknown(bench: Bench) -> None:
    with pytest.raises(UnknownFile):
        await bench.extract("none")


async def test_images_become_files_of_their_own(bench: Bench) -> None:
    file = bench.files.put("a.pdf", b"%PDF\ntext")
    image = (await bench.extract(file.file_id, Part.IMAGES))["images"][0]
    assert (image["name"], image["media_type"], image["size"]) == ("dot.gif", "image/gif", 14)
    assert bench.files.content(image["file_id"]).startswith(b"GIF89a")
    assert bench.files.files[image["file_id"]].description == "image of a.pdf"


async def test_small_images_stand_in_the_answer_when_asked_for(tmp_path: Path) -> None:
    for most, expected in ((14, "content_base64"), (13, "file_id")):
        bench = Bench(tmp_path, limits=ExtractionLimits(inline_image_bytes=most))
        file = bench.files.put("a.pdf", b"%PDF\ntext")
        image = (await bench.extract(file.file_id, Part.IMAGES, inline_images=True))["images"][0]
        assert expected in image


async def test_a_remembered_answer_is_forgotten_with_its_images(bench: Bench) -> None:
    file = bench.files.put("a.pdf", b"%PDF\ntext")
    first = (await bench.extract(file.file_id, Part.IMAGES))["images"][0]["file_id"]
    assert (await bench.extract(file.file_id, Part.IMAGES))["images"][0]["file_id"] == first
    del bench.files.files[first]
    again = (await bench.extract(file.file_id, Part.IMAGES))["images"][0]["file_id"]
    assert again in bench.files.files


async def test_pages_without_text_are_recognised(tmp_path: Path) -> None:
    pages = FakePageReader()
    bench = Bench(tmp_path, pages=pages)
    found = await bench.extract(bench.files.put("a.pdf", b"%PDF\nhas text\n\n").file_id, Part.TEXT, Part.MARKDOWN)
    assert pages.asked == [(2,)]
    assert found["text"] == found["markdown"] == 'has text\nseen "so"'
    assert found["pages"] == [
        {"page": 1, "text": "has text", "source": "text"},
        {"page": 2, "text": 'seen "so"', "source": "ocr", "confidence": 0.93},
    ]


async def test_all_pages_are_recognised_when_that_is_demanded(tmp_path: Path) -> None:
    pages = FakePageReader()
    bench = Bench(tmp_path, pages=pages)
    await bench.extract(bench.files.put("a.pdf", b"%PDF\nhas text\n\n").file_id, ocr=Ocr.ALWAYS)
    assert pages.asked == [(1, 2)]


async def test_without_recognition_auto_warns_and_always_is_not_implemented(bench: Bench) -> None:
    file = bench.files.put("a.pdf", b"%PDF\nhas text\n\n")
    found = await bench.extract(file.file_id)
    assert found["text"] == "has text\n"
    assert found["warnings"] == ["page 2 holds no text, and there is no character recognition here"]
    with pytest.raises(NotImplementedHere):
        await bench.extract(file.file_id, ocr=Ocr.ALWAYS)


async def test_never_recognises_nothing(tmp_path: Path) -> None:
    pages = FakePageReader()
    bench = Bench(tmp_path, pages=pages)
    found = await bench.extract(bench.files.put("a.pdf", b"%PDF\n\n\n").file_id, ocr=Ocr.NEVER)
    assert pages.asked == []
    assert "the pages 1, 2 hold no text" in found["warnings"][0]


async def test_recognition_that_is_down_costs_a_warning_which_is_not_remembered(tmp_path: Path) -> None:
    pages = FakePageReader(failure=Unavailable("down"))
    bench = Bench(tmp_path, pages=pages)
    file = bench.files.put("a.pdf", b"%PDF\n\n")
    assert "did not answer" in (await bench.extract(file.file_id))["warnings"][0]
    with pytest.raises(Unavailable):
        await bench.extract(file.file_id, ocr=Ocr.ALWAYS)
    pages.failure = None
    assert (await bench.extract(file.file_id))["text"] == 'seen "so"'


async def test_an_old_file_is_read_by_way_of_a_newer_one_with_its_own_facts(tmp_path: Path) -> None:
    bench = Bench(tmp_path, converter=FakeConverter(b"from the newer file"))
    file = bench.files.put("a.doc", b"from the file itself")
    found = await bench.extract(file.file_id, Part.TEXT, Part.METADATA)
    assert (found["text"], found["metadata"], found["kind"]) == ("from the newer file", {"by": "doc"}, "doc")


@pytest.mark.parametrize(
    ("failure", "warned", "remembered"),
    [
        (NotImplementedHere("not installed"), False, True),
        (FileDamaged("cannot"), True, True),
        (OverBudget("too long"), True, True),
        (Busy("full"), True, False),
        (Unavailable("down"), True, False),
    ],
)
async def test_an_old_file_is_read_without_the_program_where_that_fails(
    tmp_path: Path, failure: ServiceError, warned: bool, remembered: bool
) -> None:
    bench = Bench(tmp_path, converter=FakeConverter(failure=failure))
    found = await bench.extract(bench.files.put("a.doc", b"from the file itself").file_id)
    assert found["text"] == "from the file itself"
    assert bool(found["warnings"]) is warned
    assert bool(bench.cache.values) is remembered


def test_marks_are_replaced_wherever_they_stand_and_escaped() -> None:
    parts = {
        "text": b'"m1.\\n\\nkept\\n\\nm12."',
        "pages": b'[{"page":1,"text":"m1.","source":"none"},{"page":12,"text":"m12.","source":"none"}]',
        "metadata": b'{"title":"m1."}',
    }
    filled = fill_marks(parts, "m", [1, 12], [PageText(12, 'say "hi"\n', 0.5)])
    assert json.loads(filled["text"]) == '\n\nkept\n\nsay "hi"\n'
    assert json.loads(filled["pages"]) == [
        {"page": 1, "text": "", "source": "none"},
        {"page": 12, "text": 'say "hi"\n', "source": "ocr", "confidence": 0.5},
    ]
    assert filled["metadata"] == parts["metadata"]
