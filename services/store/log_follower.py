"""Follows the log for a read model that moves with its position: every event exactly once, and one follower at work.

A follower that was overtaken by another one is fenced off before it writes anything.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from services.store.subscriptions import FencedOffError

_ACQUIRE = """
    INSERT INTO es.subscription (name, epoch) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET epoch = es.subscription.epoch + 1, updated_at = now() RETURNING epoch, pos"""
_ADVANCE = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 AND pos = $4 RETURNING pos"""
_LAST = "SELECT coalesce(max(pos), -1) FROM es.log"
# One works, others stand by; where this lock fails to hold them off, the epoch does.
_AT_WORK = "SELECT pg_try_advisory_lock(hashtextextended('duban ' || $1, 0))"


class LogFollower:
    """The place of one read model in the log, over a connection of its own. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._epoch = 0
        self.position = -1

    async def begin(self) -> bool:
        """Take the place over; False where another follower is at work."""
        if not await self._connection.fetchval(_AT_WORK, self._name):
            return False
        await self.overtake()
        return True

    async def overtake(self) -> None:
        """Take the place over from whoever has it; within a transaction, that one waits for its end."""
        row = await self._connection.fetchrow(_ACQUIRE, self._name)
        if row is None:
            raise LookupError("RETURNING returns a row")
        self._epoch, self.position = row["epoch"], row["pos"]

    async def ahead(self, most: int) -> int:
        """The last position of the next batch; the own position where there is nothing new."""
        last: int = await self._connection.fetchval(_LAST)
        return max(self.position, min(last, self.position + most))

    @asynccontextmanager
    async def moving(self, upto: int) -> AsyncGenerator[None]:
        """A transaction for what the batch leads to, in which the position moves. Raises FencedOffError at once."""
        async with self._connection.transaction():
            if await self._connection.fetchval(_ADVANCE, self._name, self._epoch, upto, self.position) is None:
                raise FencedOffError(self._name, self._epoch)
            yield
        self.position = upto
