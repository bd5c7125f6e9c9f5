"""An OCR service elsewhere, which is a server of the test: what it is asked, and what its answers become."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.testing import bind_unused_port

from drivenadapters.ocr.circuit import Circuit
from drivenadapters.ocr.external import ExternalRecogniser, ExternalSettings
from driveradapters.forms import Form, read_form
from errors import (
    Busy,
    DeadlineExceeded,
    ServiceError,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)
from logics.images import ImageSource, ReadingOptions
from logics.pages import PageSelection
from logics.recognition import RecognisedDocument, RecognitionOptions

ANSWER = {
    "status": "success",
    "result": {
        "pages": [
            {
                "page": 1,
                "width": 100,
                "height": 50,
                "text": "hello world",
                "lines": [{"text": "hello world", "confidence": 0.9, "box": [0, 0, 90, 20]}],
                "something": "else",
            }
        ],
        "images": [{"name": "x", "format": "png", "page_count": 3}],
    },
}
Reply = tuple[int, Any, dict[str, str]]


class Engine:
    """Answers with what the test wants, and remembers what it was asked."""

    def __init__(self, *replies: Reply | None) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[HTTPServerRequest, Form]] = []

    def __call__(self, request: HTTPServerRequest) -> None:
        self.asked.append((request, read_form(request.body, request.headers["Content-Type"])))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply is None:  # no answer at all
            return
        status, body, headers = reply
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        assert request.connection is not None
        request.connection.write_headers(
            ResponseStartLine("HTTP/1.1", status, ""),
            HTTPHeaders({"Content-Length": str(len(content)), **headers}),
            content,
        )
        request.connection.finish()


def ok(body: Any = ANSWER) -> Reply:
    return 200, body, {}


def status(code: int, message: str = "no", **headers: str) -> Reply:
    return code, {"error": {"message": message}}, headers


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def serving(engine: Callable[[HTTPServerRequest], None], **settings: Any) -> AsyncIterator[ExternalRecogniser]:
    socket, port = bind_unused_port()
    server = HTTPServer(engine)
    server.add_socket(socket)
    url = f"http://127.0.0.1:{port}/api/ocr/extract"
    recogniser = ExternalRecogniser(ExternalSettings(url, **{"seconds": 5, **settings}), Circuit(3, 60), sleep=no_sleep)
    try:
        yield recogniser
    finally:
        await recogniser.close()
        server.stop()
        await server.close_all_connections()


@pytest.fixture
def source() -> Iterator[ImageSource]:
    with tempfile.TemporaryFile() as file:
        file.write(b"\x89PNG\r\n--not a boundary--")
        file.flush()
        yield ImageSource('scan "1"\r\nX: y.png', "0" * 64, file.fileno())


async def recognise(recogniser: ExternalRecogniser, source: ImageSource, **options: Any) -> RecognisedDocument:
    return await recogniser.recognise(source, RecognitionOptions(**options), None)


async def test_it_is_asked_with_the_file_and_the_options_as_documented(source: ImageSource) -> None:
    engine = Engine(ok())
    async with serving(engine, key="s3cret") as recogniser:
        await recognise(
            recogniser,
            source,
            languages=("zh", "xx"),
            orientation=90,
            granularity="word",
            reading=ReadingOptions(PageSelection(((2, 3), (5, None))), "pw"),
        )
    request, form = engine.asked[0]
    assert (request.method, request.path) == ("POST", "/api/ocr/extract")
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert [(file.name, file.content) for file in form.files] == [
        ("scan _1___X: y.png", b"\x89PNG\r\n--not a boundary--")
    ]
    assert form.fields == {
        "pages": ["2-3,5-"],
        "password": ["pw"],
        "language": ["zh,xx"],
        "mode": ["auto"],
        "orientation": ["90"],
        "layout": ["auto"],
        "granularity": ["word"],
        "min_confidence": ["0.5"],
    }


async def test_its_answer_is_a_document_like_any_other(source: ImageSource) -> None:
    async with serving(Engine(ok())) as recogniser:
        document = await recognise(recogniser, source)
    assert (document.format, document.page_count, document.engine) == ("png", 3, "external")
    (line,) = document.pages[0].lines
    assert line.polygon == ((0, 0), (90, 0), (90, 20), (0, 20))
    assert document.pages[0].text == "hello world"


async def test_lines_without_boxes_or_page_sizes_are_enough(source: ImageSource) -> None:
    least = {"result": {"pages": [{"lines": [{"text": "one"}, {"text": "two"}]}, {"text": "three"}]}}
    async with serving(Engine(ok(least))) as recogniser:
        document = await recognise(recogniser, source)
    assert [page.text for page in document.pages] == ["one\ntwo", "three"]
    assert [page.page for page in document.pages] == [1, 2]


@pytest.mark.parametrize("body", [b"", b"<html>", {"result": {}}, {"result": {"pages": [{"lines": [{"text": 5}]}]}}])
async def test_an_answer_that_makes_no_sense_is_no_answer(source: ImageSource, body: Any) -> None:
    async with serving(Engine(ok(body))) as recogniser:
        with pytest.raises(Unavailable, match="not understood"):
            await recognise(recogniser, source)


@pytest.mark.parametrize("code", [429, 502, 503, 504])
async def test_it_is_asked_again_where_it_did_not_work_on_the_request(source: ImageSource, code: int) -> None:
    engine = Engine(status(code), status(code), ok())
    async with serving(engine) as recogniser:
        assert (await recognise(recogniser, source)).pages
    assert len(engine.asked) == 3


@pytest.mark.parametrize(("code", "error"), [(429, Busy), (503, Unavailable), (500, Unavailable), (404, Unavailable)])
async def test_after_the_last_attempt_there_is_an_error(
    source: ImageSource, code: int, error: type[ServiceError]
) -> None:
    async with serving(Engine(status(code)), retries=1) as recogniser:
        with pytest.raises(error):
            await recognise(recogniser, source)


@pytest.mark.parametrize(
    ("code", "error"),
    [(400, Unprocessable), (422, Unprocessable), (413, TooLarge), (415, UnsupportedMedia)],
)
async def test_what_it_refuses_is_told_and_not_asked_again(
    source: ImageSource, code: int, error: type[ServiceError]
) -> None:
    engine = Engine(status(code, "page 9 does not exist"))
    async with serving(engine) as recogniser:
        with pytest.raises(error, match="page 9 does not exist"):
            await recognise(recogniser, source)
    assert len(engine.asked) == 1


async def test_a_redirect_is_not_followed(source: ImageSource) -> None:
    elsewhere = Engine(ok())
    async with serving(elsewhere) as other:
        target = other._settings.url
        async with serving(Engine(status(307, Location=target))) as recogniser:
            with pytest.raises(Unavailable, match="307"):
                await recognise(recogniser, source)
    assert elsewhere.asked == []


async def test_an_engine_that_does_not_answer_in_time_is_not_asked_again(source: ImageSource) -> None:
    engine = Engine(None)
    async with serving(engine, seconds=0.3) as recogniser:
        with pytest.raises(DeadlineExceeded):
            await recognise(recogniser, source)
    assert len(engine.asked) == 1


async def test_an_engine_that_is_not_there_is_unavailable_and_then_left_alone(source: ImageSource) -> None:
    socket, port = bind_unused_port()
    socket.close()
    recogniser = ExternalRecogniser(
        ExternalSettings(f"http://127.0.0.1:{port}/", retries=1), Circuit(2, 60), sleep=no_sleep
    )
    for _ in range(2):
        with pytest.raises(Unavailable, match="OCR service: "):
            await recognise(recogniser, source)
    with pytest.raises(Unavailable, match="left alone"):
        await recognise(recogniser, source)
    await recogniser.close()


async def test_two_addresses_are_two_versions() -> None:
    one, two = (
        ExternalRecogniser(ExternalSettings(f"http://{host}/"), Circuit(1, 1)).version for host in ("a.test", "b.test")
    )
    assert one != two
    assert "a.test" not in one
