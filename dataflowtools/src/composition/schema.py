"""Bringing the database's schema up to date, or demanding that it is."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Literal

import structlog
from servicekit import Starter

from common.settings import Settings
from composition.storage import database_settings, make_folder
from drivenadapters.database.engine import Database, make_engine
from errors import Unavailable

_log = structlog.get_logger("dataflowtools.schema")


def schema_starter(settings: Settings, database: Database) -> Starter:
    """Return what brings the embedded database's schema up to date, or demands that a server's is."""

    async def start() -> None:
        schema = await asyncio.to_thread(quiet_schema)
        if settings.db_host:
            await patiently(database.health, settings.db_wait_seconds)
            await asyncio.to_thread(schema.require_newest, database.engine)
        else:
            await asyncio.to_thread(make_folder, settings.data_dir)
            await asyncio.to_thread(schema.migrate, database.engine)
            _log.info("schema", present=await asyncio.to_thread(schema.current, database.engine))

    return start


def change_schema(settings: Settings, command: Literal["upgrade", "downgrade", "current"], revision: str) -> int:
    """Change or show the schema; returns the exit status of the process."""
    schema = quiet_schema()
    if not settings.db_host:
        make_folder(settings.data_dir)
    engine = make_engine(database_settings(settings))
    try:
        if command != "current":
            schema.migrate(engine, command, revision or {"upgrade": "head", "downgrade": "-1"}[command])
        _log.info("schema", present=schema.current(engine), newest=schema.newest())
    except schema.SchemaError as reason:
        _log.error("schema_unchanged", reason=str(reason))
        return 1
    finally:
        engine.dispose()
    return 0


def quiet_schema() -> ModuleType:
    """Return the module of the schema, imported only now: Alembic takes long, and has a lot to say."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return importlib.import_module("drivenadapters.database.schema")


async def patiently(probe: Callable[[], Awaitable[Any]], seconds: float) -> None:
    """Probe until it works; raises Unavailable once the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            await probe()
        except Unavailable as reason:
            if loop.time() >= end:
                raise
            _log.warning("waiting_for_the_database", reason=str(reason))
            await asyncio.sleep(1)
        else:
            return
