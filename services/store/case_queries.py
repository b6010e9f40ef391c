"""Lists accountability cases within a scope, page by keyset; says which of the things a case names exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.reach import Reach
from services.store.records import StoredState

CaseOrder = Literal["opened", "due"]

_NAMED = """
    SELECT kind, stream_id, number, unit, area FROM es.current_state
     WHERE (kind IN ('item', 'obligation') AND stream_id = ANY ($1))
        OR (kind IN ('bulletin', 'act') AND number = ANY ($2))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases; None filters by nothing. ``text`` is part of the title or the whole number."""

    campaigns: Sequence[str] | None = None
    units: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    causes: Sequence[str] | None = None
    open: bool | None = None
    overdue: bool | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where a page ended: the last case's instant (opened or due, as ordered) and id."""

    at: datetime
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a case or a decision can rest on, as far as lists know it."""

    kind: str
    stream_id: UUID
    number: str | None
    unit: str | None
    area: str | None


class CaseQueries:
    """Reads the cases' current states."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def one(self, case_id: UUID, scope: Reach) -> StoredState | None:
        """The case, or None where it does not exist or lies outside the scope."""
        found = _within(scope)
        found.add("stream_id = {}", case_id)
        row = await self._pool.fetchrow(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}",  # noqa: S608
            *found.values,
        )
        return None if row is None else state_of(row)

    async def page(
        self,
        wanted: CaseFilter,
        scope: Reach,
        now: datetime,
        *,
        order: CaseOrder,
        after: CasePlace | None,
        limit: int,
    ) -> list[StoredState]:
        """The next cases after a place: newest first, or earliest deadline first (only those that have one)."""
        found = _conditions(wanted, scope, now)
        column, direction, beyond = ("due_at", "ASC", ">") if order == "due" else ("reported_at", "DESC", "<")
        if order == "due":
            found.texts.append("due_at IS NOT NULL")
        if after is not None:
            at, case_id = found.parameter(after.at), found.parameter(after.case_id)
            found.texts.append(f"({column} {beyond} {at} OR ({column} = {at} AND stream_id > {case_id}))")
        rows = await self._pool.fetch(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}"  # noqa: S608 - only constants and parameters
            f" ORDER BY {column} {direction}, stream_id LIMIT {found.parameter(limit)}",
            *found.values,
        )
        return [state_of(row) for row in rows]

    async def named(self, stream_ids: Sequence[UUID], numbers: Sequence[str]) -> list[Named]:
        """Those items and obligations of these ids, and bulletins and acts of these numbers, that exist."""
        rows = await self._pool.fetch(_NAMED, list(stream_ids), list(numbers))
        return [Named(**row) for row in rows]


def _within(scope: Reach) -> Conditions:
    found = Conditions(["kind = 'case'"])
    scope.narrow(found)
    return found


def _conditions(wanted: CaseFilter, scope: Reach, now: datetime) -> Conditions:
    found = _within(scope)
    found.add("campaign_id = ANY ({}::text[])", wanted.campaigns)
    found.add("unit = ANY ({}::text[])", wanted.units)
    found.add("status = ANY ({}::text[])", wanted.statuses)
    found.add("category = ANY ({}::text[])", wanted.causes)
    found.add("open = {}", wanted.open)
    if wanted.overdue is not None:
        found.add("(open AND due_at < {})" + ("" if wanted.overdue else " IS NOT TRUE"), now)
    found.add("(number = {} OR strpos(lower(title), lower({})) > 0)", wanted.text)
    return found
