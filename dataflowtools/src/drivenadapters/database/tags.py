"""Records of the tags, and which files have them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from drivenadapters.database.engine import Database
from drivenadapters.database.tables import file_tags, files, tags
from errors import InvalidInput, TagExists, UnknownFile, UnknownTag
from logics.tags import MOST_TAGS_OF_A_FILE, Tag, TagChange, tag_key

T = TypeVar("T")


class SqlTagRecords:
    """Satisfies the ports ``TagRecords`` and ``FileTags``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tag: Tag) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            key = tag_key(tag.name)
            holder = connection.execute(select(tags.c.tag_id).where(tags.c.name_key == key)).scalar()
            if holder is None:
                connection.execute(insert(tags), [_row(tag)])
            elif holder != tag.tag_id:  # else it is here from an attempt whose answer got lost
                raise TagExists(f"there is a tag {tag.name!r} already")

        await self._unique(work, tag.name)

    async def all(self) -> list[Tag]:
        """See the port."""
        count = select(func.count()).where(file_tags.c.tag_id == tags.c.tag_id).scalar_subquery()
        query = select(tags, count.label("files")).order_by(tags.c.name_key)

        def work(connection: Connection) -> list[Tag]:
            return [_tag(row, row.files) for row in connection.execute(query)]

        return await self._database.read(work)

    async def change(self, reference: str, change: TagChange) -> Tag:
        """See the port."""
        wanted = {name: value for name, value in vars(change).items() if value is not None}
        values = {**wanted, **({"name_key": tag_key(change.name)} if change.name is not None else {})}

        def work(connection: Connection) -> Tag:
            tag = _find(connection, [reference])[0]
            if values:
                connection.execute(update(tags).where(tags.c.tag_id == tag.tag_id).values(**values))
            return replace(tag, files=_count(connection, tag), **wanted)

        return await self._unique(work, change.name or "")

    async def remove(self, reference: str) -> Tag:
        """See the port."""

        def work(connection: Connection) -> Tag:
            tag = _find(connection, [reference])[0]
            tag = replace(tag, files=_count(connection, tag))
            connection.execute(delete(tags).where(tags.c.tag_id == tag.tag_id))
            return tag

        return await self._database.write(work)

    async def attach(self, file_ids: Sequence[str], references: Sequence[str]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            wanted = _find(connection, references)
            _require_files(connection, file_ids)
            present = {
                (row.file_id, row.tag_id)
                for row in connection.execute(select(file_tags).where(file_tags.c.file_id.in_(file_ids)))
            }
            pairs = {(file_id, tag.tag_id) for file_id in file_ids for tag in wanted}
            _check_number(present | pairs, file_ids)
            missing = [{"file_id": file_id, "tag_id": tag_id} for file_id, tag_id in sorted(pairs - present)]
            if missing:
                connection.execute(insert(file_tags), missing)

        # Two that attach the same at once collide; the second time it is there.
        try:
            await self._database.write(work)
        except IntegrityError:
            await self._database.write(work)

    async def detach(self, file_ids: Sequence[str], references: Sequence[str]) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            ids = [tag.tag_id for tag in _find(connection, references)]
            _require_files(connection, file_ids)
            connection.execute(delete(file_tags).where(file_tags.c.file_id.in_(file_ids), file_tags.c.tag_id.in_(ids)))

        await self._database.write(work)

    async def _unique(self, work: Callable[[Connection], T], name: str) -> T:
        try:
            return await self._database.write(work)
        except IntegrityError as reason:
            raise TagExists(f"there is a tag {name!r} already") from reason


def ids_of_names(connection: Connection, names: Mapping[str, str]) -> dict[str, str]:
    """Return the ids of tags, given by key and name, locked against removal; makes those that do not exist."""
    ids: dict[str, str] = {}
    while set(ids) != set(names):
        for key in sorted(set(names) - set(ids)):
            _make(connection, key, names[key])
        query = select(tags.c.name_key, tags.c.tag_id).where(tags.c.name_key.in_(names)).with_for_update()
        ids = {row.name_key: row.tag_id for row in connection.execute(query)}
    return ids


def _make(connection: Connection, key: str, name: str) -> None:
    if connection.execute(select(tags.c.tag_id).where(tags.c.name_key == key)).scalar() is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(tags), [_row(Tag(secrets.token_hex(16), name, "", "", datetime.now(UTC)))])
    except IntegrityError:
        return  # made by somebody else at the same time


def _find(connection: Connection, references: Sequence[str]) -> list[Tag]:
    """Return the tags by id or name, locked against removal, in the order asked for."""
    keys = [tag_key(reference) for reference in references]
    query = select(tags).where(or_(tags.c.tag_id.in_(references), tags.c.name_key.in_(keys))).with_for_update()
    found = [_tag(row) for row in connection.execute(query)]
    by_id = {tag.tag_id: tag for tag in found}
    by_key = {tag_key(tag.name): tag for tag in found}
    missing = [text for text, key in zip(references, keys, strict=True) if text not in by_id and key not in by_key]
    if missing:
        raise UnknownTag(f"there is no tag {missing[0]!r}")
    return [by_id.get(text) or by_key[key] for text, key in zip(references, keys, strict=True)]


def _require_files(connection: Connection, file_ids: Sequence[str]) -> None:
    query = select(files.c.file_id).where(files.c.file_id.in_(file_ids)).with_for_update()
    known = set(connection.execute(query).scalars())
    missing = [file_id for file_id in file_ids if file_id not in known]
    if missing:
        raise UnknownFile(f"there is no file {missing[0]!r}")


def _check_number(pairs: set[tuple[str, str]], file_ids: Sequence[str]) -> None:
    for file_id in file_ids:
        if sum(pair[0] == file_id for pair in pairs) > MOST_TAGS_OF_A_FILE:
            raise InvalidInput(f"tags: a file has at most {MOST_TAGS_OF_A_FILE} tags")


def _count(connection: Connection, tag: Tag) -> int:
    query = select(func.count()).where(file_tags.c.tag_id == tag.tag_id)
    return connection.execute(query).scalar_one()


def _row(tag: Tag) -> dict[str, Any]:
    return {
        "tag_id": tag.tag_id,
        "name": tag.name,
        "name_key": tag_key(tag.name),
        "color": tag.color,
        "description": tag.description,
        "created_at": tag.created_at,
    }


def _tag(row: Row[Any], count: int = 0) -> Tag:
    return Tag(row.tag_id, row.name, row.color, row.description, row.created_at, count)
