"""Lists, counts and sums of obligations, each within a scope; pages by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.records import StoredState

ObligationOrder = Literal["number", "due"]
ObligationDimension = Literal["kind", "status", "unit", "campaign", "highest_rung", "late", "standard_node"]
QuantityDimension = Literal["unit", "duty", "day"]

_COLUMNS: dict[ObligationDimension, str] = {
    "kind": "category",
    "status": "status",
    "unit": "unit",
    "campaign": "campaign_id",
    "highest_rung": "highest_rung",
    # What is open and late already is late, too.
    "late": "((state -> 'record' ->> 'late')::bool OR (open AND due_at < {now}))",
    "standard_node": "state -> 'record' -> 'owed' ->> 'standard_node'",
}
# The last report of each obligation that stands: what was returned and handed in again counts once.
_REPORTS = """
    SELECT s.unit, s.state -> 'record' -> 'owed' ->> 'duty_id' AS duty,
           (s.state -> 'record' -> 'owed' ->> 'occurrence')::timestamptz AS occurrence, r.data
      FROM es.current_state s
     CROSS JOIN LATERAL (
           SELECT convert_from(e.data, 'UTF8')::jsonb AS data FROM es.event e
            WHERE e.stream_id = s.stream_id AND e.type IN ('obligation.fulfilled.v1', 'obligation.submitted.v1')
            ORDER BY e.version DESC LIMIT 1) r
     WHERE {}"""
_BY: dict[QuantityDimension, str] = {
    "unit": "unit",
    "duty": "duty",
    "day": "to_char(occurrence AT TIME ZONE {timezone}, 'YYYY-MM-DD')",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationFilter:
    """Which obligations; None filters by nothing. ``text`` is part of the title or the whole number."""

    campaigns: Sequence[str] | None = None
    kinds: Sequence[str] | None = None
    units: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    rungs: Sequence[str] | None = None
    open: bool | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ObligationPlace:
    """Where a page ended: the last obligation's due instant, where the list goes by it, and its number."""

    number: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuantitySum:
    """Work done of one kind, by the dimension asked for (None without one)."""

    kind: str
    by: str | None
    amount: Decimal
    reports: int


class ObligationQueries:
    """Reads the obligations' current states. A scope is the set of units somebody may see; None: any."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def one(self, obligation_id: UUID, scope: frozenset[str] | None) -> StoredState | None:
        """The obligation, or None where it does not exist or lies outside the scope."""
        found = _within(scope)
        found.add("stream_id = {}", obligation_id)
        row = await self._pool.fetchrow(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}",  # noqa: S608
            *found.values,
        )
        return None if row is None else state_of(row)

    async def page(
        self,
        wanted: ObligationFilter,
        scope: frozenset[str] | None,
        now: datetime,
        *,
        order: ObligationOrder,
        after: ObligationPlace | None,
        limit: int,
    ) -> list[StoredState]:
        """The next obligations after a place: by number, or earliest deadline first (only those that have one)."""
        found = _conditions(wanted, scope, now)
        if order == "due":
            found.texts.append("open AND due_at IS NOT NULL")
        if after is not None and order == "due":
            found.texts.append(f"(due_at, number) > ({found.parameter(after.at)}, {found.parameter(after.number)})")
        elif after is not None:
            found.add("number > {}", after.number)
        keys = "due_at, number" if order == "due" else "number"
        rows = await self._pool.fetch(
            f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE {found}"  # noqa: S608 - only constants and parameters
            f" ORDER BY {keys} LIMIT {found.parameter(limit)}",
            *found.values,
        )
        return [state_of(row) for row in rows]

    async def counts(
        self,
        by: Sequence[ObligationDimension],
        wanted: ObligationFilter,
        scope: frozenset[str] | None,
        now: datetime,
    ) -> list[tuple[tuple[str | bool | None, ...], int]]:
        """How many obligations there are for each combination of values, the most frequent first."""
        found = _conditions(wanted, scope, now)
        moment = found.parameter(now)
        # The first column makes sure that every parameter is used.
        columns = [f"{moment}::timestamptz", *(_COLUMNS[name].replace("{now}", moment) for name in by)]
        keys = ", ".join(str(number) for number in range(1, len(columns) + 1))
        rows = await self._pool.fetch(
            f"SELECT {', '.join(columns)}, count(*) AS obligations FROM es.current_state WHERE {found}"  # noqa: S608
            f" GROUP BY {keys} ORDER BY obligations DESC, {keys}",
            *found.values,
        )
        return [(tuple(row)[1:-1], row["obligations"]) for row in rows]

    async def quantities(
        self,
        campaign_id: str,
        scope: frozenset[str] | None,
        *,
        by: QuantityDimension | None,
        starts_at: datetime | None,
        ends_at: datetime | None,
        timezone: str,
    ) -> list[QuantitySum]:
        """Work reported under duties, by kind; the period is that of the occurrences, its end exclusive."""
        found = _within(scope)
        found.texts.append("category = 'duty' AND status IN ('fulfilled', 'submitted')")
        found.add("campaign_id = {}", campaign_id)
        occurrence = "(state -> 'record' -> 'owed' ->> 'occurrence')::timestamptz"
        found.add(f"{occurrence} >= {{}}", starts_at)
        found.add(f"{occurrence} < {{}}", ends_at)
        column = "NULL" if by is None else _BY[by]
        if "{timezone}" in column:
            column = column.replace("{timezone}", found.parameter(timezone))
        rows = await self._pool.fetch(
            f"SELECT q ->> 'kind' AS kind, {column} AS by, sum((q ->> 'amount')::numeric) AS amount,"  # noqa: S608
            f" count(*) AS reports FROM ({_REPORTS.format(found)}) r"
            " CROSS JOIN LATERAL jsonb_array_elements(r.data -> 'quantities') q GROUP BY 1, 2 ORDER BY 1, 2",
            *found.values,
        )
        return [QuantitySum(row["kind"], row["by"], row["amount"], row["reports"]) for row in rows]


def _within(scope: frozenset[str] | None) -> Conditions:
    found = Conditions(["kind = 'obligation'"])
    found.add("(unit = ANY ({}::text[]) OR supporting && {}::text[])", None if scope is None else sorted(scope))
    return found


def _conditions(wanted: ObligationFilter, scope: frozenset[str] | None, now: datetime) -> Conditions:
    found = _within(scope)
    found.add("campaign_id = ANY ({}::text[])", wanted.campaigns)
    if wanted.campaigns is not None and len(wanted.campaigns) == 1:
        # Numbers begin with the campaign, and there is an index on numbers: "0" follows on "/".
        found.add("number >= {}", f"{wanted.campaigns[0]}/")
        found.add("number < {}", f"{wanted.campaigns[0]}0")
    found.add("category = ANY ({}::text[])", wanted.kinds)
    found.add("unit = ANY ({}::text[])", wanted.units)
    found.add("status = ANY ({}::text[])", wanted.statuses)
    found.add("highest_rung = ANY ({}::text[])", wanted.rungs)
    found.add("open = {}", wanted.open)
    if wanted.overdue is not None:
        found.add("(open AND due_at < {})" + ("" if wanted.overdue else " IS NOT TRUE"), now)
    found.add("due_at < {}", wanted.due_before)
    found.add("(number = {} OR strpos(lower(title), lower({})) > 0)", wanted.text)
    return found
