"""Counts and lists the cases behind indicators: one pass over each table of facts, whatever the number of formulas."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.indicator.book import Cases
from services.store.indicator_sets import AS_OF, CONDITIONS, KEY, LATE_JOIN, TABLE_OF_GRAIN
from services.store.projections import SUBSCRIPTION

Grouping = Literal["unit", "area"]
Counts = dict[Cases, int]
_POSITION = "SELECT coalesce((SELECT pos FROM es.subscription WHERE name = $1), -1)"
_BEHIND = f"SELECT (SELECT coalesce(max(pos), -1) FROM es.log) - ({_POSITION})"  # noqa: S608
_ITEM_AS_OF = " LEFT JOIN read.item_fact i ON i.item_id = f.item_id AND i.valid_from <= $1 AND i.valid_to > $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which cases count; None: any. ``starts_at`` is inclusive, ``ends_at`` exclusive, by the instant of each set."""

    campaign_id: str | None = None
    units: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    categories: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where a page of cases ended."""

    at: datetime
    item_id: UUID
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case behind a figure. ``key`` tells the cases of one item apart: a clock, or a round of dispatch."""

    item_id: UUID
    number: str
    key: str
    unit: str | None
    area: str
    category: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Instead:
    """Items of whom other facts count than those in the tables, and these facts by table, as JSON."""

    item_ids: Sequence[UUID]
    rows: Mapping[str, str]


@dataclass(slots=True)
class _Query:
    """A statement over one table of facts, as of $1, in the making."""

    table: str
    extent: Extent
    values: list[Any] = field(default_factory=list[Any])
    needs_item: bool = False
    late: set[str] = field(default_factory=set[str])
    _period: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        for bound, comparison in ((self.extent.starts_at, ">="), (self.extent.ends_at, "<")):
            if bound is not None:
                self._period.append(f"{{}} {comparison} {self.parameter(bound)}")

    def parameter(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values) + 1}"

    def belongs(self, cases: Cases) -> str:
        """The condition under which a row is one of the cases."""
        plus = " OR ".join(self._placed(name) for name in cases.plus)
        return f"({plus})" + "".join(f" AND NOT {self._subtracted(name)}" for name in cases.minus)

    def tables(self) -> str:
        joins = f"read.{self.table} f" + (_ITEM_AS_OF if self.needs_item else "")
        return joins + "".join(LATE_JOIN.replace("{f}", alias) for alias in sorted(self.late))

    def conditions(self) -> str:
        texts = [AS_OF[self.table].replace("{f}", "f")]
        if self.extent.campaign_id is not None:
            texts.append(f"f.campaign_id = {self.parameter(self.extent.campaign_id)}")
        for column, wanted in (
            ("unit", self.extent.units),
            ("area", self.extent.areas),
            ("category", self.extent.categories),
            ("source", self.extent.sources),
        ):
            if wanted is not None:
                texts.append(f"f.{column} = ANY ({self.parameter(sorted(wanted))})")
        return " AND ".join(texts)

    def placed(self, cases: Cases) -> str:
        """The instant by which a case is listed: that of the first set it is in."""
        choices = "".join(
            f" WHEN {CONDITIONS[name].on('f')} THEN {CONDITIONS[name].placed_on('f')}" for name in cases.plus
        )
        return f"CASE{choices} END"

    def _placed(self, name: str) -> str:
        condition = CONDITIONS[name]
        if condition.late:
            self.late.add("f")
        instant = condition.placed_on("f")
        return "(" + " AND ".join([condition.on("f"), *(bound.format(instant) for bound in self._period)]) + ")"

    def _subtracted(self, name: str) -> str:
        condition = CONDITIONS[name]
        alias = "f" if condition.table == self.table else "i"
        self.needs_item = self.needs_item or alias == "i"
        if condition.late:
            self.late.add(alias)
        return condition.on(alias)


class IndicatorQueries:
    """Reads the facts over one connection; `one_moment` opens it so that all answers are of one moment."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy, instead: Instead | None = None) -> None:
        """``instead``: facts that take the place of those of some items."""
        self._connection = connection
        self._instead = instead

    async def position(self) -> tuple[int, int]:
        """The last event of the log that the facts know of, -1 before the first; and how many follow it."""
        position = await self._connection.fetchval(_POSITION, SUBSCRIPTION)
        return position, await self._connection.fetchval(_BEHIND, SUBSCRIPTION)

    async def counts(
        self, sides: Sequence[Cases], extent: Extent, as_of: datetime, *, by: Grouping | None = None
    ) -> dict[str | None, Counts]:
        """How many cases each side has, by group; without grouping under None alone."""
        found: dict[str | None, Counts] = {} if by else {None: {}}
        tables: dict[str, list[Cases]] = {}
        for side in dict.fromkeys(sides):
            tables.setdefault(TABLE_OF_GRAIN[side.grain], []).append(side)
        for table, wanted in tables.items():
            query = _Query(table, extent)
            columns = [f"count(*) FILTER (WHERE {query.belongs(side)})" for side in wanted]
            group = f"f.{by}" if by else "NULL"
            text = f"SELECT {group} AS grouped, {', '.join(columns)} FROM {query.tables()}"  # noqa: S608
            text += f" WHERE {query.conditions()}" + (" GROUP BY 1" if by else "")
            for row in await self._connection.fetch(self._over(query, text), as_of, *query.values):
                found.setdefault(row["grouped"], {}).update(zip(wanted, tuple(row)[1:], strict=True))
        return found

    async def cases(
        self, side: Cases, extent: Extent, as_of: datetime, *, after: CasePlace | None, limit: int
    ) -> list[Case]:
        """The next cases of a side after a place, oldest first."""
        query = _Query(TABLE_OF_GRAIN[side.grain], extent)
        belongs, placed, key = query.belongs(side), query.placed(side), KEY[query.table].replace("{f}", "f")
        where = f"{query.conditions()} AND {belongs}"
        inner = f"SELECT f.item_id, {key} AS key, f.unit, f.area, f.category, {placed} AS at FROM {query.tables()} WHERE {where}"  # noqa: E501, S608
        beyond = ""
        if after is not None:
            place = ", ".join(query.parameter(value) for value in (after.at, after.item_id, after.key))
            beyond = f" WHERE (at, item_id, key) > ({place})"
        text = (
            f"SELECT c.*, (SELECT number FROM read.item_fact n WHERE n.item_id = c.item_id LIMIT 1) AS number"  # noqa: S608
            f" FROM (SELECT * FROM ({inner}) AS every{beyond} ORDER BY at, item_id, key"
            f" LIMIT {query.parameter(limit)}) AS c ORDER BY at, item_id, key"
        )
        return [
            Case(
                item_id=row["item_id"],
                number=row["number"],
                key=row["key"],
                unit=row["unit"],
                area=row["area"],
                category=row["category"],
                at=row["at"],
            )
            for row in await self._connection.fetch(self._over(query, text), as_of, *query.values)
        ]

    def _over(self, query: _Query, text: str) -> str:
        """The statement over the facts that count: names of tables stand for those in the schema, or for others."""
        if self._instead is None:
            return text
        items, tables = query.parameter(list(self._instead.item_ids)), list[str]()
        for table, rows in self._instead.rows.items():
            others = f"jsonb_populate_recordset(NULL::read.{table}, {query.parameter(rows)}::text::jsonb)"
            tables.append(
                f"{table} AS NOT MATERIALIZED (SELECT * FROM read.{table} WHERE item_id <> ALL ({items}::uuid[])"  # noqa: S608
                f" UNION ALL SELECT * FROM {others})"
            )
        return f"WITH {', '.join(tables)} {text.replace(' read.', ' ')}"


@asynccontextmanager
async def one_moment(pool: asyncpg.Pool) -> AsyncGenerator[IndicatorQueries]:
    """Queries that all see the facts, and the position they hold for, as they are now."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield IndicatorQueries(connection)


async def behind(pool: asyncpg.Pool) -> int:
    """How many events of the log the facts do not know of yet."""
    return await pool.fetchval(_BEHIND, SUBSCRIPTION)
