"""/api/tag: tags, and which files have them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from servicekit import ApiHandler, ApiModel, ResponseModel, Route, Success

from driveradapters.files.models import FileModel
from driveradapters.once import ONCE_ERRORS, CreatingHandler
from errors import InvalidInput, TagExists, UnknownFile, UnknownTag
from logics.answers import AnswerOnce
from logics.files import StoredFile
from logics.tagging import Tagging
from logics.tags import Tag, TagChange

_MOST_FILES = 1000
_MOST_TAGS = 50
_Texts = Annotated[list[str], Field(min_length=1)]


class TagModel(ResponseModel):
    """A tag."""

    tag_id: str
    name: str
    color: str = Field(description="`#rrggbb`, or empty.")
    description: str
    created_at: datetime
    files: int = Field(description="How many files have it.")

    @classmethod
    def of(cls, tag: Tag) -> TagModel:
        """Return the model of a tag."""
        return cls(**vars(tag))


class CreateTagRequest(ApiModel):
    """A new tag."""

    name: str = Field(description="1 to 64 characters, no commas; unique, whatever its capitals.")
    color: str = Field("", description="`#rrggbb`.")
    description: str = ""


class ChangeTagRequest(ApiModel):
    """What to change of a tag."""

    tag: str = Field("", description="Its id or name; needed unless the path or the query has it.")
    name: str | None = Field(None, description="The new name.")
    color: str | None = None
    description: str | None = None


class TagReference(ApiModel):
    """Which tag is meant."""

    tag: str = Field("", description="Its id or name.")


class TagFilesRequest(ApiModel):
    """Which tags, and on which files."""

    file_ids: _Texts = Field(max_length=_MOST_FILES)
    tags: _Texts = Field(max_length=_MOST_TAGS, description="Ids or names.")


class TagList(ResponseModel):
    """All tags."""

    items: list[TagModel]
    next_cursor: None = None
    total: int


class _TagHandler(ApiHandler):
    def initialize(self, tagging: Tagging) -> None:
        """Take the use cases."""
        self._tagging = tagging


class CreateTagHandler(CreatingHandler):
    """Makes tags."""

    def initialize(self, answer_once: AnswerOnce, tagging: Tagging) -> None:
        """Take what keeps the answers, and the use cases."""
        self.keep_answers_in(answer_once)
        self._tagging = tagging

    async def post(self) -> None:
        """Make a tag."""
        request = self.read_json(CreateTagRequest)

        async def create() -> None:
            tag = await self._tagging.create(request.name, request.color, request.description)
            self.reply(TagModel.of(tag), http_status=201)

        await self.create_once(create)


class ListTagsHandler(_TagHandler):
    """Lists tags."""

    async def get(self) -> None:
        """Answer with all tags."""
        found = await self._tagging.all()
        self.reply(TagList(items=[TagModel.of(tag) for tag in found], total=len(found)))


class TagHandler(_TagHandler):
    """One tag."""

    async def put(self, tag: str = "") -> None:
        """Change the tag that the path, the query or the body names."""
        request = self.read_json(ChangeTagRequest)
        reference = tag or request.tag or self.read_query(TagReference).tag
        change = TagChange(request.name, request.color, request.description)
        self.reply(TagModel.of(await self._tagging.change(_required(reference), change)))

    async def delete(self, tag: str = "") -> None:
        """Remove the tag that the path, the query or the body names."""
        in_body = self.read_json(TagReference).tag if self.body else ""
        reference = tag or in_body or self.read_query(TagReference).tag
        self.reply(TagModel.of(await self._tagging.remove(_required(reference))))


class AttachHandler(_TagHandler):
    """Puts tags on files."""

    async def post(self) -> None:
        """Attach."""
        request = self.read_json(TagFilesRequest)
        self.reply(_files(await self._tagging.attach(request.file_ids, request.tags)))


class DetachHandler(_TagHandler):
    """Takes tags off files."""

    async def post(self) -> None:
        """Detach."""
        request = self.read_json(TagFilesRequest)
        self.reply(_files(await self._tagging.detach(request.file_ids, request.tags)))


def _files(found: list[StoredFile]) -> list[FileModel]:
    return [FileModel.of(file) for file in found]


def _required(reference: str) -> str:
    if not reference:
        raise InvalidInput("tag: the id or the name of a tag is needed")
    return reference


def _one(method: str, path: str, summary: str) -> Route:
    changes = method == "PUT"
    return Route(
        "PUT" if changes else "DELETE",
        path,
        TagHandler,
        summary=summary,
        tag="tag",
        request=ChangeTagRequest if changes else None,
        query=None if "{" in path else TagReference,
        response=Success[TagModel],
        errors=(InvalidInput, UnknownTag, *((TagExists,) if changes else ())),
        needs=("tagging",),
    )


def _create(path: str) -> Route:
    return Route(
        "POST",
        path,
        CreateTagHandler,
        summary="Make a tag",
        tag="tag",
        request=CreateTagRequest,
        response=Success[TagModel],
        status=201,
        errors=(TagExists, *ONCE_ERRORS),
        needs=("answer_once", "tagging"),
    )


def _list(path: str) -> Route:
    return Route(
        "GET",
        path,
        ListTagsHandler,
        summary="List tags, with how many files have each",
        tag="tag",
        response=Success[TagList],
        needs=("tagging",),
    )


def _on_files(path: str, handler: type[ApiHandler], summary: str) -> Route:
    return Route(
        "POST",
        path,
        handler,
        summary=summary,
        tag="tag",
        request=TagFilesRequest,
        response=Success[list[FileModel]],
        errors=(UnknownFile, UnknownTag),
        needs=("tagging",),
    )


ROUTES = (
    _create("/api/tag"),
    _create("/api/tag/create"),
    _list("/api/tag"),
    _list("/api/tag/list"),
    _one("PUT", "/api/tag", "Change a tag, named in the body or the query"),
    _one("PUT", "/api/tag/update", "Change a tag, named in the body or the query"),
    _one("PUT", "/api/tag/{tag}", "Change a tag"),
    _one("DELETE", "/api/tag", "Remove a tag, named in the query or the body"),
    _one("DELETE", "/api/tag/delete", "Remove a tag, named in the query or the body"),
    _one("DELETE", "/api/tag/{tag}", "Remove a tag"),
    _on_files("/api/tag/attach", AttachHandler, "Put tags on files"),
    _on_files("/api/tag/detach", DetachHandler, "Take tags off files"),
)
