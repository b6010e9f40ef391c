"""Reads what acts and cases follow from, and keeps what should have followed and did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from services.store.event_reading import EVENT_COLUMNS, STATE_COLUMNS, event_of, state_of
from services.store.records import StoredEvent, StoredState

_LAST = "SELECT coalesce(max(pos), -1) FROM es.log"
_ENTRIES = f"""
    SELECT l.pos, e.* FROM es.log l
     CROSS JOIN LATERAL (SELECT {EVENT_COLUMNS} FROM es.event WHERE seq = l.seq AND type = ANY ($3)) e
     WHERE l.pos > $1 AND l.pos <= $2 ORDER BY l.pos"""  # noqa: S608 - names of columns
_BULLETINS = f"""
    SELECT {STATE_COLUMNS} FROM es.current_state
     WHERE kind = 'bulletin' AND campaign_id IS NOT DISTINCT FROM $1 AND category = $2"""  # noqa: S608
_OPEN_CASES = f"""
    SELECT {STATE_COLUMNS} FROM es.current_state WHERE kind = 'case' AND unit = $1 AND open"""  # noqa: S608
_ONE_BULLETIN_AFTER_THE_OTHER = "SELECT pg_advisory_xact_lock(hashtextextended('duban criticisms', 0))"
# What a bulletin named a moment ago is not marked as published yet.
_CRITICISMS = f"""
    SELECT {STATE_COLUMNS} FROM es.current_state act
     WHERE kind = 'act' AND category = 'criticism' AND status = 'issued'
       AND ($1::text IS NULL OR campaign_id = $1)
       AND NOT EXISTS (
           SELECT 1 FROM es.current_state bulletin
            WHERE bulletin.kind = 'bulletin' AND bulletin.reported_at >= act.reported_at
              AND jsonb_path_exists(bulletin.state, '$.editions[*].content.criticisms[*] ? (@.act_id == $act)',
                                    jsonb_build_object('act', act.stream_id)))
     ORDER BY number"""  # noqa: S608
_KEEP = """
    INSERT INTO es.passed_over (pos, stream_id, kind, code, facts) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING"""
_PASSED_OVER = """
    SELECT pos, stream_id, kind, code, facts, passed_at FROM es.passed_over
     WHERE $1::bigint IS NULL OR (pos, stream_id) < ($1, $2) ORDER BY pos DESC, stream_id DESC LIMIT $3"""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What should have followed from the entry of the log at a position, and why it did not."""

    position: int
    stream_id: UUID
    kind: str
    code: str
    facts: Mapping[str, str | int]
    passed_at: datetime


class ConsequenceQueries:
    """The log by types of events, and current states, over a pool from `open_pool` or one connection of it."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy) -> None:
        self._pool = pool

    async def last_position(self) -> int:
        """The last position of the log; -1 while it is empty."""
        return await self._pool.fetchval(_LAST)

    async def entries(self, after: int, upto: int, types: Sequence[str]) -> list[StoredEvent]:
        """The events of these types after a position and up to another, in log order."""
        rows = await self._pool.fetch(_ENTRIES, after, upto, list(types))
        return [event_of(row, row["pos"]) for row in rows]

    async def bulletins(self, campaign_id: str | None, kind: str) -> list[StoredState]:
        """Every bulletin of a kind, of a campaign or of the whole city, in no order."""
        return [state_of(row) for row in await self._pool.fetch(_BULLETINS, campaign_id, kind)]

    async def open_cases(self, unit: str) -> list[StoredState]:
        """The cases against a unit that are not over."""
        return [state_of(row) for row in await self._pool.fetch(_OPEN_CASES, unit)]

    async def issued_criticisms(self, campaign_id: str | None) -> list[StoredState]:
        """The issued criticisms that no bulletin has named yet, of a campaign; without one all of them.

        Within a transaction nobody else is told of the same ones until it ends.
        """
        await self._pool.execute(_ONE_BULLETIN_AFTER_THE_OTHER)
        return [state_of(row) for row in await self._pool.fetch(_CRITICISMS, campaign_id)]

    async def pass_over(
        self, position: int, stream_id: UUID, kind: str, code: str, facts: Mapping[str, str | int]
    ) -> None:
        """Keep that something did not follow; the first reason stays."""
        await self._pool.execute(_KEEP, position, stream_id, kind, code, orjson.dumps(facts))

    async def passed_over(self, after: tuple[int, UUID] | None, limit: int) -> list[PassedOver]:
        """What did not follow, newest first, after where a page ended: at a position, with a stream."""
        position, stream_id = after or (None, None)
        rows = await self._pool.fetch(_PASSED_OVER, position, stream_id, limit)
        return [
            PassedOver(
                row["pos"], row["stream_id"], row["kind"], row["code"], orjson.loads(row["facts"]), row["passed_at"]
            )
            for row in rows
        ]
