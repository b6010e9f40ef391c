"""Brings a database to the newest schema: roles and schemas, then every Alembic revision, then spare partitions."""

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import migrations

_FOLDER = Path(migrations.__file__).parent
_LOCK = "SELECT pg_advisory_lock(hashtextextended('duban migrate', 0))"


async def migrate(dsn: str) -> None:
    """Upgrade the database at an asyncpg DSN; may run again and may run twice at once.

    The first run on a cluster needs a superuser, or a role that may create roles and schemas; later runs may be
    duban_owner's own.
    """
    guard = await asyncpg.connect(dsn)
    try:
        await guard.execute(_LOCK)  # held until this connection closes
        if not await _bootstrapped(guard):
            async with guard.transaction():
                await guard.execute((_FOLDER / "bootstrap.sql").read_text(encoding="utf-8"))
        await _upgrade(dsn)
        await guard.execute("SELECT es.ensure_partitions()")
    finally:
        await guard.close()


def head() -> str:
    """Name the newest revision this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise LookupError("no revision is installed beside the program")
    return newest


async def current(dsn: str) -> str | None:
    """Name the revision the database is at; None before the first migration."""
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("SELECT to_regclass('es.schema_version')") is None:
            return None
        return await connection.fetchval("SELECT version_num FROM es.schema_version")
    finally:
        await connection.close()


async def _bootstrapped(connection: asyncpg.Connection) -> bool:
    found = await connection.fetchval(
        """SELECT (SELECT count(*) FROM pg_roles
                    WHERE rolname IN ('duban_owner', 'duban_app', 'duban_sequencer', 'duban_auditor')) = 4
              AND (SELECT count(*) FROM pg_namespace WHERE nspname IN ('es', 'private', 'read')) = 3"""
    )
    return bool(found)


async def _upgrade(dsn: str) -> None:
    async def connect(*_arguments: Any, **_options: Any) -> asyncpg.Connection:
        return await asyncpg.connect(dsn)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_revisions)
    finally:
        await engine.dispose()


def _run_revisions(connection: Connection) -> None:
    connection.execute(text("SET LOCAL ROLE duban_owner"))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
