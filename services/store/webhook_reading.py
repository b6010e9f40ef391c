"""Reads the log for webhooks: what happened to which item, and who is to be told."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.store.subscriptions import FencedOffError

SUBSCRIPTION = "webhooks"
_AT_WORK = "SELECT pg_try_advisory_lock(hashtextextended('duban webhooks', 0))"
_ACQUIRE = """
    INSERT INTO es.subscription (name, epoch) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET epoch = es.subscription.epoch + 1, updated_at = now() RETURNING epoch, pos"""
_ADVANCE = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 AND pos = $4 RETURNING pos"""
_LAST = "SELECT coalesce(max(pos), -1) FROM es.log"
# A suspended item keeps its dossier in the step it goes on from.
_ABSORBED = """ARRAY (SELECT jsonb_array_elements_text(
    coalesce(c.state #> '{dossier,absorbed}', c.state #> '{resumes,dossier,absorbed}', '[]'))::uuid)"""
_PAGE = f"""
    SELECT l.pos, e.*, c.source, c.area, {_ABSORBED} AS absorbed FROM es.log l
     CROSS JOIN LATERAL (SELECT stream_id, version, event_id, kind, type, occurred_at FROM es.event
                          WHERE seq = l.seq AND kind = ANY ($3)) e
      LEFT JOIN es.current_state c ON c.stream_id = e.stream_id
     WHERE l.pos > $1 AND l.pos <= $2 ORDER BY l.pos"""  # noqa: S608 - constants
# Items, and whatever was merged into them, and into that.
_REPORTS = f"""
    WITH RECURSIVE report (stream_id) AS (
      SELECT unnest($1::uuid[])
      UNION
      SELECT duplicate FROM report r JOIN es.current_state c ON c.stream_id = r.stream_id AND c.kind = 'item'
       CROSS JOIN LATERAL unnest({_ABSORBED}) AS a (duplicate))
    SELECT c.stream_id, c.number, c.source, c.area, {_ABSORBED} AS absorbed,
           coalesce(c.state #>> '{{dossier,issue,source_id}}',
                    c.state #>> '{{resumes,dossier,issue,source_id}}') AS source_id
      FROM report r JOIN es.current_state c ON c.stream_id = r.stream_id AND c.kind = 'item'"""  # noqa: S608 - constants
_HISTORIES = """
    SELECT e.stream_id, e.version, e.data FROM unnest($1::uuid[], $2::bigint[]) AS w (stream_id, version)
     CROSS JOIN LATERAL (SELECT stream_id, version, data FROM es.event
                          WHERE stream_id = w.stream_id AND version <= w.version) e
     ORDER BY e.stream_id, e.version"""
_ENDPOINTS = """
    SELECT s.state AS webhook, p.state AS principal, w.since_position FROM private.webhook w
      JOIN es.current_state s ON s.stream_id = w.webhook_id AND s.kind = 'webhook' AND s.status <> 'retired'
      JOIN es.current_state p ON p.stream_id = (s.state ->> 'principal')::uuid AND p.kind = 'principal'
     WHERE p.status = 'active'"""
_SINCE = "UPDATE private.webhook SET since_position = $2 WHERE webhook_id = $1"


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as the log holds it; ``source`` and ``area`` are the item's, None for a webhook's own events.

    ``absorbed``: duplicates that have been merged into the item by now, maybe after this event.
    """

    position: int
    stream_id: UUID
    version: int
    event_id: UUID
    kind: str
    type: str
    occurred_at: datetime
    source: str | None
    area: str | None
    absorbed: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """An item as those know it who reported it. ``absorbed``: duplicates that had been merged into it."""

    item: UUID
    number: str
    source: str
    area: str | None
    source_id: str
    absorbed: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """A webhook that is not over, its principal that may act, as JSON; ``since`` once its registration was read."""

    webhook: bytes
    principal: bytes
    since: int | None


class WebhookLog:
    """The log as the one process reads it that puts messages on the way. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._epoch = 0
        self.position = -1

    async def begin(self) -> bool:
        """Take the subscription over; False where another process is at work."""
        if not await self._connection.fetchval(_AT_WORK):
            return False
        row = await self._connection.fetchrow(_ACQUIRE, SUBSCRIPTION)
        if row is None:
            raise LookupError("RETURNING returns a row")
        self._epoch, self.position = row["epoch"], row["pos"]
        return True

    async def last(self) -> int:
        """The last position of the log; -1 for an empty one."""
        return await self._connection.fetchval(_LAST)

    async def endpoints(self) -> list[EndpointRecord]:
        """Every webhook that is not over."""
        rows = await self._connection.fetch(_ENDPOINTS)
        return [EndpointRecord(row["webhook"], row["principal"], row["since_position"]) for row in rows]

    async def page(self, upto: int, kinds: Sequence[str]) -> list[Happening]:
        """What happened to aggregates of these kinds after the position held, up to another."""
        rows = await self._connection.fetch(_PAGE, self.position, upto, list(kinds))
        return [
            Happening(
                row["pos"],
                row["stream_id"],
                row["version"],
                row["event_id"],
                row["kind"],
                row["type"],
                row["occurred_at"],
                row["source"],
                row["area"],
                tuple(row["absorbed"]),
            )
            for row in rows
        ]

    async def reports(self, items: Collection[UUID]) -> dict[UUID, Report]:
        """These items, and whatever was merged into them, directly or by way of others."""
        rows = await self._connection.fetch(_REPORTS, list(items)) if items else []
        return {
            row["stream_id"]: Report(
                row["stream_id"],
                row["number"],
                row["source"],
                row["area"],
                row["source_id"],
                tuple(row["absorbed"]),
            )
            for row in rows
        }

    async def histories(self, versions: Mapping[UUID, int]) -> list[tuple[UUID, int, bytes]]:
        """All events of these streams up to a version each, stream by stream."""
        rows = await self._connection.fetch(_HISTORIES, list(versions), list(versions.values()))
        return [(row["stream_id"], row["version"], row["data"]) for row in rows]

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """One transaction for the position and for what follows from it."""
        return self._connection.transaction()

    async def advance(self, upto: int) -> None:
        """Move the position, inside a transaction; raises FencedOffError where another process took over."""
        if await self._connection.fetchval(_ADVANCE, SUBSCRIPTION, self._epoch, upto, self.position) is None:
            raise FencedOffError(SUBSCRIPTION, self._epoch)

    async def note_registration(self, webhook_id: UUID, position: int) -> None:
        """Note where in the log a webhook was registered: it is told of what comes after."""
        await self._connection.execute(_SINCE, webhook_id, position)
