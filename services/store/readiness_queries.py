"""Asks a pool whether the database can serve: there, in time, and with which schema."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from services.store.health_queries import HealthQueries
from services.store.pools import OUTAGES

_PATIENCE_SECONDS = 2.0
_VERSION = "SELECT version_num FROM es.schema_version"

# As an outage, or a schema that is not there yet.
UNREADY: tuple[type[Exception], ...] = (*OUTAGES, asyncpg.PostgresError)


async def schema_version(pool: asyncpg.Pool) -> str | None:
    """Name the revision the database is at; raises one of `UNREADY` where it is away, slow or empty."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        return await pool.fetchval(_VERSION)


@asynccontextmanager
async def health_queries(pool: asyncpg.Pool) -> AsyncGenerator[HealthQueries]:
    """Ask within two seconds; raises as above."""
    async with asyncio.timeout(_PATIENCE_SECONDS), pool.acquire() as connection:
        yield HealthQueries(connection)
