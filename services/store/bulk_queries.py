"""Chooses the items a bulk operation works on, by keyset, and lists the operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.records import StoredState

_ANSWERED = """
    SELECT idempotency_key FROM es.command WHERE idempotency_key > $1 AND idempotency_key < $2 ORDER BY 1"""
_AREAS = "state #> '{progress,selection,areas}'"
_WITHIN = f"({_AREAS} <@ to_jsonb({{}}::text[]) AND {_AREAS} <> '[]'::jsonb)"
_OPERATIONS = f"SELECT {STATE_COLUMNS} FROM es.current_state"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItems:
    """Open items that meet every condition given; empty: any."""

    campaign_id: str | None = None
    units: Sequence[str] = ()
    areas: Sequence[str] = ()
    categories: Sequence[str] = ()
    statuses: Sequence[str] = ()
    items: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class BulkPlace:
    """Where a page of operations ended."""

    at: datetime
    stream_id: UUID


class BulkQueries:
    """Reads over a pool from `open_pool`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, wanted: OpenItems, after: UUID | None, limit: int) -> list[UUID]:
        """The ids of the next items after one of them, in order."""
        found = _conditions(wanted)
        found.add("stream_id > {}", after)
        query = (
            f"SELECT stream_id FROM es.current_state WHERE {found} ORDER BY stream_id LIMIT {found.parameter(limit)}"  # noqa: S608 - constants and parameters
        )
        return [row["stream_id"] for row in await self._pool.fetch(query, *found.values)]

    async def count(self, wanted: OpenItems) -> int:
        """How many there are now."""
        found = _conditions(wanted)
        return await self._pool.fetchval(f"SELECT count(*) FROM es.current_state WHERE {found}", *found.values)  # noqa: S608

    async def answered(self, prefix: str, after: str) -> list[str]:
        """The idempotency keys that begin with a prefix and come after one of them, in order."""
        # In the C collation ";" is what follows ":".
        upto = prefix.removesuffix(":") + ";"
        rows = await self._pool.fetch(_ANSWERED, max(prefix, after), upto)
        return [row["idempotency_key"] for row in rows]

    async def operations(
        self,
        *,
        campaign_id: str | None,
        statuses: Sequence[str] | None,
        areas: Sequence[str] | None,
        after: BulkPlace | None,
        limit: int,
    ) -> list[StoredState]:
        """The next operations, those started last first; with ``areas`` those that select within them."""
        found = Conditions(["kind = 'bulk'"])
        found.add(_WITHIN, areas)
        found.add("campaign_id = {}", campaign_id)
        found.add("status = ANY ({}::text[])", statuses)
        if after is not None:
            at, stream_id = found.parameter(after.at), found.parameter(after.stream_id)
            found.texts.append(f"reported_at <= {at} AND (reported_at < {at} OR stream_id > {stream_id})")
        return await self._states(found, f" ORDER BY reported_at DESC, stream_id LIMIT {found.parameter(limit)}")

    async def one(self, stream_id: UUID) -> StoredState | None:
        """One operation, or None."""
        found = Conditions(["kind = 'bulk'"])
        found.add("stream_id = {}", stream_id)
        return next(iter(await self._states(found)), None)

    async def _states(self, found: Conditions, more: str = "") -> list[StoredState]:
        rows = await self._pool.fetch(f"{_OPERATIONS} WHERE {found}{more}", *found.values)
        return [state_of(row) for row in rows]


def _conditions(wanted: OpenItems) -> Conditions:
    found = Conditions(["kind = 'item' AND open"])
    found.add("campaign_id = {}", wanted.campaign_id)
    lists: dict[str, Sequence[Any]] = {
        "unit = ANY ({}::text[])": wanted.units,
        "area = ANY ({}::text[])": wanted.areas,
        "category = ANY ({}::text[])": wanted.categories,
        "status = ANY ({}::text[])": wanted.statuses,
        "stream_id = ANY ({}::uuid[])": wanted.items,
    }
    for template, values in lists.items():
        found.add(template, list(values) or None)
    return found
