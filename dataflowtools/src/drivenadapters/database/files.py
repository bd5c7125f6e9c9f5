"""Records of the stored files, and the ledger of their contents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, func, insert, or_, select, update

from drivenadapters.database.engine import Database
from drivenadapters.database.leases import holds_lease
from drivenadapters.database.tables import contents, file_tags, files, tags
from drivenadapters.database.tags import ids_of_names
from errors import LeaseLost, UnknownFile
from logics.files import FilePage, FileQuery, Position, StoredFile
from logics.tags import tag_key

_RESERVED, _KEPT, _DOOMED = "reserved", "kept", "doomed"


class SqlFileRecords:
    """Satisfies the ports ``FileRecords`` and ``ContentLedger``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, keys: Sequence[str]) -> None:
        """See the port."""
        now = datetime.now(UTC)
        rows = [{"content_key": key, "state": _RESERVED, "changed_at": now} for key in keys]

        def work(connection: Connection) -> None:
            if not _states(connection, keys):
                connection.execute(insert(contents), rows)

        await self._database.write(work)

    async def add(self, new: Sequence[StoredFile], *, origin: str = "") -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            keys = [file.file_id for file in new]
            states = _states(connection, keys)
            if set(states.values()) == {_KEPT} and len(states) == len(keys):
                return  # committed by an attempt whose answer got lost
            if set(states.values()) != {_RESERVED} or len(states) < len(keys):
                raise LeaseLost("the files took so long that their contents have been given up")
            if origin and not holds_lease(connection, origin):
                raise LeaseLost("another worker has taken the work over")
            _mark(connection, keys, _KEPT)
            connection.execute(insert(files), [_row(file, origin) for file in new])
            _tag(connection, new)

        await self._database.write(work)

    async def find(self, file_id: str) -> StoredFile:
        """See the port."""

        def work(connection: Connection) -> StoredFile | None:
            row = connection.execute(select(files).where(files.c.file_id == file_id)).one_or_none()
            return None if row is None else _with_tags(connection, [_file(row)])[0]

        found = await self._database.read(work)
        if found is None:
            raise UnknownFile(f"there is no file {file_id!r}")
        return found

    async def remove(self, file_id: str) -> None:
        """See the port."""

        def work(connection: Connection) -> bool:
            state = _states(connection, [file_id]).get(file_id)
            removed = connection.execute(delete(files).where(files.c.file_id == file_id)).rowcount
            if removed:
                _mark(connection, [file_id], _DOOMED)
            # Doomed without a record: removed by an attempt whose answer got lost.
            return bool(removed) or state == _DOOMED

        if not await self._database.write(work):
            raise UnknownFile(f"there is no file {file_id!r}")

    async def page(self, query: FileQuery) -> FilePage:
        """See the port."""

        def work(connection: Connection) -> FilePage:
            matching = _filtered(select(files), query)
            total = connection.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
            rows = connection.execute(_placed(matching, query)).all()
            found = _with_tags(connection, [_file(row) for row in rows[: query.limit]])
            more = len(rows) > query.limit
            following = Position(found[-1].created_at, found[-1].file_id) if more and found else None
            return FilePage(tuple(found), following, total)

        return await self._database.read(work)

    async def give_up_reservations(self, before: datetime) -> None:
        """See the port."""
        doom = (
            update(contents)
            .where(contents.c.state == _RESERVED, contents.c.changed_at < before)
            .values(state=_DOOMED, changed_at=datetime.now(UTC))
        )
        await self._database.write(lambda connection: connection.execute(doom))

    async def doomed(self, limit: int) -> list[str]:
        """See the port."""
        keys = select(contents.c.content_key).where(contents.c.state == _DOOMED).limit(limit)
        return await self._database.read(lambda connection: list(connection.execute(keys).scalars()))

    async def forget(self, keys: Sequence[str]) -> None:
        """See the port."""
        gone = delete(contents).where(contents.c.content_key.in_(keys), contents.c.state == _DOOMED)
        await self._database.write(lambda connection: connection.execute(gone))


def doom_files_of(connection: Connection, origins: Sequence[str]) -> None:
    """Forget the files that attempts of batch items made, as if they had not been made."""
    keys = list(connection.execute(select(files.c.file_id).where(files.c.origin.in_(origins))).scalars())
    connection.execute(delete(files).where(files.c.file_id.in_(keys)))
    _mark(connection, keys, _DOOMED)


def _states(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Return the states of contents, locked until the transaction ends where others could change them."""
    rows = connection.execute(
        select(contents.c.content_key, contents.c.state).where(contents.c.content_key.in_(keys)).with_for_update()
    )
    return {row.content_key: row.state for row in rows}


def _mark(connection: Connection, keys: Sequence[str], state: str) -> None:
    connection.execute(
        update(contents).where(contents.c.content_key.in_(keys)).values(state=state, changed_at=datetime.now(UTC))
    )


def _row(file: StoredFile, origin: str) -> dict[str, Any]:
    return {
        "file_id": file.file_id,
        "name": file.name,
        "name_key": name_key(file.name),
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "kind": file.kind,
        "description": file.description,
        "origin": origin,
        "created_at": file.created_at,
    }


def name_key(name: str) -> str:
    """Return what names are searched by: databases disagree about capitals beyond ASCII."""
    return unicodedata.normalize("NFC", name.casefold())


def _file(row: Row[Any]) -> StoredFile:
    return StoredFile(
        file_id=row.file_id,
        name=row.name,
        size=row.size,
        sha256=row.sha256,
        media_type=row.media_type,
        kind=row.kind,
        created_at=row.created_at,
        description=row.description,
    )


def _tag(connection: Connection, new: Sequence[StoredFile]) -> None:
    names = {tag_key(name): name for file in new for name in file.tags}
    if not names:
        return
    ids = ids_of_names(connection, names)
    pairs = [{"file_id": file.file_id, "tag_id": ids[tag_key(name)]} for file in new for name in file.tags]
    connection.execute(insert(file_tags), pairs)


def _with_tags(connection: Connection, found: list[StoredFile]) -> list[StoredFile]:
    names = _tags_of(connection, [file.file_id for file in found])
    return [replace(file, tags=tuple(sorted(names.get(file.file_id, ())))) for file in found]


def _tags_of(connection: Connection, file_ids: Sequence[str]) -> Mapping[str, list[str]]:
    names: dict[str, list[str]] = {}
    if file_ids:
        query = select(file_tags.c.file_id, tags.c.name).join(tags, tags.c.tag_id == file_tags.c.tag_id)
        for row in connection.execute(query.where(file_tags.c.file_id.in_(file_ids))):
            names.setdefault(row.file_id, []).append(row.name)
    return names


def _filtered(statement: Select[Any], query: FileQuery) -> Select[Any]:
    for name in query.tags:
        tagged = select(file_tags.c.file_id).join(tags, tags.c.tag_id == file_tags.c.tag_id)
        statement = statement.where(
            exists(tagged.where(file_tags.c.file_id == files.c.file_id, tags.c.name_key == tag_key(name)))
        )
    if query.types:
        statement = statement.where(or_(*map(_of_type, query.types)))
    if query.name:
        statement = statement.where(files.c.name_key.contains(name_key(query.name), autoescape=True, escape="/"))
    if query.created_from:
        statement = statement.where(files.c.created_at >= query.created_from)
    if query.created_before:
        statement = statement.where(files.c.created_at < query.created_before)
    return statement


def _of_type(wanted: str) -> Any:
    if wanted.endswith("/*"):
        return files.c.media_type.startswith(wanted[:-1], autoescape=True, escape="/")
    return files.c.media_type == wanted if "/" in wanted else files.c.kind == wanted


def _placed(statement: Select[Any], query: FileQuery) -> Select[Any]:
    """Order, and skip to the page: by time and id, so that files that come and go shift nothing."""
    time, file_id, place = files.c.created_at, files.c.file_id, query.after
    if place and query.oldest_first:
        statement = statement.where(
            or_(time > place.created_at, and_(time == place.created_at, file_id > place.file_id))
        )
    elif place:
        statement = statement.where(
            or_(time < place.created_at, and_(time == place.created_at, file_id < place.file_id))
        )
    order = (time, file_id) if query.oldest_first else (time.desc(), file_id.desc())
    return statement.order_by(*order).limit(query.limit + 1)
