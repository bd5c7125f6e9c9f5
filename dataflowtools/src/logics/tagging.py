"""Use cases of the tags."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from errors import FieldProblem, InvalidInput
from logics.files import StoredFile
from logics.ports import FileRecords, FileTags, TagRecords
from logics.tags import Tag, TagChange, tag_name

_COLOR = re.compile(r"#[0-9a-f]{6}")
_LONGEST_DESCRIPTION = 1000


class Tagging:
    """Makes, changes and removes tags, and puts them on files."""

    def __init__(self, tags: TagRecords, on_files: FileTags, files: FileRecords) -> None:
        self._tags = tags
        self._on_files = on_files
        self._files = files

    async def create(self, name: str, color: str = "", description: str = "") -> Tag:
        """Make a tag.

        Raises:
            InvalidInput: the name, the color or the description cannot be one.
            TagExists: another one has that name, whatever its capitals.
        """
        tag = Tag(secrets.token_hex(16), tag_name(name), _color(color), _text(description), datetime.now(UTC))
        await self._tags.add(tag)
        return tag

    async def all(self) -> list[Tag]:
        """Return the tags by name, with how many files have each."""
        return await self._tags.all()

    async def change(self, reference: str, change: TagChange) -> Tag:
        """Change a tag, given its id or name.

        Raises:
            InvalidInput: there is nothing to change, or a new value cannot be one.
            UnknownTag: there is none.
            TagExists: another one has the new name.
        """
        if change == TagChange():
            raise InvalidInput("nothing to change: give a name, a color or a description")
        if change.name is not None:
            change = replace(change, name=tag_name(change.name))
        if change.color is not None:
            change = replace(change, color=_color(change.color))
        if change.description is not None:
            change = replace(change, description=_text(change.description))
        return await self._tags.change(reference, change)

    async def remove(self, reference: str) -> Tag:
        """Remove a tag, given its id or name, from all files and altogether.

        Raises:
            UnknownTag: there is none.
        """
        return await self._tags.remove(reference)

    async def attach(self, file_ids: Sequence[str], tags: Sequence[str]) -> list[StoredFile]:
        """Put tags on files, all or nothing, and return the files.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
        """
        await self._on_files.attach(_once(file_ids), _once(tags))
        return [await self._files.find(file_id) for file_id in _once(file_ids)]

    async def detach(self, file_ids: Sequence[str], tags: Sequence[str]) -> list[StoredFile]:
        """Take tags off files, all or nothing, and return the files.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
        """
        await self._on_files.detach(_once(file_ids), _once(tags))
        return [await self._files.find(file_id) for file_id in _once(file_ids)]


def _once(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _color(text: str) -> str:
    color = text.strip().lower()
    if re.fullmatch("#[0-9a-f]{3}", color):
        color = "#" + "".join(digit * 2 for digit in color[1:])
    if color and not _COLOR.fullmatch(color):
        raise _refused("color", "a color is #rrggbb")
    return color


def _text(text: str) -> str:
    if len(text) > _LONGEST_DESCRIPTION:
        raise _refused("description", f"a description has at most {_LONGEST_DESCRIPTION} characters")
    return text


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", details=[FieldProblem(field, message)])
