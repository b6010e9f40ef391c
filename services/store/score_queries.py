"""Adds up and lists score lines as of a moment, each answer from the lines of events that had happened by then."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.score.lines import ScoreLine
from services.store.conditions import Conditions
from services.store.indicator_queries import IndicatorQueries
from services.store.score_lines import COLUMNS

_COUNTED = """
    SELECT unit, kind, coalesce(rung, act, '') AS level, count(*) AS lines, sum(points) AS points,
           coalesce(sum(-points) FILTER (WHERE points < 0), 0) AS taken,
           coalesce(sum(points) FILTER (WHERE points > 0), 0) AS returned
      FROM read.score_line WHERE {lines} GROUP BY 1, 2, 3"""
# A case counts in the period of its decision, with the measure that stands at the moment asked about.
_MEASURES = """
    SELECT d.unit, m.measure, count(*) AS cases
      FROM read.score_line d
     CROSS JOIN LATERAL (SELECT measure FROM read.score_line l
                          WHERE l.stream_id = d.stream_id AND l.measure IS NOT NULL AND l.at <= {as_of}
                          ORDER BY l.version DESC LIMIT 1) m
     WHERE d.kind = 'case_decision' AND {lines} GROUP BY 1, 2"""
# Whoever had something to do by then: items dispatched to it, or an obligation assigned.
_AT_WORK = """
    SELECT unit FROM read.dispatch_fact
     WHERE dispatched_at <= $1 AND ($2::text IS NULL OR campaign_id = $2) GROUP BY unit
     UNION
    SELECT s.unit FROM es.current_state s JOIN es.event e ON e.stream_id = s.stream_id AND e.version = 1
     WHERE s.kind = 'obligation' AND e.occurred_at <= $1 AND ($2::text IS NULL OR s.campaign_id = $2)"""
_LINES = ", ".join(f"l.{name}" for name in COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreExtent:
    """Which lines count; None: any. ``starts_at`` is inclusive, ``ends_at`` exclusive, ``as_of`` inclusive.

    ``cases``: whether those of accountability cases do.
    """

    as_of: datetime
    units: frozenset[str] | None = None
    campaign_id: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cases: bool = True


@dataclass(slots=True)
class Tally:
    """The sums of one unit's lines. ``rungs``, ``acts`` (issued) and ``measures`` (of cases) by level."""

    unit: str
    points: int = 0
    taken: int = 0
    returned: int = 0
    overdue: int = 0
    excused: int = 0
    cases: int = 0
    rungs: dict[str, int] = field(default_factory=dict[str, int])
    acts: dict[str, int] = field(default_factory=dict[str, int])
    measures: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a page of lines ended."""

    at: datetime
    stream_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line with the event it comes from."""

    line: ScoreLine
    event_id: UUID
    event_type: str
    recorded_at: datetime
    actor: str


class ScoreQueries:
    """Reads score lines over one connection; `scores_of_one_moment` opens it."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def position(self) -> tuple[int, int]:
        """The last event of the log that the lines know of, -1 before the first; and how many follow it."""
        return await IndicatorQueries(self._connection).position()

    async def tallies(self, extent: ScoreExtent) -> dict[str, Tally]:
        """The sums of every unit that has lines."""
        found = conditions(extent)
        tallies: dict[str, Tally] = {}
        for row in await self._connection.fetch(_COUNTED.format(lines=found), *found.values):
            tally = tallies.setdefault(row["unit"], Tally(row["unit"]))
            tally.points += row["points"]
            tally.taken += row["taken"]
            tally.returned += row["returned"]
            match row["kind"]:
                case "overdue":
                    tally.overdue = row["lines"]
                case "appeal_granted":
                    tally.excused = row["lines"]
                case "case_opened":
                    tally.cases = row["lines"]
                case "rung":
                    tally.rungs[row["level"]] = row["lines"]
                case "act_issued":
                    tally.acts[row["level"]] = row["lines"]
                case _:
                    pass
        found = conditions(extent, alias="d.")
        text = _MEASURES.format(lines=found, as_of=found.parameter(extent.as_of))
        for row in await self._connection.fetch(text, *found.values):
            tallies[row["unit"]].measures[row["measure"]] = row["cases"]
        return tallies

    async def at_work(self, campaign_id: str | None, by: datetime) -> frozenset[str]:
        """The units that had been given work by a moment."""
        rows = await self._connection.fetch(_AT_WORK, by, campaign_id)
        return frozenset(row["unit"] for row in rows)

    async def page(
        self,
        extent: ScoreExtent,
        *,
        kinds: Sequence[str] | None = None,
        with_points: bool = False,
        after: LinePlace | None = None,
        limit: int,
    ) -> list[TracedLine]:
        """The next lines after a place, newest first, each with its event; only those ``with_points``, if asked."""
        found = conditions(extent)
        found.add("kind = ANY ({}::text[])", kinds)
        if with_points:
            found.texts.append("points <> 0")
        if after is not None:
            place = ", ".join(found.parameter(value) for value in (after.at, after.stream_id, after.version))
            found.texts.append(f"(at, stream_id, version) < ({place})")
        order = "at DESC, stream_id DESC, version DESC"
        rows = await self._connection.fetch(
            f"SELECT {_LINES}, e.event_id, e.type, e.recorded_at, e.actor"  # noqa: S608 - names and parameters
            f" FROM (SELECT * FROM read.score_line WHERE {found} ORDER BY {order} LIMIT {found.parameter(limit)}) l"
            " JOIN es.event e ON e.stream_id = l.stream_id AND e.version = l.version"
            " ORDER BY l.at DESC, l.stream_id DESC, l.version DESC",
            *found.values,
        )
        return [_traced(row) for row in rows]


@asynccontextmanager
async def scores_of_one_moment(pool: asyncpg.Pool) -> AsyncGenerator[asyncpg.Connection | PoolConnectionProxy]:
    """A connection on which all queries see the lines, and the position they hold for, as they are now."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield connection


def conditions(extent: ScoreExtent, *, alias: str = "") -> Conditions:
    """What a line within the extent meets."""
    found = Conditions([])
    found.add(f"{alias}at <= {{}}", extent.as_of)
    found.add(f"{alias}unit = ANY ({{}}::text[])", None if extent.units is None else sorted(extent.units))
    found.add(f"{alias}campaign_id = {{}}", extent.campaign_id)
    found.add(f"{alias}at >= {{}}", extent.starts_at)
    found.add(f"{alias}at < {{}}", extent.ends_at)
    if not extent.cases:
        found.texts.append(f"{alias}source <> 'case'")
    return found


def _traced(row: asyncpg.Record) -> TracedLine:
    content: dict[str, Any] = {name: row[name] for name in COLUMNS}
    content["corrects"] = tuple(content["corrects"])
    return TracedLine(ScoreLine(**content), row["event_id"], row["type"], row["recorded_at"], row["actor"])
