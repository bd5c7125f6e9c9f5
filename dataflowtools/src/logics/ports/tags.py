"""Tags of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from logics.tags import Tag, TagChange

if TYPE_CHECKING:
    from logics.tag_rules import Hit, TagRule


class TagRecords(Protocol):
    """The tags. All of it raises Unavailable when the database does not answer."""

    async def add(self, tag: Tag) -> None:
        """Record a tag.

        Raises:
            TagExists: another one has that name.
        """

    async def all(self) -> list[Tag]:
        """Return the tags by name, with how many files have each."""

    async def change(self, reference: str, change: TagChange) -> Tag:
        """Change a tag, given its id or name, and return it as it is then.

        Raises:
            UnknownTag: there is none.
            TagExists: another one has the new name.
        """

    async def remove(self, reference: str) -> Tag:
        """Remove a tag, given its id or name, from all files and altogether; return what it was.

        Raises:
            UnknownTag: there is none.
        """


class FileTags(Protocol):
    """The tags on files. All of it raises Unavailable when the database does not answer."""

    async def attach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Put tags, given by id or name, on files, all or nothing; those that are there stay.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
            InvalidInput: a file would have too many.
        """

    async def detach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """Take tags off files, all or nothing.

        Raises:
            UnknownFile, UnknownTag: one of them does not exist.
        """


class PatternFinder(Protocol):
    """Searches texts in linear time, whatever the patterns."""

    async def find(self, text: str, rule: TagRule, number: int) -> list[Hit]:
        """Return where a rule's keywords and patterns are, in order; at most 10000 places.

        Raises:
            InvalidInput: a pattern is no regular expression; ``number`` is the rule's, for the message.
        """
