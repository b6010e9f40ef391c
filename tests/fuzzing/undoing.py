"""A pool whose writes can be undone: whatever a request did, the next one finds the city as it was."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg

_METHODS = frozenset({"execute", "executemany", "fetch", "fetchmany", "fetchrow", "fetchval", "copy_records_to_table"})


class _Savepoint:
    """A transaction inside the one that will be undone. Isolation is the outer one's."""

    def __init__(self, shared: "_Shared") -> None:
        self._shared = shared
        self._transaction: Any = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        await (self.rollback() if kind else self.commit())

    async def start(self) -> None:
        async with self._shared.turn:
            self._transaction = self._shared.connection.transaction()
            await self._transaction.start()

    async def commit(self) -> None:
        async with self._shared.turn:
            await self._transaction.commit()

    async def rollback(self) -> None:
        async with self._shared.turn:
            await self._transaction.rollback()


class _Shared:
    """One connection for everybody who asks for one; statements take turns."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.turn = asyncio.Lock()
        self.users = 0

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            return getattr(self.connection, name)
        method = getattr(self.connection, name)

        async def in_turn(*arguments: Any, **named: Any) -> Any:
            async with self.turn:
                return await method(*arguments, **named)

        return in_turn

    def transaction(self, **_isolation: Any) -> _Savepoint:
        return _Savepoint(self)


class UndoingPool:
    """Stands for the gateway's pool. Outside of `undone` it is that pool."""

    @property
    def __class__(self) -> type:
        """What the store takes it for."""
        return asyncpg.Pool

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._shared: _Shared | None = None

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Everything that is asked of the pool meanwhile happens in one transaction, which is rolled back."""
        async with self._pool.acquire() as connection:
            outer = connection.transaction()
            await outer.start()
            self._shared = shared = _Shared(connection)
            try:
                yield
            finally:
                while shared.users:  # noqa: ASYNC110 - turns of the loop, in which the access log ends writing
                    await asyncio.sleep(0)
                self._shared = None
                await outer.rollback()

    @asynccontextmanager
    async def acquire(self, **_patience: Any) -> AsyncIterator[Any]:
        if self._shared is None:
            async with self._pool.acquire() as connection:
                yield connection
            return
        shared = self._shared
        shared.users += 1
        try:
            yield shared
        finally:
            shared.users -= 1

    async def close(self) -> None:
        await self._pool.close()

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            return getattr(self._pool, name)

        async def once(*arguments: Any, **named: Any) -> Any:
            async with self.acquire() as connection:
                return await getattr(connection, name)(*arguments, **named)

        return once
