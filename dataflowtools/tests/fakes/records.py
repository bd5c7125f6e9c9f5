"""Files and tags in memory."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from errors import InvalidInput, LeaseLost, TagExists, UnknownFile, UnknownTag
from logics.files import FilePage, FileQuery, Position, StoredFile
from logics.tags import MOST_TAGS_OF_A_FILE, Tag, TagChange, tag_key


class FakeRecords:
    """Satisfies the ports ``FileRecords``, ``ContentLedger`` and ``FileTags``."""

    def __init__(self, holds_lease: Callable[[str], bool] = lambda _: True) -> None:
        self.files: dict[str, StoredFile] = {}
        self.origins: dict[str, str] = {}
        self.states: dict[str, tuple[str, datetime]] = {}
        self.tags: dict[str, Tag] = {}
        self.pairs: set[tuple[str, str]] = set()
        self._holds_lease = holds_lease

    async def reserve(self, keys: Sequence[str]) -> None:
        """See the port."""
        self.states.update({key: ("reserved", datetime.now(UTC)) for key in keys})

    async def add(self, new: Sequence[StoredFile], *, origin: str = "") -> None:
        """See the port."""
        if any(self.states.get(file.file_id, ("", None))[0] != "reserved" for file in new):
            raise LeaseLost("given up")
        if origin and not self._holds_lease(origin):
            raise LeaseLost("taken over")
        for file in new:
            self.files[file.file_id] = file
            self.origins[file.file_id] = origin
            self._mark(file.file_id, "kept")
            self.pairs |= {(file.file_id, self._made(name)) for name in file.tags}

    async def find(self, file_id: str) -> StoredFile:
        """See the port."""
        if file_id not in self.files:
            raise UnknownFile(f"there is no file {file_id!r}")
        names = sorted(self.tags[tag_id].name for file, tag_id in self.pairs if file == file_id)
        return replace(self.files[file_id], tags=tuple(names))

    async def remove(self, file_id: str) -> None:
        """See the port."""
        if file_id not in self.files:
            raise UnknownFile(f"there is no file {file_id!r}")
        self.drop(file_id)

    async def page(self, query: FileQuery) -> FilePage:
        """See the port."""
        fitting = [file for file in [await self.find(file_id) for file_id in self.files] if _fits(file, query)]
        fitting.sort(key=_place, reverse=not query.oldest_first)
        rest = [file for file in fitting if query.after is None or _behind(file, query)]
        items = rest[: query.limit]
        following = Position(items[-1].created_at, items[-1].file_id) if len(rest) > query.limit else None
        return FilePage(tuple(items), following, len(fitting))

    async def give_up_reservations(self, before: datetime) -> None:
        """See the port."""
        for key, (state, since) in self.states.items():
            if state == "reserved" and since < before:
                self._mark(key, "doomed")

    async def doomed(self, limit: int) -> list[str]:
        """See the port."""
        return [key for key, (state, _) in self.states.items() if state == "doomed"][:limit]

    async def forget(self, keys: Sequence[str]) -> None:
        """See the port."""
        for key in keys:
            if self.states.get(key, ("", None))[0] == "doomed":
                del self.states[key]

    async def attach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """See the port."""
        pairs = self.pairs | self._pairs(file_ids, tags)
        if any(sum(file == file_id for file, _ in pairs) > MOST_TAGS_OF_A_FILE for file_id in file_ids):
            raise InvalidInput(f"a file has at most {MOST_TAGS_OF_A_FILE} tags")
        self.pairs = pairs

    async def detach(self, file_ids: Sequence[str], tags: Sequence[str]) -> None:
        """See the port."""
        self.pairs -= self._pairs(file_ids, tags)

    def drop(self, file_id: str) -> None:
        """Forget a file and doom its content."""
        del self.files[file_id]
        self._mark(file_id, "doomed")
        self.pairs = {pair for pair in self.pairs if pair[0] != file_id}

    def drop_made_by(self, origin: str) -> None:
        """Forget what an attempt made."""
        for file_id in [file_id for file_id in self.files if self.origins[file_id] == origin]:
            self.drop(file_id)

    def tag(self, reference: str) -> Tag:
        """Return a tag by id or name."""
        for tag in self.tags.values():
            if tag.tag_id == reference or tag_key(tag.name) == tag_key(reference):
                return replace(tag, files=sum(tag_id == tag.tag_id for _, tag_id in self.pairs))
        raise UnknownTag(f"there is no tag {reference!r}")

    def _pairs(self, file_ids: Sequence[str], tags: Sequence[str]) -> set[tuple[str, str]]:
        ids = [self.tag(reference).tag_id for reference in tags]
        for file_id in file_ids:
            if file_id not in self.files:
                raise UnknownFile(f"there is no file {file_id!r}")
        return {(file_id, tag_id) for file_id in file_ids for tag_id in ids}

    def _made(self, name: str) -> str:
        try:
            return self.tag(name).tag_id
        except UnknownTag:
            tag = Tag(secrets.token_hex(16), name, "", "", datetime.now(UTC))
            self.tags[tag.tag_id] = tag
            return tag.tag_id

    def _mark(self, key: str, state: str) -> None:
        self.states[key] = (state, datetime.now(UTC))


class FakeTagRecords:
    """Satisfies the port ``TagRecords`` for the same files."""

    def __init__(self, records: FakeRecords) -> None:
        self._records = records

    async def add(self, tag: Tag) -> None:
        """See the port."""
        self._require_free(tag.name, "")
        self._records.tags[tag.tag_id] = tag

    async def all(self) -> list[Tag]:
        """See the port."""
        known = [self._records.tag(tag_id) for tag_id in self._records.tags]
        return sorted(known, key=lambda tag: tag_key(tag.name))

    async def change(self, reference: str, change: TagChange) -> Tag:
        """See the port."""
        tag = self._records.tag(reference)
        if change.name is not None:
            self._require_free(change.name, tag.tag_id)
        values = {name: value for name, value in vars(change).items() if value is not None}
        self._records.tags[tag.tag_id] = replace(tag, **values)
        return self._records.tag(tag.tag_id)

    async def remove(self, reference: str) -> Tag:
        """See the port."""
        tag = self._records.tag(reference)
        del self._records.tags[tag.tag_id]
        self._records.pairs = {pair for pair in self._records.pairs if pair[1] != tag.tag_id}
        return tag

    def _require_free(self, name: str, but: str) -> None:
        for tag in self._records.tags.values():
            if tag.tag_id != but and tag_key(tag.name) == tag_key(name):
                raise TagExists(f"there is a tag {name!r} already")


def _place(file: StoredFile) -> tuple[datetime, str]:
    return file.created_at, file.file_id


def _behind(file: StoredFile, query: FileQuery) -> bool:
    assert query.after is not None
    place = (query.after.created_at, query.after.file_id)
    return _place(file) > place if query.oldest_first else _place(file) < place


def _fits(file: StoredFile, query: FileQuery) -> bool:
    keys = {tag_key(name) for name in file.tags}
    return (
        all(tag_key(name) in keys for name in query.tags)
        and (not query.types or any(_is_of(file, wanted) for wanted in query.types))
        and query.name.casefold() in file.name.casefold()
        and (query.created_from is None or file.created_at >= query.created_from)
        and (query.created_before is None or file.created_at < query.created_before)
    )


def _is_of(file: StoredFile, wanted: str) -> bool:
    if wanted.endswith("/*"):
        return file.media_type.startswith(wanted[:-1])
    return wanted in (file.kind, file.media_type)
