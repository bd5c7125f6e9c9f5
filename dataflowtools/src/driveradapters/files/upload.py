"""POST /api/file/upload: files of any size, streamed to the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import Field, ValidationError
from servicekit import ApiModel, Example, ResponseModel, Route, RouteDoc

from driveradapters.disposition import filename_of
from driveradapters.files.models import FileModel
from driveradapters.multipart import Event, MultipartReader, PartBegins, PartData, pieces
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from errors import FieldProblem, Forbidden, InvalidInput, StorageFull, TooLarge, UnsupportedMedia
from logics.answers import AnswerOnce
from logics.storage import Labels, checked
from logics.uploads import Upload

_MULTIPART = "multipart/form-data"
_BATCH = 1 << 20
_LONGEST_FIELD = 64 << 10
_FIELDS = ("tags", "description")


class UploadedFile(FileModel):
    """A file that has been stored."""

    warnings: list[str] = Field(description="Such as that the content is another type than the name says.")


class UploadResponse(ResponseModel):
    """The stored files, durable."""

    status: Literal["success"] = "success"
    result: UploadedFile | list[UploadedFile] = Field(description="The file; a list where there were several.")
    files: list[UploadedFile] = Field(description="The files, always as a list.")


class UploadQuery(ApiModel):
    """What a raw body cannot say of itself."""

    name: str = Field("", description="The name of the file, for a raw body.")
    tags: list[str] = Field([], description="Tags, repeated or comma-separated; those that do not exist are made.")
    description: str = Field("", description="Free text.")


class UploadHandler(CreatingHandler):
    """Stores the files of a request: all of them, or none."""

    def initialize(self, answer_once: AnswerOnce, new_upload: Callable[[], Upload]) -> None:
        """Take what keeps the answers, and what takes files."""
        self.keep_answers_in(answer_once)
        self._new_upload = new_upload
        self._arrived = bytearray()
        self._storing: asyncio.Task[None] | None = None
        self._fields: dict[str, list[str]] = {name: [] for name in _FIELDS}
        self._field: str | None = None
        self._reader: MultipartReader | None = None

    def admit(self) -> None:
        """Refuse what can be refused ahead of the body."""
        super().admit()
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site":
            # A form on any web page can send files to a service on its reader's machine.
            raise Forbidden("uploads from pages of other sites are refused")
        encoding = self.request.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise UnsupportedMedia(f"found a body in {encoding}, accepted is one without Content-Encoding")
        self._query = self.read_query(UploadQuery)
        self._fields.update(tags=list(self._query.tags), description=[self._query.description])
        checked(self._labels())
        content_type = self.request.headers.get("Content-Type", "")
        if content_type.partition(";")[0].strip().lower() == _MULTIPART:
            self._reader = MultipartReader(content_type)
        self._raw_name = None if self._reader else self._name_of_raw_body()
        self._upload = self._new_upload()
        self._begun = False

    def body_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Gather pieces that are worth a trip to the disk."""
        self._arrived += chunk
        return self._store_in_turn() if len(self._arrived) >= _BATCH else None

    async def post(self) -> None:
        """Store what is left of the body, then keep the files."""
        await self._store_in_turn()
        await self._stored()
        if self._reader is not None:
            self._reader.finish()
        else:
            await self._begin_raw()
            await self._upload.end()
        labels = checked(self._labels())
        await self.create_once(lambda: self._keep(labels), fingerprint=self._fingerprint(labels))

    def on_finish(self) -> None:
        """Let go of what was not kept."""
        super().on_finish()
        self._let_go()

    def on_connection_close(self) -> None:
        """The client left: what has come so far is of no use."""
        super().on_connection_close()
        self._let_go()

    def _let_go(self) -> None:
        upload = getattr(self, "_upload", None)
        if upload is not None:
            _run_to_the_end(self._abandon(upload))

    async def _abandon(self, upload: Upload) -> None:
        if self._storing is not None:
            await asyncio.wait((self._storing,))
            self._storing.exception()  # of no interest any more
        await upload.abandon()

    async def _keep(self, labels: Labels) -> None:
        kept = await self._upload.keep(labels)
        files = [UploadedFile(**vars(FileModel.of(file)), warnings=list(warnings)) for file, warnings in kept]
        self.reply(files[0] if len(files) == 1 else files, http_status=201, files=files)

    async def _store_in_turn(self) -> None:
        """Store what has arrived while more arrives, once what arrived before is stored."""
        await self._stored()
        data, self._arrived = bytes(self._arrived), bytearray()
        self._storing = asyncio.create_task(self._store(data))

    async def _stored(self) -> None:
        storing, self._storing = self._storing, None
        if storing is not None:
            await storing

    async def _store(self, data: bytes) -> None:
        if self._reader is None:
            await self._begin_raw()
            if data:
                await self._upload.write(data)
            return
        for event in pieces(await asyncio.to_thread(self._reader.feed, data)):
            await self._take_event(event)

    async def _begin_raw(self) -> None:
        if not self._begun:
            self._begun = True
            await self._upload.begin(self._raw_name or "")

    async def _take_event(self, event: Event) -> None:
        match event:
            case PartBegins(field, None):
                self._begin_field(field)
            case PartBegins(_, filename):
                await self._upload.begin(filename or "")
            case PartData(data) if self._field is not None:
                self._append_to_field(data)
            case PartData(data):
                await self._upload.write(data)
            case _ if self._field is not None:
                self._field = None
            case _:
                await self._upload.end()

    def _begin_field(self, field: str) -> None:
        if field not in _FIELDS:
            raise _invalid(field, f"unknown field; the known ones are {', '.join(_FIELDS)}, and files with a filename")
        self._field = field
        self._fields[field].append("")

    def _append_to_field(self, data: bytes) -> None:
        name = self._field or ""
        try:
            self._fields[name][-1] += data.decode()
        except UnicodeDecodeError:
            raise _invalid(name, "not UTF-8") from None
        if sum(map(len, self._fields[name])) > _LONGEST_FIELD:
            raise TooLarge(f"{name} is longer than {_LONGEST_FIELD} characters")

    def _labels(self) -> Labels:
        tags = [tag for text in self._fields["tags"] for tag in _split_tags(text)]
        return Labels(tuple(tags), "".join(self._fields["description"]))

    def _fingerprint(self, labels: Labels) -> str:
        return json.dumps([self._upload.digests, labels.tags, labels.description])

    def _name_of_raw_body(self) -> str:
        name = self._query.name or filename_of(self.request.headers.get("Content-Disposition", ""))
        if not name:
            raise _invalid("name", "a body that is not multipart/form-data needs a name in the query or its headers")
        return name


def _split_tags(text: str) -> list[str]:
    """Return tags given as a JSON array, or separated by commas."""
    if text.lstrip().startswith("["):
        try:
            return _TagList.model_validate_json(f'{{"tags": {text}}}').tags
        except ValidationError:
            raise _invalid("tags", "not a JSON array of names") from None
    return [tag for tag in text.split(",") if tag.strip()]


class _TagList(ApiModel):
    tags: list[str]


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)])


_running: set[asyncio.Task[Any]] = set()


def _run_to_the_end(work: Any) -> None:
    """Run what no handler can await any more; the loop itself holds tasks only weakly."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)


_BODY = {
    _MULTIPART: {
        "schema": {
            "type": "object",
            "properties": {
                "file": {"type": "array", "items": {"type": "string", "contentMediaType": "*/*"}},
                "tags": {"type": "string", "description": "Comma-separated, a JSON array, or repeated."},
                "description": {"type": "string"},
            },
            "required": ["file"],
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "contentMediaType": "*/*"}},
}

_EXAMPLE_FILE = {
    "file_id": "0d9f5b7e3c0e4f5e8a5d2c1b0a9f8e7d",
    "name": "report.txt",
    "size": 6,
    "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "media_type": "text/plain",
    "kind": "txt",
    "description": "",
    "tags": ["draft"],
    "created_at": "2026-01-31T12:00:00Z",
    "warnings": [],
}

ROUTES = (
    Route(
        "POST",
        "/api/file/upload",
        UploadHandler,
        summary="Upload files",
        description=(
            "Multipart with one or many files, or a raw body with `name` in the query or the header "
            "`Content-Disposition`. Streamed to the store; durable before the 201. Several files are stored together "
            "or not at all."
        ),
        tag="file",
        query=UploadQuery,
        response=UploadResponse,
        status=201,
        errors=(InvalidInput, Forbidden, TooLarge, StorageFull, *ONCE_ERRORS),
        needs=("answer_once", "new_upload"),
        body_limit="max_upload_mb",
        doc=RouteDoc(request_content=_BODY),
        examples=(
            Example(
                "one file",
                status=201,
                response={"status": "success", "result": _EXAMPLE_FILE, "files": [_EXAMPLE_FILE]},
            ),
        ),
    ),
)
