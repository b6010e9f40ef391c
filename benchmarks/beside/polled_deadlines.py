"""A table of deadlines that one process asks over and over what is due: what one writes with asyncpg alone."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

PAGE = 100
POLL_SECONDS = 0.1
TABLE = """
    DROP TABLE IF EXISTS public.deadline;
    CREATE TABLE public.deadline (id uuid PRIMARY KEY, due timestamptz NOT NULL, done boolean NOT NULL DEFAULT false);
    CREATE INDEX ON public.deadline (due) WHERE NOT done"""
# Each page is one transaction: taken, acted upon, done.
_FIRE = """
    WITH taken AS (
      SELECT id, due FROM public.deadline WHERE NOT done AND due <= now() ORDER BY due LIMIT $1 FOR UPDATE SKIP LOCKED),
    done AS (UPDATE public.deadline d SET done = true FROM taken WHERE d.id = taken.id)
    INSERT INTO public.fired (id, due) SELECT id, due FROM taken"""


async def prepare(connection: asyncpg.Connection, ids: Sequence[UUID], due: datetime) -> None:
    """A table with these deadlines."""
    await connection.execute(TABLE)
    await connection.copy_records_to_table(
        "deadline", schema_name="public", columns=["id", "due"], records=[(each, due) for each in ids]
    )


async def poll(connection: asyncpg.Connection, count: int) -> None:
    """Fire until so many are done."""
    done = 0
    while done < count:
        taken = int((await connection.execute(_FIRE, PAGE)).rpartition(" ")[2])
        done += taken
        if not taken:
            await asyncio.sleep(POLL_SECONDS)
