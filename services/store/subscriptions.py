"""Remembers how far each reader of the log has come, and fences off a reader whose place another has taken."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg

from services.store.pools import open_pool

_ACQUIRE = """
    INSERT INTO es.subscription (name, epoch) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET epoch = es.subscription.epoch + 1, updated_at = now()
    RETURNING epoch"""
_ADVANCE = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 AND pos <= $3 RETURNING pos"""
_REWIND = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 RETURNING pos"""

_TAKE_TURN = "SELECT pg_try_advisory_lock(hashtextextended('duban reader ' || $1, 0))"
_LEAVE = "SELECT pg_advisory_unlock(hashtextextended('duban reader ' || $1, 0))"


class FencedOffError(RuntimeError):
    """Another process holds this subscription now, or the position would go back: stop, what was read is stale."""

    def __init__(self, name: str, epoch: int) -> None:
        super().__init__(f"subscription {name} is no longer held in epoch {epoch}")
        self.name = name
        self.epoch = epoch


class Subscriptions:
    """Named positions in the log. A position is the last one dealt with; -1 before the first."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def acquire(self, name: str) -> int:
        """Take a subscription over and return its new epoch; whoever held it before can no longer advance it."""
        return await self._pool.fetchval(_ACQUIRE, name)

    async def position(self, name: str) -> int:
        """Return the last position dealt with; -1 also where nobody has ever acquired the subscription."""
        found = await self._pool.fetchval("SELECT pos FROM es.subscription WHERE name = $1", name)
        return -1 if found is None else found

    async def advance(self, name: str, epoch: int, position: int) -> None:
        """Record that everything up to a position is dealt with; FencedOffError where the epoch is no longer ours."""
        if await self._pool.fetchval(_ADVANCE, name, epoch, position) is None:
            raise FencedOffError(name, epoch)

    async def rewind(self, name: str, epoch: int, position: int = -1) -> None:
        """Go back, so that everything after a position is read again; FencedOffError as in `advance`."""
        if await self._pool.fetchval(_REWIND, name, epoch, position) is None:
            raise FencedOffError(name, epoch)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncGenerator[bool]:
        """Whether nobody else reads under this name, in any process; nobody does until this is left.

        Spares two readers from doing everything twice. Where the lock fails to hold one off, the epoch does.
        """
        async with self._pool.acquire() as connection:
            alone: bool = await connection.fetchval(_TAKE_TURN, name)
            try:
                yield alone
            finally:
                if alone:
                    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                        # A connection that is gone has let go of it.
                        await connection.fetchval(_LEAVE, name)


async def send_back(dsn: str, name: str, position: int) -> None:
    """Have a reader read again from a position on, as the application's role; whoever reads now goes back there."""
    pool = await open_pool(dsn)
    try:
        subscriptions = Subscriptions(pool)
        await subscriptions.rewind(name, await subscriptions.acquire(name), max(position, 0) - 1)
    finally:
        await pool.close()
