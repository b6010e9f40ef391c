"""Lists of acts of supervision, each within a scope; pages by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.reach import Reach
from services.store.records import StoredState


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFilter:
    """Which acts; None filters by nothing. ``sources`` are the ids of what gave rise to them.

    ``text`` is part of the title or the whole number; ``planned_from`` is inclusive, ``planned_to`` exclusive.
    """

    kinds: Sequence[str] | None = None
    units: Sequence[str] | None = None
    campaigns: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    open: bool | None = None
    planned_from: datetime | None = None
    planned_to: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ActPlace:
    """Where a page ended: when the last act was planned, and its id."""

    at: datetime
    act_id: UUID


class ActQueries:
    """Reads the acts' current states."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def one(self, act_id: UUID, scope: Reach) -> StoredState | None:
        """The act, or None where it does not exist or lies outside the scope."""
        found = _within(scope)
        found.add("stream_id = {}", act_id)
        row = await self._pool.fetchrow(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}",  # noqa: S608
            *found.values,
        )
        return None if row is None else state_of(row)

    async def page(self, wanted: ActFilter, scope: Reach, *, after: ActPlace | None, limit: int) -> list[StoredState]:
        """The next acts after a place, the newest first."""
        found = _conditions(wanted, scope)
        if after is not None:
            at, act_id = found.parameter(after.at), found.parameter(after.act_id)
            found.texts.append(f"reported_at <= {at} AND (reported_at < {at} OR stream_id > {act_id})")
        rows = await self._pool.fetch(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}"  # noqa: S608 - only constants and parameters
            f" ORDER BY reported_at DESC, stream_id LIMIT {found.parameter(limit)}",
            *found.values,
        )
        return [state_of(row) for row in rows]


def _within(scope: Reach) -> Conditions:
    found = Conditions(["kind = 'act'"])
    scope.narrow(found)
    return found


def _conditions(wanted: ActFilter, scope: Reach) -> Conditions:
    found = _within(scope)
    found.add("category = ANY ({}::text[])", wanted.kinds)
    found.add("unit = ANY ({}::text[])", wanted.units)
    found.add("campaign_id = ANY ({}::text[])", wanted.campaigns)
    if wanted.sources is not None:
        # As the index on it says: without both of these it is of no use.
        found.texts.append("kind IN ('act', 'case') AND source IS NOT NULL")
    found.add("source = ANY ({}::text[])", wanted.sources)
    found.add("status = ANY ({}::text[])", wanted.statuses)
    found.add("open = {}", wanted.open)
    found.add("reported_at >= {}", wanted.planned_from)
    found.add("reported_at < {}", wanted.planned_to)
    found.add("(number = {} OR strpos(lower(title), lower({})) > 0)", wanted.text)
    return found
