"""Keeps where outcomes are sent, what they are signed with, and what was put on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

DeliveryState = Literal["pending", "delivered", "dead", "dropped"]

_ADD = "INSERT INTO private.webhook (webhook_id, url) VALUES ($1, $2)"
_MOVE = "UPDATE private.webhook SET url = $2 WHERE webhook_id = $1"
_URL = "SELECT url FROM private.webhook WHERE webhook_id = $1"
_END_SECRETS = """
    UPDATE private.webhook_secret SET valid_until = $2 WHERE webhook_id = $1 AND coalesce(valid_until > $2, true)"""
_ADD_KEY = "INSERT INTO private.webhook_secret (webhook_id, secret, created_at) VALUES ($1, $2, $3)"
_FORGET_OLD_SECRETS = "DELETE FROM private.webhook_secret WHERE webhook_id = $1 AND valid_until <= $2"
_FORGET_SECRETS = "DELETE FROM private.webhook_secret WHERE webhook_id = $1"
_FORGET = "DELETE FROM private.webhook WHERE webhook_id = $1"
_DROP = """
    UPDATE private.webhook_delivery SET state = 'dropped', finished_at = $2
     WHERE webhook_id = $1 AND state IN ('pending', 'dead')"""
_REGISTERED = """
    SELECT count(*) FROM es.current_state
     WHERE kind = 'webhook' AND status <> 'retired' AND state ->> 'principal' = $1"""
_PUT = """
    INSERT INTO private.webhook_delivery
           (webhook_id, lane, event_id, type, subject, body, created_at, expires_at, next_at)
    SELECT w, l, e, t, s, b, $7, $8, $7
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[])
      WITH ORDINALITY AS d (w, l, e, t, s, b, n) ORDER BY n
    ON CONFLICT (webhook_id, event_id) DO NOTHING"""
_STATE = "SELECT state FROM private.webhook_delivery WHERE webhook_id = $1 AND delivery_id = $2"
_RESEND = """
    UPDATE private.webhook_delivery SET state = 'pending', next_at = $3, expires_at = $4, finished_at = NULL
     WHERE webhook_id = $1 AND state = 'dead' AND ($2::bigint IS NULL OR delivery_id = $2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A message for one webhook. Those of one ``lane``, an item, go out one after the other."""

    webhook_id: UUID
    lane: UUID
    event_id: UUID
    type: str
    subject: str
    body: bytes


class WebhookStore:
    """Over the connection of the transaction that writes the event which belongs to it."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def registered_for(self, principal: UUID) -> int:
        """How many webhooks a back-office system has that are not over."""
        return await self._connection.fetchval(_REGISTERED, str(principal))

    async def add(self, webhook_id: UUID, url: str, secret: bytes, at: datetime) -> None:
        """Keep a new webhook's address and first secret."""
        await self._connection.execute(_ADD, webhook_id, url)
        await self._connection.execute(_ADD_KEY, webhook_id, secret, at)

    async def url(self, webhook_id: UUID) -> str | None:
        """Where it is sent; None once it is over."""
        return await self._connection.fetchval(_URL, webhook_id)

    async def move(self, webhook_id: UUID, url: str) -> None:
        """Send elsewhere from now on."""
        await self._connection.execute(_MOVE, webhook_id, url)

    async def rotate(self, webhook_id: UUID, secret: bytes, at: datetime, previous_until: datetime) -> None:
        """Sign with a new secret, and with the one before until an instant."""
        await self._connection.execute(_FORGET_OLD_SECRETS, webhook_id, at)
        await self._connection.execute(_END_SECRETS, webhook_id, previous_until)
        await self._connection.execute(_ADD_KEY, webhook_id, secret, at)

    async def forget(self, webhook_id: UUID, at: datetime) -> None:
        """Drop what was not delivered, and forget address and secrets; what was sent stays on record."""
        await self._connection.execute(_DROP, webhook_id, at)
        await self._connection.execute(_FORGET_SECRETS, webhook_id)
        await self._connection.execute(_FORGET, webhook_id)

    async def put(self, deliveries: Sequence[NewDelivery], at: datetime, until: datetime) -> None:
        """Put messages on the way in this order, to be tried until an instant; what is there already stays as it is."""
        if deliveries:
            await self._connection.execute(
                _PUT,
                [each.webhook_id for each in deliveries],
                [each.lane for each in deliveries],
                [each.event_id for each in deliveries],
                [each.type for each in deliveries],
                [each.subject for each in deliveries],
                [each.body for each in deliveries],
                at,
                until,
            )

    async def delivery_state(self, webhook_id: UUID, delivery_id: int) -> DeliveryState | None:
        """How a delivery stands; None where the webhook has no such delivery."""
        return await self._connection.fetchval(_STATE, webhook_id, delivery_id)

    async def resend(self, webhook_id: UUID, delivery_id: int | None, at: datetime, until: datetime) -> None:
        """Try what was given up once more, one delivery or all of them; older ones before what waits behind them."""
        await self._connection.execute(_RESEND, webhook_id, delivery_id, at, until)
