"""Opens asyncpg pools that speak the store's types: JSON as bytes, ids as plain UUIDs."""

import time
from typing import Any, cast
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.telemetry.instruments import POOL_GIVEN_UP, POOL_WAIT, POOL_WAITING, POOLS

# What a call raises when the server is away, restarting, full, or gone in the middle: try again later. Whether a write
# that was under way has happened is unknown then; its idempotency key makes trying again safe.
OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # seen when a backend dies between two calls: "another operation is in progress"
)

_MOST_QUERIES = 50_000  # what asyncpg itself closes a connection after, as the next
_IDLE_SECONDS = 300.0
_JSONB_VERSION = b"\x01"  # what PostgreSQL puts before jsonb in its binary protocol


async def prepare(connection: asyncpg.Connection | PoolConnectionProxy) -> None:
    """Teach one connection the store's types."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_jsonb_to_wire,
        decoder=_jsonb_from_wire,
        format="binary",
    )
    # asyncpg's own UUID is a subclass that orjson and others refuse.
    await connection.set_type_codec(
        "uuid",
        schema="pg_catalog",
        encoder=_uuid_to_wire,
        decoder=_uuid_from_wire,
        format="binary",
    )


class WatchedPool(asyncpg.Pool):
    """A pool that notes how long its connections are waited for."""

    def __init__(self, dsn: str, *, min_size: int, max_size: int) -> None:
        # What asyncpg.create_pool gives, which makes pools of its own class only.
        super().__init__(
            dsn,
            init_size=min_size,
            min_size=min_size,
            max_size=max_size,
            max_queries=_MOST_QUERIES,
            max_inactive_connection_lifetime=_IDLE_SECONDS,
            connect=None,
            setup=None,
            init=prepare,
            reset=_reset,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
        )
        POOLS.add(self)

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109 - asyncpg's signature
        began = time.perf_counter()
        with POOL_WAITING.track_inprogress():
            try:
                # The one way by which all others acquire; the stubs do not show it.
                return await cast("Any", super())._acquire(timeout)  # noqa: SLF001
            except BaseException:  # a cancelled wait is the longest there is
                POOL_GIVEN_UP.inc()
                raise
            finally:
                POOL_WAIT.observe(time.perf_counter() - began)


async def open_pool(dsn: str, *, min_size: int = 0, max_size: int = 10) -> asyncpg.Pool:
    """Open a pool on one role's DSN; the caller closes it. With min_size 0 the server need not be up yet."""
    return await WatchedPool(dsn, min_size=min_size, max_size=max_size)


async def _reset(connection: asyncpg.Connection) -> None:
    # Nothing here sets session state, so the usual reset would only cost a round trip per command.
    if connection.is_in_transaction():
        await connection.reset()


def _jsonb_to_wire(value: bytes) -> bytes:
    return _JSONB_VERSION + value


def _jsonb_from_wire(value: bytes) -> bytes:
    return bytes(value[1:])


def _uuid_to_wire(value: UUID) -> bytes:
    return value.bytes


def _uuid_from_wire(value: bytes) -> UUID:
    return UUID(bytes=bytes(value))
