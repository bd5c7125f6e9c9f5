"""GET /api/file/download/{file_id}: a content, whole or in parts."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC
from email.utils import format_datetime

from pydantic import Field
from servicekit import ApiHandler, ApiModel, Route, RouteDoc
from tornado.iostream import StreamClosedError

from driveradapters.disposition import content_disposition
from driveradapters.ranges import ByteRange, etag_matches, parse_ranges
from errors import ContentMissing, RangeNotSatisfiable, ServiceError, UnknownFile
from logics.files import StoredFile
from logics.ports import ContentReader, StoredFiles

# Whatever the file is, a browser must not run it with the rights of this address.
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_ANY_FILE = {"*/*": {"schema": {"type": "string", "contentMediaType": "*/*"}}}


class DownloadQuery(ApiModel):
    """How the content is to be shown."""

    inline: bool = Field(False, description="Whether a browser should show it instead of saving it.")


class DownloadHandler(ApiHandler):
    """Streams contents."""

    def initialize(self, stored_files: StoredFiles, content_reader: ContentReader) -> None:
        """Take the files and what reads their contents."""
        self._files = stored_files
        self._reader = content_reader

    async def get(self, file_id: str) -> None:
        """Answer with the content, a part of it, or that it has not changed."""
        query = self.read_query(DownloadQuery)
        file = await self._files.find(file_id)
        self._describe(file, inline=query.inline)
        if etag_matches(self.request.headers.get("If-None-Match"), _etag(file)):
            self.clear_header("Content-Type")
            self.set_status(304)
            self.finish()
            return
        ranges = parse_ranges(self._asked_range(file), file.size)
        await self._send(self._content(file, ranges))

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Take back what was said of the content."""
        for name in ("Content-Disposition", "Etag", "Last-Modified", "Accept-Ranges", "Content-Range"):
            self.clear_header(name)
        self.set_header("Cache-Control", "no-store")
        super().write_error(status_code, **kwargs)

    def _describe(self, file: StoredFile, *, inline: bool) -> None:
        self.set_header("Content-Type", file.media_type)
        self.set_header("Content-Disposition", content_disposition(file.name, inline=inline))
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Etag", _etag(file))
        self.set_header("Last-Modified", _last_modified(file))

    def _asked_range(self, file: StoredFile) -> str | None:
        condition = self.request.headers.get("If-Range")
        if condition is not None and condition not in (_etag(file), _last_modified(file)):
            return None
        return self.request.headers.get("Range")

    def _content(self, file: StoredFile, ranges: Sequence[ByteRange]) -> AsyncGenerator[bytes, None]:
        """Set status and length, and return what yields the body."""
        if not ranges:
            self.set_header("Content-Length", file.size)
            return self._reader.read(file.file_id, 0, file.size)
        self.set_status(206)
        if len(ranges) == 1:
            self.set_header("Content-Range", _content_range(ranges[0], file))
            self.set_header("Content-Length", ranges[0].count)
            return self._reader.read(file.file_id, ranges[0].first, ranges[0].count)
        return self._several(file, ranges)

    def _several(self, file: StoredFile, ranges: Sequence[ByteRange]) -> AsyncGenerator[bytes, None]:
        """Answer as multipart/byteranges (RFC 9110, 14.6)."""
        boundary = secrets.token_hex(16)
        heads = [
            f"\r\n--{boundary}\r\nContent-Type: {file.media_type}\r\n"
            f"Content-Range: {_content_range(part, file)}\r\n\r\n".encode()
            for part in ranges
        ]
        end = f"\r\n--{boundary}--\r\n".encode()
        self.set_header("Content-Type", f"multipart/byteranges; boundary={boundary}")
        self.set_header("Content-Length", sum(map(len, heads)) + sum(part.count for part in ranges) + len(end))

        async def body() -> AsyncGenerator[bytes, None]:
            for head, part in zip(heads, ranges, strict=True):
                first = True
                async for piece in self._reader.read(file.file_id, part.first, part.count):
                    yield head + piece if first else piece
                    first = False
            yield end

        return body()

    async def _send(self, pieces: AsyncGenerator[bytes, None]) -> None:
        """Send the body piece by piece, no faster than it is taken."""
        async with aclosing(pieces):
            # The first piece comes ahead of the status line, so that a content that is gone is still a proper error.
            first = await anext(pieces, b"")
            try:
                if self.request.method != "HEAD":
                    await self._write(first)
                    async for piece in pieces:
                        await self._write(piece)
                self.finish()
            except StreamClosedError:
                return
            except ServiceError as reason:
                self.log_exception(type(reason), reason, reason.__traceback__)
                self._hang_up()

    async def _write(self, piece: bytes) -> None:
        self.write(piece)
        await self.flush()

    def _hang_up(self) -> None:
        """Cut the answer short: an end that looks complete would be a lie."""
        stream = getattr(self.request.connection, "stream", None)
        if stream is not None:
            stream.close()


def _etag(file: StoredFile) -> str:
    return f'"{file.sha256}"'


def _last_modified(file: StoredFile) -> str:
    return format_datetime(file.created_at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _content_range(part: ByteRange, file: StoredFile) -> str:
    return f"bytes {part.first}-{part.last}/{file.size}"


ROUTES = (
    Route(
        "GET",
        "/api/file/download/{file_id}",
        DownloadHandler,
        summary="Download a file",
        description="With `ETag`, `Range` (also several), `If-Range` and `If-None-Match`; HEAD tells without it.",
        tag="file",
        query=DownloadQuery,
        errors=(UnknownFile, ContentMissing, RangeNotSatisfiable),
        needs=("stored_files", "content_reader"),
        doc=RouteDoc(response_content=_ANY_FILE, also={206: _ANY_FILE, 304: {}}),
    ),
)
