"""Lists and counts of items, each within a scope; pages by keyset, so that the last page is as fast as the first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.records import StoredState

Order = Literal["reported", "due"]
Dimension = Literal["category", "status", "unit", "area", "channel", "source", "highest_rung", "month"]

_MONTH = "to_char(reported_at AT TIME ZONE {}, 'YYYY-MM')"
_OVERDUE = "(open AND due_at < {})"
# A report made by hand is known by its principal and the key it came under; an index has the first half.
_REPORTED_BY = "(source = 'duban' AND split_part(state #>> '{{dossier,issue,source_id}}', ':', 1) = {})"
_PERSON = "state #>> '{{dossier,issue,reporter}}' = {}"
_MARKED = """EXISTS (SELECT FROM jsonb_array_elements(state #> '{{dossier,marks}}') AS mark
                      WHERE mark ->> 'unit' = ANY ({}::text[]))"""
_NUMBER = re.compile(r"\d{4}-\d{7,}")

_CLIMBED = """
    SELECT data ->> 'rung' AS rung, count(*) AS times, count(DISTINCT (stream_id, data ->> 'clock_id')) AS clocks
      FROM (SELECT stream_id, convert_from(data, 'UTF8')::jsonb AS data FROM es.event
             WHERE type IN ('item.rung_climbed.v1', 'item.accountability_fell_due.v1')) AS event
     WHERE stream_id IN (SELECT stream_id FROM es.current_state WHERE {})
     GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody may see: items of these units (lead or supporting), in these areas, from these sources.

    None means any. ``reported_by``: beside those of the units, what this principal reported by hand. ``marked``: also
    items that others have meanwhile, with a missed deadline that counts against one of the units. Of single items
    only: no index has it.
    """

    units: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    reported_by: str | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """Which items; None filters by nothing. ``from`` is inclusive, ``to`` and ``before`` exclusive.

    ``text`` is part of the title or the whole number.
    """

    statuses: Sequence[str] | None = None
    open: bool | None = None
    units: Sequence[str] | None = None
    areas: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    sources: Sequence[str] | None = None
    rungs: Sequence[str] | None = None
    overdue: bool | None = None
    reported_from: datetime | None = None
    reported_to: datetime | None = None
    due_before: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last item's instant (reported or due, as ordered) and id."""

    at: datetime
    item_id: UUID


@dataclass(frozen=True, slots=True)
class ClimbedRungs:
    """Rungs climbed by kind; how many of them a second time on the same clock; and accountability cases due."""

    climbed: dict[str, int]
    climbed_twice: int
    accountability_due: int


@dataclass(slots=True)
class _Conditions:
    texts: list[str] = field(default_factory=lambda: ["kind = 'item'"])
    values: list[Any] = field(default_factory=list[Any])

    def parameter(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, template: str, value: Any) -> None:
        if value is not None:
            self.texts.append(template.format(self.parameter(value)))

    def __str__(self) -> str:
        return " AND ".join(self.texts)


class ItemQueries:
    """Reads the items' current states, over a pool from `open_pool`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def one(self, item_id: UUID, scope: Scope, now: datetime) -> StoredState | None:
        """The item, or None where it does not exist or lies outside the scope."""
        found = _conditions(ItemFilter(), scope, now)
        found.add("stream_id = {}", item_id)
        row = await self._pool.fetchrow(f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}", *found.values)  # noqa: S608
        return None if row is None else state_of(row)

    async def is_visible(self, item_id: UUID, scope: Scope, now: datetime) -> bool:
        """Say whether there is such an item within the scope."""
        found = _conditions(ItemFilter(), scope, now)
        found.add("stream_id = {}", item_id)
        query = f"SELECT EXISTS (SELECT FROM es.current_state WHERE {found})"  # noqa: S608
        return await self._pool.fetchval(query, *found.values)

    async def names(self, person_id: UUID, scope: Scope, now: datetime) -> bool:
        """Say whether an item within the scope names the person as its reporter."""
        found = _conditions(ItemFilter(), scope, now)
        found.add(_PERSON, str(person_id))
        query = f"SELECT EXISTS (SELECT FROM es.current_state WHERE {found})"  # noqa: S608
        return await self._pool.fetchval(query, *found.values)

    async def page(
        self, wanted: ItemFilter, scope: Scope, now: datetime, *, order: Order, after: Place | None, limit: int
    ) -> list[StoredState]:
        """The next items after a place: newest report first, or earliest deadline first (only those that have one)."""
        found = _conditions(wanted, scope, now)
        column, direction, beyond = ("due_at", "ASC", ">") if order == "due" else ("reported_at", "DESC", "<")
        if order == "due":
            found.texts.append("open AND due_at IS NOT NULL")
        if after is not None:
            at, item_id = found.parameter(after.at), found.parameter(after.item_id)
            found.texts.append(f"{column} {beyond}= {at} AND ({column} {beyond} {at} OR stream_id > {item_id})")
        rows = await self._pool.fetch(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}"  # noqa: S608 - only constants and parameters
            f" ORDER BY {column} {direction}, stream_id LIMIT {found.parameter(limit)}",
            *found.values,
        )
        return [state_of(row) for row in rows]

    async def counts(
        self, by: Sequence[Dimension], wanted: ItemFilter, scope: Scope, now: datetime, *, timezone: str
    ) -> list[tuple[tuple[str | None, ...], int]]:
        """How many items there are for each combination of values, the most frequent first; months in the time zone."""
        found = _conditions(wanted, scope, now)
        columns = [_MONTH.format(found.parameter(timezone)) if name == "month" else name for name in by]
        keys = ", ".join(str(number) for number in range(1, len(columns) + 1))
        query = f"SELECT {', '.join([*columns, 'count(*) AS items'])} FROM es.current_state WHERE {found}"  # noqa: S608
        if columns:
            query += f" GROUP BY {keys} ORDER BY items DESC, {keys}"
        rows = await self._pool.fetch(query, *found.values)
        return [(tuple(row)[:-1], row["items"]) for row in rows]

    async def rungs(self, scope: Scope, now: datetime) -> ClimbedRungs:
        """What the events of the items within the scope say about the ladder."""
        found = _conditions(ItemFilter(), scope, now)
        rows = await self._pool.fetch(_CLIMBED.format(found), *found.values)
        return ClimbedRungs(
            climbed={row["rung"]: row["times"] for row in rows if row["rung"] is not None},
            climbed_twice=sum(row["times"] - row["clocks"] for row in rows if row["rung"] is not None),
            accountability_due=sum(row["times"] for row in rows if row["rung"] is None),
        )


def _conditions(wanted: ItemFilter, scope: Scope, now: datetime) -> _Conditions:
    found = _Conditions()
    if scope.units is not None:
        units = found.parameter(sorted(scope.units))
        either = [f"unit = ANY ({units})", f"supporting && {units}::text[]"]
        if scope.reported_by is not None:
            either.append(_REPORTED_BY.format(found.parameter(scope.reported_by)))
        if scope.marked:
            either.append(_MARKED.format(units))
        found.texts.append(f"({' OR '.join(either)})")
    found.add("area = ANY ({})", None if scope.areas is None else sorted(scope.areas))
    found.add("source = ANY ({})", None if scope.sources is None else sorted(scope.sources))
    found.add("status = ANY ({})", wanted.statuses)
    found.add("open = {}", wanted.open)
    found.add("unit = ANY ({})", wanted.units)
    found.add("area = ANY ({})", wanted.areas)
    found.add("category = ANY ({})", wanted.categories)
    found.add("channel = ANY ({})", wanted.channels)
    found.add("source = ANY ({})", wanted.sources)
    found.add("highest_rung = ANY ({})", wanted.rungs)
    if wanted.overdue is not None:
        found.add(_OVERDUE if wanted.overdue else f"{_OVERDUE} IS NOT TRUE", now)
    found.add("reported_at >= {}", wanted.reported_from)
    found.add("reported_at < {}", wanted.reported_to)
    found.add("due_at < {}", wanted.due_before)
    if wanted.text is not None and _NUMBER.fullmatch(wanted.text):
        found.add("number = {}", wanted.text)
    elif wanted.text is not None:
        found.add("strpos(lower(title), lower({})) > 0", wanted.text)
    return found
