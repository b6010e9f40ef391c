"""Says what is to be sent where, in which order, and keeps every attempt with what was answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

_RECEIVERS = """
    SELECT w.webhook_id, w.url FROM private.webhook w
      JOIN es.current_state s ON s.stream_id = w.webhook_id AND s.kind = 'webhook' AND s.status = 'active'
      JOIN es.current_state p ON p.stream_id = (s.state ->> 'principal')::uuid AND p.kind = 'principal'
     WHERE p.status = 'active'
       AND EXISTS (SELECT FROM private.webhook_delivery d WHERE d.webhook_id = w.webhook_id AND d.state = 'pending')
     ORDER BY w.webhook_id"""
_HEADS = """
    SELECT delivery_id, lane, event_id, body, attempts FROM private.webhook_delivery d
     WHERE webhook_id = $1 AND state = 'pending' AND lane <> ALL ($2)
       AND NOT EXISTS (SELECT FROM private.webhook_delivery e WHERE e.webhook_id = d.webhook_id AND e.lane = d.lane
                          AND e.state = 'pending' AND e.delivery_id < d.delivery_id)"""
# What a clock that was far ahead put off, for hours perhaps, is due once the clock is right again.
_DATED_AHEAD = """
    coalesce((SELECT a.at FROM private.webhook_attempt a WHERE a.delivery_id = d.delivery_id
               ORDER BY a.attempt_id DESC LIMIT 1), d.created_at) > $3 + interval '1 minute'"""
_DUE = f"{_HEADS} AND (next_at <= $3 OR {_DATED_AHEAD}) ORDER BY next_at, delivery_id LIMIT $4"
# The one tried least: a message that this receiver never takes must not stand in the way of one it would.
_PROBE = f"{_HEADS} ORDER BY attempts, delivery_id LIMIT 1"
_SECRETS = """
    SELECT secret FROM private.webhook_secret
     WHERE webhook_id = $1 AND coalesce(valid_until > $2, true) ORDER BY secret_id DESC"""
_ATTEMPT = """
    INSERT INTO private.webhook_attempt (delivery_id, at, took_ms, status, error, answer)
    VALUES ($1, $2, $3, $4, $5, $6)"""
# Delivered is delivered, even where it was given up while the answer was on its way.
_DELIVERED = """
    UPDATE private.webhook_delivery SET state = 'delivered', attempts = attempts + 1, finished_at = $2, error = NULL
     WHERE delivery_id = $1"""
_FAILED = """
    UPDATE private.webhook_delivery SET attempts = attempts + 1, next_at = $2, error = $3 WHERE delivery_id = $1"""
_HURRY = """
    UPDATE private.webhook_delivery SET next_at = $2 WHERE webhook_id = $1 AND state = 'pending' AND next_at > $2"""
# The first of a lane alone; those behind it, which could not be tried yet, then have some time of their own.
_GIVE_UP = """
    WITH given_up AS (
      UPDATE private.webhook_delivery d SET state = 'dead', finished_at = $1
       WHERE state = 'pending' AND expires_at <= $1
         AND NOT EXISTS (SELECT FROM private.webhook_delivery e WHERE e.webhook_id = d.webhook_id AND e.lane = d.lane
                            AND e.state = 'pending' AND e.delivery_id < d.delivery_id)
      RETURNING delivery_id, webhook_id, lane)
    UPDATE private.webhook_delivery d SET expires_at = $2 FROM given_up g
     WHERE d.webhook_id = g.webhook_id AND d.lane = g.lane AND d.delivery_id > g.delivery_id
       AND d.state = 'pending' AND d.expires_at < $2"""
_GRACE = "UPDATE private.webhook_delivery SET expires_at = $1 WHERE state = 'pending' AND expires_at < $1"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A webhook that is in use and for which something waits."""

    webhook_id: UUID
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first message of its lane that was not delivered; ``attempts`` made so far."""

    delivery_id: int
    lane: UUID
    event_id: UUID
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: the HTTP status, or why there was none; ``error`` is None where it was delivered."""

    at: datetime
    took_ms: int
    status: int | None
    error: str | None
    answer: bytes


class WebhookOutbox:
    """What waits to be sent, over a pool on the application's role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def receivers(self) -> list[Receiver]:
        """Every webhook in use for which something waits, whether it is due or not."""
        return [Receiver(row["webhook_id"], row["url"]) for row in await self._pool.fetch(_RECEIVERS)]

    async def due(self, webhook_id: UUID, busy: Collection[UUID], at: datetime, most: int) -> list[Waiting]:
        """What is due by then: of each lane that is not busy, the first."""
        return [_waiting(row) for row in await self._pool.fetch(_DUE, webhook_id, list(busy), at, most)]

    async def probe(self, webhook_id: UUID) -> list[Waiting]:
        """One message to find out with whether a receiver is back, due or not."""
        return [_waiting(row) for row in await self._pool.fetch(_PROBE, webhook_id, [])]

    async def secrets(self, webhook_id: UUID, at: datetime) -> list[bytes]:
        """The secrets to sign with, the newest first."""
        return [row["secret"] for row in await self._pool.fetch(_SECRETS, webhook_id, at)]

    async def record(self, delivery_id: int, attempt: Attempt, again_at: datetime) -> None:
        """Keep an attempt, and with it what follows: delivered, or tried again at an instant."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                _ATTEMPT, delivery_id, attempt.at, attempt.took_ms, attempt.status, attempt.error, attempt.answer
            )
            if attempt.error is None:
                await connection.execute(_DELIVERED, delivery_id, attempt.at)
            else:
                await connection.execute(_FAILED, delivery_id, again_at, attempt.error)

    async def hurry(self, webhook_id: UUID, at: datetime) -> None:
        """A receiver is back: nothing waits for its next attempt any longer."""
        await self._pool.execute(_HURRY, webhook_id, at)

    async def give_up(self, at: datetime, grace: timedelta) -> None:
        """What could not be delivered in its time is dead, whether its webhook was in use or not.

        What waited behind it gets so much more time from now on.
        """
        await self._pool.execute(_GIVE_UP, at, at + grace)

    async def grant_grace(self, at: datetime, grace: timedelta) -> None:
        """Nothing dies because nobody sent: after an outage of ours everything gets so much more time."""
        await self._pool.execute(_GRACE, at + grace)


def _waiting(row: asyncpg.Record) -> Waiting:
    return Waiting(row["delivery_id"], row["lane"], row["event_id"], row["body"], row["attempts"])
