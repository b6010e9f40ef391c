"""Reads what a unit's record shows beside its lines: sums by month, its acts, its cases, its places in bulletins."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.score_queries import ScoreExtent, conditions

_MONTHS = """
    SELECT to_char(at AT TIME ZONE {timezone}, 'YYYY-MM') AS month, sum(points) AS points,
           coalesce(sum(-points) FILTER (WHERE points < 0), 0) AS taken,
           coalesce(sum(points) FILTER (WHERE points > 0), 0) AS returned,
           count(*) FILTER (WHERE kind = 'overdue') AS overdue, count(*) FILTER (WHERE kind = 'rung') AS rungs,
           count(*) FILTER (WHERE kind = 'act_issued') AS acts, count(*) FILTER (WHERE kind = 'case_opened') AS cases
      FROM read.score_line WHERE {lines} GROUP BY 1 ORDER BY 1 DESC"""
# The acts and cases that began in the period, with what had become of them by the moment asked about.
_BEGUN = """
    SELECT b.stream_id, b.act, max(l.number) AS number, sum(l.points) AS points, b.at AS begun_at,
           min(l.at) FILTER (WHERE l.kind IN ('act_issued', 'case_decision')) AS taken_at,
           min(l.at) FILTER (WHERE l.kind = 'case_review') AS reviewed_at,
           min(l.at) FILTER (WHERE l.kind IN ('act_withdrawn', 'case_withdrawn')) AS withdrawn_at,
           min(l.at) FILTER (WHERE l.kind = 'case_closed') AS closed_at,
           (array_agg(l.measure ORDER BY l.version DESC) FILTER (WHERE l.measure IS NOT NULL))[1] AS measure
      FROM read.score_line b
      JOIN read.score_line l ON l.stream_id = b.stream_id AND l.at <= {as_of}
     WHERE {lines} AND b.kind = {opening} GROUP BY b.stream_id, b.act, b.at
     ORDER BY b.at DESC, b.stream_id LIMIT {limit}"""
# The edition that held at the moment asked about, of every bulletin first published in the period.
_PLACEMENTS = """
    SELECT s.stream_id, s.number, s.campaign_id, s.category, s.reported_at, held.edition -> 'edition' AS edition,
           held.edition -> 'content' ->> 'formulas' AS formulas,
           held.edition -> 'content' -> 'period' ->> 'label' AS period, ranking ->> 'ranking_id' AS ranking,
           (line ->> 'rank')::int AS rank, line ->> 'score' AS score,
           (SELECT count(*) FROM jsonb_array_elements(ranking -> 'lines') AS other (line)
             WHERE other.line ->> 'rank' IS NOT NULL) AS ranked,
           ranking -> 'red' ? {unit} AS red, ranking -> 'black' ? {unit} AS black
      FROM es.current_state s
     CROSS JOIN LATERAL (SELECT edition FROM jsonb_array_elements(s.state -> 'editions') AS every (edition)
                          WHERE (edition ->> 'published_at')::timestamptz <= {as_of}
                          ORDER BY (edition ->> 'edition')::int DESC LIMIT 1) held
     CROSS JOIN LATERAL jsonb_array_elements(held.edition -> 'content' -> 'rankings') AS every (ranking)
     CROSS JOIN LATERAL jsonb_array_elements(ranking -> 'lines') AS ranks (line)
     WHERE s.kind = 'bulletin' AND line ->> 'code' = {unit}
       AND ({campaign}::text IS NULL OR s.campaign_id = {campaign})
       AND ({starts_at}::timestamptz IS NULL OR s.reported_at >= {starts_at})
       AND ({ends_at}::timestamptz IS NULL OR s.reported_at < {ends_at})
     ORDER BY s.reported_at DESC, s.stream_id, ranking ->> 'ranking_id' LIMIT {limit}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums:
    """The lines of one month of the city, such as 2026-11."""

    month: str
    points: int
    taken: int
    returned: int
    overdue: int
    rungs: int
    acts: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOrCase:
    """An act (``act``) or a case against the unit. ``taken_at``: issued or decided; ``points`` as they stand."""

    stream_id: UUID
    act: str | None
    number: str | None
    points: int
    begun_at: datetime
    taken_at: datetime | None
    reviewed_at: datetime | None
    withdrawn_at: datetime | None
    closed_at: datetime | None
    measure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The unit's line in a bulletin's ranking. ``ranked``: how many had a rank there."""

    bulletin_id: UUID
    bulletin: str
    kind: str
    period: str
    edition: int
    published_at: datetime
    formulas: str
    ranking: str
    rank: int | None
    ranked: int
    score: Decimal | None
    red: bool
    black: bool


class UnitRecords:
    """Reads the records of units over one connection."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def months(self, extent: ScoreExtent, timezone: str) -> list[MonthSums]:
        """Sums by the months of a time zone, newest first; none for months without lines."""
        found = conditions(extent)
        text = _MONTHS.format(lines=found, timezone=found.parameter(timezone))
        return [MonthSums(**dict(row)) for row in await self._connection.fetch(text, *found.values)]

    async def acts(self, extent: ScoreExtent, limit: int) -> list[ActOrCase]:
        """The acts planned in the period, newest first."""
        return await self._begun("act", extent, limit)

    async def cases(self, extent: ScoreExtent, limit: int) -> list[ActOrCase]:
        """The cases opened in the period, newest first."""
        return await self._begun("case_opened", extent, limit)

    async def _begun(self, opening: str, extent: ScoreExtent, limit: int) -> list[ActOrCase]:
        found = conditions(extent, alias="b.")
        text = _BEGUN.format(
            lines=found,
            as_of=found.parameter(extent.as_of),
            opening=found.parameter(opening),
            limit=found.parameter(limit),
        )
        return [ActOrCase(**dict(row)) for row in await self._connection.fetch(text, *found.values)]

    async def placements(self, unit: str, extent: ScoreExtent, limit: int) -> list[Placement]:
        """The unit's places in the rankings of bulletins, newest first. Rankings of areas may name its code, too."""
        text = _PLACEMENTS.format(unit="$1", as_of="$2", campaign="$3", starts_at="$4", ends_at="$5", limit="$6")
        values = (unit, extent.as_of, extent.campaign_id, extent.starts_at, extent.ends_at, limit)
        return [
            Placement(
                bulletin_id=row["stream_id"],
                bulletin=row["number"],
                kind=row["category"],
                period=row["period"],
                edition=int(row["edition"]),
                published_at=row["reported_at"],
                formulas=row["formulas"],
                ranking=row["ranking"],
                rank=row["rank"],
                ranked=row["ranked"],
                score=None if row["score"] is None else Decimal(row["score"]),
                red=row["red"],
                black=row["black"],
            )
            for row in await self._connection.fetch(text, *values)
        ]
