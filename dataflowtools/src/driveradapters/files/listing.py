"""GET /api/file/list, GET and DELETE of one file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from servicekit import ApiHandler, ApiModel, ResponseModel, Route, Success

from driveradapters.files.models import FileModel
from errors import ContentMissing, FieldProblem, InvalidInput, UnknownFile
from logics.delete import DeleteFile
from logics.describe import DescribeFile
from logics.files import FilePage, FileQuery, Position
from logics.ports import FileRecords
from utils.cursors import decode_cursor, encode_cursor

MOST_ITEMS = 500
_CURSOR = TypeAdapter(tuple[int, str], config=ConfigDict(strict=True))


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_with_zone)]


class ListQuery(ApiModel):
    """Which files to list; a file has to fit all that is given."""

    tag: list[str] = Field([], description="Names of tags, repeated; a file must have all of them.")
    type: list[str] = Field(
        [], description="Formats (`docx`), media types (`image/png`) or families (`image/*`), repeated; any of them."
    )
    name: str = Field("", max_length=255, description="Part of the name, whatever its capitals.")
    created_from: Moment | None = Field(None, description="Stored then or later; without a zone: UTC.")
    created_before: Moment | None = Field(None, description="Stored earlier.")
    order: Literal["newest", "oldest"] = Field("newest", description="Which come first.")
    limit: int = Field(50, ge=1, le=MOST_ITEMS, description="Most files of a page.")
    cursor: str = Field("", max_length=500, description="`next_cursor` of the page before.")

    def query(self) -> FileQuery:
        """Return what to ask the records for.

        Raises:
            InvalidInput: the cursor is none.
        """
        return FileQuery(
            tags=tuple(self.tag),
            types=tuple(self.type),
            name=self.name,
            created_from=self.created_from,
            created_before=self.created_before,
            oldest_first=self.order == "oldest",
            limit=self.limit,
            after=_position(self.cursor) if self.cursor else None,
        )


class FilePageModel(ResponseModel):
    """A page of the list."""

    items: list[FileModel]
    next_cursor: str | None = Field(description="Null at the end.")
    total: int = Field(description="Files on all pages.")


class FileDescriptionModel(FileModel):
    """What is known of a file."""

    content: dict[str, Any] | None = Field(description="What is inside; null where it cannot be told.")
    content_problem: str = Field(description="Why it cannot.")


class DeleteRequest(ApiModel):
    """Which file to delete."""

    file_id: str


class ListHandler(ApiHandler):
    """Lists files."""

    def initialize(self, file_records: FileRecords) -> None:
        """Take the records."""
        self._records = file_records

    async def get(self) -> None:
        """Answer with a page."""
        self.reply(_page(await self._records.page(self.read_query(ListQuery).query())))


class FileHandler(ApiHandler):
    """One file."""

    def initialize(self, describe_file: DescribeFile, delete_file: DeleteFile) -> None:
        """Take the use cases."""
        self._describe = describe_file
        self._delete = delete_file

    async def get(self, file_id: str) -> None:
        """Answer with what is known of the file."""
        known = await self._describe(file_id)
        fields = vars(FileModel.of(known.file))
        self.reply(FileDescriptionModel(**fields, content=known.content, content_problem=known.problem))

    async def delete(self, file_id: str | None = None) -> None:
        """Delete the file that the path, the query or the body names."""
        if file_id is None:
            file_id = (self.read_json(DeleteRequest) if self.body else self.read_query(DeleteRequest)).file_id
        self.reply(FileModel.of(await self._delete(file_id)))


def _page(page: FilePage) -> FilePageModel:
    place = page.following
    cursor = encode_cursor(_micros(place.created_at), place.file_id) if place else None
    return FilePageModel(items=[FileModel.of(file) for file in page.items], next_cursor=cursor, total=page.total)


def _position(cursor: str) -> Position:
    try:
        micros, file_id = _CURSOR.validate_python(tuple(decode_cursor(cursor)))
        return Position(
            datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000), file_id
        )
    except (ValueError, TypeError, OverflowError, OSError):
        message = "not a cursor of this list"
        raise InvalidInput(f"cursor: {message}", details=[FieldProblem("cursor", message)]) from None


def _micros(moment: datetime) -> int:
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


_NEEDS = ("describe_file", "delete_file")
ROUTES = (
    Route(
        "GET",
        "/api/file/list",
        ListHandler,
        summary="List files",
        tag="file",
        query=ListQuery,
        response=Success[FilePageModel],
        needs=("file_records",),
    ),
    Route(
        "DELETE",
        "/api/file",
        FileHandler,
        summary="Delete a file, named in the query or the body",
        tag="file",
        query=DeleteRequest,
        response=Success[FileModel],
        errors=(InvalidInput, UnknownFile),
        needs=_NEEDS,
    ),
    Route(
        "GET",
        "/api/file/{file_id}",
        FileHandler,
        summary="What is known of a file",
        description="The stored facts, and in `content` those inside: author, title, pages, sheets, dimensions ...",
        tag="file",
        response=Success[FileDescriptionModel],
        errors=(UnknownFile, ContentMissing),
        needs=_NEEDS,
    ),
    Route(
        "DELETE",
        "/api/file/{file_id}",
        FileHandler,
        summary="Delete a file",
        tag="file",
        response=Success[FileModel],
        errors=(UnknownFile,),
        needs=_NEEDS,
    ),
)
