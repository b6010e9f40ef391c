"""Keeps the facts in step with the log: every event exactly once, since the position moves in the same transaction.

A projector that was overtaken by another one is fenced off before it writes anything.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from domain.indicator.facts import ItemFacts
from domain.indicator.folding import facts_of, matters
from domain.item.events import ITEM_EVENTS
from services.store.facts import TABLES, copy_rows, replace_facts, rows_of
from services.store.pools import prepare
from services.store.subscriptions import FencedOffError

SUBSCRIPTION = "facts"
_ACQUIRE = """
    INSERT INTO es.subscription (name, epoch) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET epoch = es.subscription.epoch + 1, updated_at = now() RETURNING epoch, pos"""
_ADVANCE = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 AND pos = $4 RETURNING pos"""
_PAGE = """
    SELECT l.pos, e.stream_id, e.version, e.type
      FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id, version, kind, type FROM es.event WHERE seq = l.seq AND kind = 'item') e
     WHERE l.pos > $1 AND l.pos <= $2 ORDER BY l.pos"""
_HISTORIES = """
    SELECT e.stream_id, e.data FROM unnest($1::uuid[], $2::bigint[]) AS w (stream_id, version)
     CROSS JOIN LATERAL (SELECT stream_id, version, data FROM es.event
                          WHERE stream_id = w.stream_id AND version <= w.version) e
     ORDER BY e.stream_id, e.version"""
_LAST = "SELECT coalesce(max(pos), -1) FROM es.log"
# One projector works, others stand by; where this lock fails to hold them off, the epoch does.
_AT_WORK = "SELECT pg_try_advisory_lock(hashtextextended('duban facts', 0))"
_ALL_HISTORIES = """
    SELECT e.stream_id, e.version, e.data FROM es.event e
     WHERE (e.stream_id, e.version) > ($1, $2) AND e.kind = 'item'
       AND EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq AND l.pos <= $3)
     ORDER BY e.stream_id, e.version LIMIT 5000"""
_ITEMS_A_COPY = 2_000


@dataclass(frozen=True, slots=True)
class RebuiltFacts:
    """How many items were folded again, up to which position, and how many rows differed by table."""

    items: int
    position: int
    differing: dict[str, int]

    @property
    def differing_rows(self) -> int:
        """Rows that were missing, surplus or wrong; a wrong one counts twice, as it was and as it should be."""
        return sum(self.differing.values())


class FactProjection:
    """The facts as one projector keeps them, over a connection of its own. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._epoch = 0
        self.position = -1

    async def begin(self) -> bool:
        """Take the subscription over; False where another projector is at work."""
        if not await self._connection.fetchval(_AT_WORK):
            return False
        row = await self._connection.fetchrow(_ACQUIRE, SUBSCRIPTION)
        if row is None:
            raise LookupError("RETURNING returns a row")
        self._epoch, self.position = row["epoch"], row["pos"]
        return True

    async def step(self, most: int) -> int:
        """Deal with the next events of the log and return how many there were; raises FencedOffError."""
        upto = min(await self._connection.fetchval(_LAST), self.position + most)
        if upto <= self.position:
            return 0
        versions: dict[UUID, int] = {}
        for row in await self._connection.fetch(_PAGE, self.position, upto):
            if matters(row["type"]):
                versions[row["stream_id"]] = row["version"]
        # No further than this batch: facts and position always say the same.
        rows = await self._connection.fetch(_HISTORIES, list(versions), list(versions.values()))
        facts = list(_facts(rows))
        async with self._transaction():
            if await self._connection.fetchval(_ADVANCE, SUBSCRIPTION, self._epoch, upto, self.position) is None:
                raise FencedOffError(SUBSCRIPTION, self._epoch)
            if versions:
                await replace_facts(self._connection, list(versions), facts)
        done, self.position = upto - self.position, upto
        return done

    def _transaction(self) -> AbstractAsyncContextManager[Any]:
        return self._connection.transaction()


async def rebuild_facts(dsn: str, *, replace: bool = True) -> RebuiltFacts:
    """Fold every item again up to the projector's position and compare; with ``replace`` also swap the tables.

    The DSN is the owner's. The projector waits meanwhile, and takes its place again afterwards.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        await connection.execute("SET ROLE duban_owner")
        # Pages are read through each partition's (stream_id, version) index, however young the statistics are.
        await connection.execute("SET enable_sort = off; SET jit = off")
        for table in TABLES:
            await connection.execute(f"CREATE TEMP TABLE {table} (LIKE read.{table} INCLUDING DEFAULTS)")
        async with connection.transaction():
            row = await connection.fetchrow(_ACQUIRE, SUBSCRIPTION)
            position: int = row["pos"] if row else -1
            items = await _stage(connection, position)
            differing = {table: await _differing(connection, table) for table in TABLES}
            if replace:
                for table, columns in TABLES.items():
                    names = ", ".join(columns)
                    await connection.execute(f"DELETE FROM read.{table}")  # noqa: S608 - names of ours
                    await connection.execute(
                        f"INSERT INTO read.{table} ({names}) SELECT {names} FROM pg_temp.{table}"  # noqa: S608
                    )
        return RebuiltFacts(items, position, differing)
    finally:
        await connection.close()


async def _stage(connection: asyncpg.Connection, position: int) -> int:
    schema: str = await connection.fetchval("SELECT pg_my_temp_schema()::regnamespace::text")
    items = 0
    gathered: list[ItemFacts] = []
    async for facts in _every_item(connection, position):
        gathered.append(facts)
        if len(gathered) == _ITEMS_A_COPY:
            await copy_rows(connection, rows_of(gathered), schema=schema)
            items, gathered = items + len(gathered), []
    await copy_rows(connection, rows_of(gathered), schema=schema)
    return items + len(gathered)


async def _every_item(connection: asyncpg.Connection, position: int) -> AsyncIterator[ItemFacts]:
    stream, version = UUID(int=0), 0
    pending: list[asyncpg.Record] = []
    while page := await connection.fetch(_ALL_HISTORIES, stream, version, position):
        stream, version = page[-1]["stream_id"], page[-1]["version"]
        # The last stream of a page may go on in the next one.
        whole = [*pending, *(row for row in page if row["stream_id"] != stream)]
        pending = [row for row in page if row["stream_id"] == stream]
        if whole and pending and whole[-1]["stream_id"] == stream:
            whole, pending = [], [*whole, *pending]
        for facts in _facts(whole):
            yield facts
    for facts in _facts(pending):
        yield facts


async def _differing(connection: asyncpg.Connection, table: str) -> int:
    names = ", ".join(TABLES[table])
    there, here = f"SELECT {names} FROM read.{table}", f"SELECT {names} FROM pg_temp.{table}"  # noqa: S608
    query = f"SELECT count(*) FROM (({there} EXCEPT {here}) UNION ALL ({here} EXCEPT {there})) AS differing"  # noqa: S608
    return await connection.fetchval(query)


def _facts(rows: Sequence[asyncpg.Record]) -> list[ItemFacts]:
    histories: dict[UUID, list[Any]] = {}
    for row in rows:
        histories.setdefault(row["stream_id"], []).append(ITEM_EVENTS.validate_json(row["data"]))
    return [facts_of(events) for events in histories.values()]
