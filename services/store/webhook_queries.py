"""Lists webhooks and their deliveries, with every attempt, for those who may see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.webhooks import DeliveryState

_WEBHOOKS = """
    SELECT s.stream_id, s.version, s.state, w.url, s.updated_at,
           (SELECT count(*) FROM private.webhook_delivery d WHERE d.webhook_id = s.stream_id AND d.state = 'pending')
             AS pending,
           (SELECT count(*) FROM private.webhook_delivery d WHERE d.webhook_id = s.stream_id AND d.state = 'dead')
             AS dead,
           (SELECT min(created_at) FROM private.webhook_delivery d
             WHERE d.webhook_id = s.stream_id AND d.state = 'pending') AS oldest_pending
      FROM es.current_state s LEFT JOIN private.webhook w ON w.webhook_id = s.stream_id
     WHERE s.kind = 'webhook' AND ($1::text IS NULL OR s.state ->> 'principal' = $1)"""
_PAGE = f"{_WEBHOOKS} AND s.stream_id > $2 ORDER BY s.stream_id LIMIT $3"
_ONE = f"{_WEBHOOKS} AND s.stream_id = $2"
_DELIVERY = """
    SELECT delivery_id, type, subject, event_id, state, attempts, created_at, expires_at, next_at, finished_at, error
      FROM private.webhook_delivery WHERE webhook_id = $1"""
_DELIVERIES = f"{_DELIVERY} AND ($2::text IS NULL OR state = $2) AND delivery_id > $3 ORDER BY delivery_id LIMIT $4"
_ONE_DELIVERY = f"{_DELIVERY} AND delivery_id = $2"
_BODY = "SELECT body FROM private.webhook_delivery WHERE delivery_id = $1"
_ATTEMPTS = """
    SELECT at, took_ms, status, error, answer FROM private.webhook_attempt
     WHERE delivery_id = $1 ORDER BY attempt_id DESC LIMIT $2"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'dead') AS dead,
           min(created_at) FILTER (WHERE state = 'pending') AS oldest_pending
      FROM private.webhook_delivery WHERE state IN ('pending', 'dead')"""


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """A webhook's state as JSON, its address unless it is over, and what waits or was given up."""

    webhook_id: UUID
    version: int
    state: bytes
    url: str | None
    updated_at: datetime
    pending: int
    dead: int
    oldest_pending: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A message on its way, or at its end."""

    delivery_id: int
    type: str
    subject: str
    event_id: UUID
    state: DeliveryState
    attempts: int
    created_at: datetime
    expires_at: datetime
    next_at: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One attempt."""

    at: datetime
    took_ms: int
    status: int | None
    error: str | None
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """What waits to be sent, and what was given up, over all webhooks."""

    pending: int
    dead: int
    oldest_pending: datetime | None


class WebhookQueries:
    """Over a pool on the application's role. ``principal``: only those of this back-office system."""

    def __init__(self, pool: asyncpg.Pool | asyncpg.Connection | PoolConnectionProxy) -> None:
        self._pool = pool

    async def webhooks(self, principal: str | None, after: UUID, limit: int) -> list[WebhookRecord]:
        """A page of webhooks in the order of their ids, those that are over among them."""
        return [_webhook(row) for row in await self._pool.fetch(_PAGE, principal, after, limit)]

    async def webhook(self, principal: str | None, webhook_id: UUID) -> WebhookRecord | None:
        """One webhook."""
        row = await self._pool.fetchrow(_ONE, principal, webhook_id)
        return None if row is None else _webhook(row)

    async def deliveries(
        self, webhook_id: UUID, state: DeliveryState | None, after: int, limit: int
    ) -> list[DeliveryRecord]:
        """A page of deliveries, oldest first."""
        return [_delivery(row) for row in await self._pool.fetch(_DELIVERIES, webhook_id, state, after, limit)]

    async def delivery(self, webhook_id: UUID, delivery_id: int) -> DeliveryRecord | None:
        """One delivery."""
        row = await self._pool.fetchrow(_ONE_DELIVERY, webhook_id, delivery_id)
        return None if row is None else _delivery(row)

    async def body(self, delivery_id: int) -> bytes:
        """The message of a delivery, byte by byte as it is sent."""
        return await self._pool.fetchval(_BODY, delivery_id)

    async def attempts(self, delivery_id: int, most: int) -> list[AttemptRecord]:
        """The newest attempts of a delivery."""
        rows = await self._pool.fetch(_ATTEMPTS, delivery_id, most)
        return [AttemptRecord(row["at"], row["took_ms"], row["status"], row["error"], row["answer"]) for row in rows]

    async def counts(self) -> OutboxCounts:
        """What waits and what was given up."""
        row = await self._pool.fetchrow(_COUNTS)
        return (
            OutboxCounts(0, 0, None)
            if row is None
            else OutboxCounts(row["pending"], row["dead"], row["oldest_pending"])
        )


def _webhook(row: Any) -> WebhookRecord:
    return WebhookRecord(
        row["stream_id"],
        row["version"],
        row["state"],
        row["url"],
        row["updated_at"],
        row["pending"],
        row["dead"],
        row["oldest_pending"],
    )


def _delivery(row: Any) -> DeliveryRecord:
    return DeliveryRecord(**dict(row))
