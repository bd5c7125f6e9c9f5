"""Connections, and transactions in threads that come back as results or as the service's errors."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from errors import Unavailable

T = TypeVar("T")
_log = structlog.get_logger("dataflowtools.database")
_ATTEMPTS = 2
_CONNECT_SECONDS = 5
_RECYCLE_SECONDS = 1800
# Deadlock, lock wait over; server gone, connection lost, shutdown; read-only during a fail-over.
_MYSQL_PASSING = frozenset({1213, 1205, 2006, 2013, 2055, 1053, 1927, 4031, 1290, 1836})
_SQLITE_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_WRITES = "writes"


@dataclass(frozen=True)
class DatabaseSettings:
    """Where the database is.

    Attributes:
        host: of MySQL or MariaDB; empty: SQLite in ``file``.
        connections: open at once, and threads that use them.
        answer_seconds: longest wait for an answer, and for a lock.
        tls_ca: file of the certificates that the server's must come from; None: no TLS.
    """

    file: Path
    host: str = ""
    port: int = 3306
    name: str = "dataflowtools"
    user: str = ""
    password: str = ""
    connections: int = 8
    answer_seconds: int = 30
    tls_ca: Path | None = None


def make_engine(settings: DatabaseSettings) -> Engine:
    """Return an engine that has not connected yet."""
    pool: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": settings.connections,
        "max_overflow": 0,
        "pool_timeout": settings.answer_seconds,
    }
    if settings.host:
        return _mysql_engine(settings, pool)
    return _sqlite_engine(settings, pool)


def _mysql_engine(settings: DatabaseSettings, pool: Mapping[str, Any]) -> Engine:
    url = URL.create(
        "mysql+pymysql",
        settings.user,
        settings.password,
        settings.host,
        settings.port,
        settings.name,
        {"charset": "utf8mb4"},
    )
    arguments = {
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": settings.answer_seconds,
        "write_timeout": settings.answer_seconds,
        "init_command": "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE', time_zone='+00:00', "
        f"innodb_lock_wait_timeout={settings.answer_seconds}",
        **({"ssl": {"ca": str(settings.tls_ca)}} if settings.tls_ca else {}),
    }
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level="READ COMMITTED",  # no gap locks: fewer deadlocks, and the statements here need none
        pool_pre_ping=True,
        pool_recycle=_RECYCLE_SECONDS,
        **pool,
    )


def _sqlite_engine(settings: DatabaseSettings, pool: Mapping[str, Any]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(settings.file)),
        connect_args={"check_same_thread": False, "timeout": settings.answer_seconds, "isolation_level": None},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        # FULL: with WAL, only then is a commit on the disk when it returns.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that turns from reading to writing fails at once when another one writes; IMMEDIATE waits.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Database:
    """Runs transactions in as many threads as there are connections.

    A transaction is a function of a connection. It may run twice: when it met a deadlock or its connection
    broke, which may have been after its commit; so it has to bear that.
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        self.engine = engine
        self._threads = ThreadPoolExecutor(connections, "database")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that changes nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self._run(work, writes=False)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction; what it changed is durable on return.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self._run(work, writes=True)

    async def health(self) -> Mapping[str, Any]:
        """Return which database it is; raises Unavailable."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")).scalar())
        return {"kind": self.engine.dialect.name}

    async def close(self) -> None:
        """Wait for what runs, then close all connections."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        self.engine.dispose()

    async def _run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work, writes)
        except RuntimeError as reason:
            raise Unavailable("the database has been closed") from reason
        # Whoever gives up waiting must not leave the impression that nothing happened halfway: it ends by itself.
        return await asyncio.shield(running)

    def _transact(self, work: Callable[[Connection], T], writes: bool) -> T:
        attempt = 1
        while True:
            try:
                return self._once(work, writes)
            except (OperationalError, InterfaceError, PoolTimeout) as reason:
                if attempt == _ATTEMPTS or not is_passing(reason):
                    raise Unavailable(f"the database does not answer: {reason}") from reason
                _log.warning("transaction_repeated", reason=type(reason).__name__)
                attempt += 1

    def _once(self, work: Callable[[Connection], T], writes: bool) -> T:
        options = {_WRITES: True} if writes else {}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            return work(connection)


def is_passing(reason: Exception) -> bool:
    """Whether the same transaction may well succeed when it is tried again at once."""
    if not isinstance(reason, DBAPIError) or reason.orig is None:
        return False
    if reason.connection_invalidated:
        return True
    if isinstance(reason.orig, sqlite3.Error):
        return (getattr(reason.orig, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_PASSING
    return bool(reason.orig.args) and reason.orig.args[0] in _MYSQL_PASSING
