"""asyncpg alone: a row for each item, an update and a second row for each command, in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from benchmarks.beside.way import LIMIT, STEPS, NotThereError, item_of

_TABLES = """
    CREATE TABLE public.bare_item (
      id uuid PRIMARY KEY, status text NOT NULL, due timestamptz NOT NULL, data jsonb NOT NULL);
    CREATE TABLE public.bare_step (
      id uuid PRIMARY KEY, item uuid NOT NULL, command text NOT NULL, at timestamptz NOT NULL DEFAULT now())"""
_ITEM = "INSERT INTO public.bare_item (id, status, due, data) VALUES ($1, 'dispatched', $2, $3)"
_STATUS = "SELECT status FROM public.bare_item WHERE id = $1 FOR UPDATE"
_MOVE = "UPDATE public.bare_item SET status = $2 WHERE id = $1"
_STEP = "INSERT INTO public.bare_step (id, item, command) VALUES ($1, $2, $3)"


class Rows:
    """The least that a table can do."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._dsn, min_size=16, max_size=16)
        await self._pool.execute(_TABLES)

    async def close(self) -> None:
        await asyncio.wait_for(self._pool.close(), 10)

    async def take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        due = datetime.now(UTC) + LIMIT
        rows = [(item_of(report), due, orjson.dumps(report["data"]).decode()) for report in reports]
        if len(rows) == 1:
            await self._pool.execute(_ITEM, *rows[0])
        else:
            await self._pool.executemany(_ITEM, rows)

    async def move(self, item: UUID, command: str) -> str:
        before, after = STEPS[command]
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_STATUS, item) != before:
                raise NotThereError
            await connection.execute(_MOVE, item, after)
            await connection.execute(_STEP, uuid4(), item, command)
        return after
