"""Keeps facts and score lines in step with the log: every event exactly once, since the position moves with them."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from domain.indicator.facts import ItemFacts
from domain.indicator.folding import facts_of, matters
from domain.score.folding import counts, lines_of
from domain.score.lines import ScoreLine
from services.store.facts import TABLES, copy_rows, replace_facts, rows_of
from services.store.histories import entries, every_history, histories
from services.store.log_follower import LogFollower
from services.store.pools import prepare
from services.store.score_lines import COLUMNS, TABLE, copy_lines, replace_lines

SUBSCRIPTION = "facts"
_STREAMS_A_COPY = 2_000
_COLUMNS_OF = {**TABLES, TABLE: COLUMNS}


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
    """The facts and score lines as one projector keeps them, over a connection of its own. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._follower = LogFollower(connection, SUBSCRIPTION)

    @property
    def position(self) -> int:
        """The last position that was dealt with."""
        return self._follower.position

    async def begin(self) -> bool:
        """Take the subscription over; False where another projector is at work."""
        return await self._follower.begin()

    async def step(self, most: int) -> int:
        """Deal with the next events of the log and return how many there were; raises FencedOffError."""
        before, upto = self.position, await self._follower.ahead(most)
        if upto == before:
            return 0
        versions: dict[UUID, int] = {}
        measured: set[UUID] = set()
        scored: set[UUID] = set()
        for entry in await entries(self._connection, before, upto):
            if entry.kind == "item" and matters(entry.type):
                measured.add(entry.stream_id)
            if counts(entry.type):
                scored.add(entry.stream_id)
            if entry.stream_id in measured or entry.stream_id in scored:
                versions[entry.stream_id] = entry.version
        # No further than this batch: facts and position always say the same.
        found = await histories(self._connection, versions)
        facts = [facts_of(each.events) for each in found if each.stream_id in measured]
        lines = [
            line
            for each in found
            if each.stream_id in scored
            for line in lines_of(each.kind, each.stream_id, each.events)
        ]
        async with self._follower.moving(upto):
            if measured:
                await replace_facts(self._connection, list(measured), facts)
            if scored:
                await replace_lines(self._connection, list(scored), lines)
        return upto - before


async def rebuild_facts(dsn: str, *, replace: bool = True) -> RebuiltFacts:
    """Fold every stream again up to the projector's position and compare; with ``replace`` also swap the tables.

    The DSN is the owner's. The projector waits meanwhile, and takes its place again afterwards.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        await connection.execute("SET ROLE duban_owner")
        # Pages are read through each partition's (stream_id, version) index, however young the statistics are.
        await connection.execute("SET enable_sort = off; SET jit = off")
        for table in _COLUMNS_OF:
            await connection.execute(f"CREATE TEMP TABLE {table} (LIKE read.{table} INCLUDING DEFAULTS)")
        async with connection.transaction():
            follower = LogFollower(connection, SUBSCRIPTION)
            await follower.overtake()
            items = await _stage(connection, follower.position)
            differing = {table: await _differing(connection, table) for table in _COLUMNS_OF}
            if replace:
                for table, columns in _COLUMNS_OF.items():
                    names = ", ".join(columns)
                    await connection.execute(f"DELETE FROM read.{table}")  # noqa: S608 - names of ours
                    await connection.execute(
                        f"INSERT INTO read.{table} ({names}) SELECT {names} FROM pg_temp.{table}"  # noqa: S608
                    )
        return RebuiltFacts(items, follower.position, differing)
    finally:
        await connection.close()


async def _stage(connection: asyncpg.Connection, position: int) -> int:
    schema: str = await connection.fetchval("SELECT pg_my_temp_schema()::regnamespace::text")
    items = 0
    facts: list[ItemFacts] = []
    lines: list[ScoreLine] = []
    streams = 0

    async def write() -> None:
        await copy_rows(connection, rows_of(facts), schema=schema)
        await copy_lines(connection, lines, schema=schema)
        facts.clear()
        lines.clear()

    async for history in every_history(connection, position):
        if history.kind == "item":
            facts.append(facts_of(history.events))
            items += 1
        lines += lines_of(history.kind, history.stream_id, history.events)
        streams += 1
        if streams % _STREAMS_A_COPY == 0:
            await write()
    await write()
    return items


async def _differing(connection: asyncpg.Connection, table: str) -> int:
    names = ", ".join(_COLUMNS_OF[table])
    there, here = f"SELECT {names} FROM read.{table}", f"SELECT {names} FROM pg_temp.{table}"  # noqa: S608
    query = f"SELECT count(*) FROM (({there} EXCEPT {here}) UNION ALL ({here} EXCEPT {there})) AS differing"  # noqa: S608
    return await connection.fetchval(query)
