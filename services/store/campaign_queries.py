"""Reads campaigns and the designations in them, each within a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import STATE_COLUMNS, state_of
from services.store.records import StoredState

# The plan of a paused campaign stands within what goes on afterwards.
_PLAN = "coalesce(state -> 'plan', state -> 'running' -> 'plan')"
_TAKES_PART = (
    f"({_PLAN} -> 'units' ?| {{}}::text[] OR {_PLAN} -> 'working_groups' ?| {{}}::text[]"
    f" OR {_PLAN} ->> 'office' = ANY ({{}}::text[]) OR {_PLAN} ->> 'leading_group' = ANY ({{}}::text[])"
    " OR EXISTS (SELECT FROM es.current_state o WHERE o.kind = 'obligation' AND o.campaign_id = c.number"
    " AND o.unit = ANY ({}::text[])))"
)
_APPLIES = f"({_PLAN} -> 'areas' = '[]'::jsonb OR {_PLAN} -> 'areas' ?| {{}}::text[])"
_STATES = f"SELECT {STATE_COLUMNS} FROM es.current_state c"  # noqa: S608
_MARKS = """
    SELECT s.category AS designation, e.occurred_at, e.area, e.type = 'designation.granted.v1' AS granted
      FROM es.current_state s JOIN es.event e USING (stream_id)
     WHERE s.kind = 'designation' AND s.campaign_id = $1 ORDER BY e.occurred_at, e.seq"""


@dataclass(frozen=True, slots=True)
class CampaignScope:
    """Whose campaigns somebody may see: those these units take part in, those that apply in these areas; None: any."""

    units: frozenset[str] | None = None
    areas: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DesignationMark:
    """A designation was granted to an area, or withdrawn from it."""

    designation: str
    at: datetime
    area: str
    granted: bool


class CampaignQueries:
    """Reads the campaigns' current states, over a pool from `open_pool`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(
        self, scope: CampaignScope, *, statuses: Sequence[str] | None, after: str | None, limit: int
    ) -> list[StoredState]:
        """The next campaigns by id after one of them."""
        found = _within(scope)
        found.add("status = ANY ({}::text[])", statuses)
        found.add("number > {}", after)
        return await self._states(found, f" ORDER BY number LIMIT {found.parameter(limit)}")

    async def one(self, stream_id: UUID, scope: CampaignScope) -> StoredState | None:
        """The campaign, or None where it does not exist or lies outside the scope."""
        found = _within(scope)
        found.add("stream_id = {}", stream_id)
        return next(iter(await self._states(found)), None)

    async def designations(
        self,
        campaign_id: str,
        *,
        designation: str | None,
        statuses: Sequence[str] | None,
        areas: frozenset[str] | None,
        after: str | None,
        limit: int,
    ) -> list[StoredState]:
        """The next designations of a campaign by number after one of them."""
        found = Conditions(["kind = 'designation'"])
        found.add("campaign_id = {}", campaign_id)
        # Numbers begin with the campaign, and there is an index on numbers: "0" follows on "/".
        found.add("number >= {}", f"{campaign_id}/")
        found.add("number < {}", f"{campaign_id}0")
        found.add("category = {}", designation)
        found.add("status = ANY ({}::text[])", statuses)
        found.add("area = ANY ({}::text[])", None if areas is None else sorted(areas))
        found.add("number > {}", after)
        return await self._states(found, f" ORDER BY number LIMIT {found.parameter(limit)}")

    async def marks(self, campaign_id: str) -> list[DesignationMark]:
        """Everything that happened to designations in a campaign, oldest first."""
        return [
            DesignationMark(row["designation"], row["occurred_at"], row["area"], row["granted"])
            for row in await self._pool.fetch(_MARKS, campaign_id)
        ]

    async def _states(self, found: Conditions, more: str = "") -> list[StoredState]:
        return [state_of(row) for row in await self._pool.fetch(f"{_STATES} WHERE {found}{more}", *found.values)]


def _within(scope: CampaignScope) -> Conditions:
    found = Conditions(["kind = 'campaign'"])
    found.add(_TAKES_PART, None if scope.units is None else sorted(scope.units))
    found.add(_APPLIES, None if scope.areas is None else sorted(scope.areas))
    return found
