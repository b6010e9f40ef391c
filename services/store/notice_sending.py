"""Keeps messages on their way: what is put together, what is due, what was tried, and what the platform answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

_MINUTE = timedelta(minutes=1)
_DUE_TARGETS = "SELECT DISTINCT target FROM private.notice_waiting WHERE not_before <= $1"
_DUE = """
    SELECT w.notice_id, w.bundled, w.language, n.topic, n.facts, n.urgent, n.weight, n.event_id
      FROM private.notice_waiting w JOIN private.notice n USING (notice_id)
     WHERE w.target = $1 AND w.not_before <= $2
     ORDER BY n.urgent DESC, n.weight DESC, n.occurred_at, n.notice_id LIMIT $3"""
_SAID = "SELECT count(*) FROM es.notice_attempt WHERE target = $1 AND step = 'begun' AND at > $2"
_UNSENT = "SELECT count(*) FROM private.message WHERE target = $1 AND state = 'waiting'"
_COMPOSE = """
    INSERT INTO private.message (message_id, target, channel, reference, title, body, language, notices, urgent,
                                 created_at, next_at, give_up_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (message_id) DO NOTHING"""
_COMPOSED = "DELETE FROM private.notice_waiting WHERE target = $1 AND notice_id = ANY ($2)"
_READY = """
    SELECT target FROM private.message WHERE state = 'waiting' AND next_at <= $1 AND NOT target = ANY ($2)
     GROUP BY target ORDER BY min(next_at)"""
_NEXT = """
    SELECT message_id, target, channel, reference, title, body, language, cardinality(notices) AS lines, urgent,
           give_up_at, attempts, failures
      FROM private.message WHERE target = $1 AND state = 'waiting' AND next_at <= $2
     ORDER BY next_at, created_at, message_id LIMIT 1"""
_LAST_ATTEMPT = """
    SELECT max(attempt) AS attempts,
           bool_or(step = 'answered' AND accepted) AS accepted,
           count(*) FILTER (WHERE step = 'begun') > count(*) FILTER (WHERE step = 'answered' AND NOT uncertain)
             AS uncertain
      FROM es.notice_attempt WHERE message_id = $1"""
_ACCEPTED = """
    SELECT platform_code, answer_sha256 FROM es.notice_attempt
     WHERE message_id = $1 AND step = 'answered' AND accepted ORDER BY attempt DESC LIMIT 1"""
_BEGIN = """
    INSERT INTO es.notice_attempt (message_id, attempt, step, at, target, repeated)
    VALUES ($1, $2, 'begun', $3, $4, $5)"""
_ANSWER = """
    INSERT INTO es.notice_attempt (message_id, attempt, step, at, target, repeated, accepted, uncertain, http_status,
                                   platform_code, platform_text, answer, answer_sha256)
    VALUES ($1, $2, 'answered', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"""
_LATER = "UPDATE private.message SET attempts = $2, next_at = $3 WHERE message_id = $1 AND state = 'waiting'"
# A round that was given up must not end the next one, which somebody may have asked for already.
_OVER = "UPDATE private.message SET attempts = $2, state = $3 WHERE message_id = $1 AND failures = $4"
_CHANNEL = "SELECT address, secret FROM private.channel WHERE channel_id = $1"
_STATE = "SELECT state FROM es.current_state WHERE stream_id = $1"


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice whose time has come, with what puts it into words."""

    notice_id: UUID
    bundled: bool
    language: str
    topic: str
    facts: bytes
    event_id: UUID
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be sent, in words, made of these notices. Of messages due at once the first created goes first."""

    message_id: UUID
    target: str
    channel: str
    reference: str
    title: str
    body: str
    language: str
    notices: tuple[UUID, ...]
    urgent: bool
    created_at: datetime
    next_at: datetime
    give_up_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message whose next attempt is due. ``lines``: how many notices it tells of."""

    message_id: UUID
    target: str
    channel: str
    reference: str
    title: str
    body: str
    language: str
    lines: int
    urgent: bool
    give_up_at: datetime
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of attempts so far. ``uncertain``: one of them may have been taken without our knowing."""

    attempts: int
    accepted: bool
    uncertain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt with its answer; texts without U+0000."""

    message_id: UUID
    attempt: int
    target: str
    repeated: bool
    accepted: bool
    uncertain: bool
    http_status: int | None
    platform_code: str
    platform_text: str
    answer: str
    answer_sha256: str


class NoticeSending:
    """Messages and attempts, over a pool on the application's role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def due_targets(self, now: datetime) -> list[str]:
        """Where something is to go out to that is in no message yet."""
        return [row["target"] for row in await self._pool.fetch(_DUE_TARGETS, now)]

    async def due(self, target: str, now: datetime, most: int) -> list[DueNotice]:
        """What is to go out to a target now, the weightiest first."""
        rows = await self._pool.fetch(_DUE, target, now, most)
        return [
            DueNotice(r["notice_id"], r["bundled"], r["language"], r["topic"], r["facts"], r["event_id"], r["urgent"])
            for r in rows
        ]

    async def said_within_a_minute(self, target: str, now: datetime) -> int:
        """How many attempts a target has had in the minute before now."""
        return await self._pool.fetchval(_SAID, target, now - _MINUTE)

    async def unsent(self, target: str) -> int:
        """How many messages wait to be sent to a target."""
        return await self._pool.fetchval(_UNSENT, target)

    async def compose(self, messages: Sequence[NewMessage]) -> None:
        """Store messages in place of the notices they are made of, all or none."""
        async with self._pool.acquire() as connection, connection.transaction():
            for each in messages:
                await connection.execute(
                    _COMPOSE,
                    each.message_id,
                    each.target,
                    each.channel,
                    each.reference,
                    each.title,
                    each.body,
                    each.language,
                    list(each.notices),
                    each.urgent,
                    each.created_at,
                    each.next_at,
                    each.give_up_at,
                )
                await connection.execute(_COMPOSED, each.target, list(each.notices))

    async def ready(self, now: datetime, but: Sequence[str]) -> list[str]:
        """The targets whose messages are due, the longest waiting first, but for some."""
        return [row["target"] for row in await self._pool.fetch(_READY, now, list(but))]

    async def next(self, target: str, now: datetime) -> DueMessage | None:
        """The next message that is due for a target."""
        row = await self._pool.fetchrow(_NEXT, target, now)
        return None if row is None else DueMessage(**row)

    async def tried(self, message_id: UUID) -> Tried:
        """What is known of a message's attempts."""
        row = await self._pool.fetchrow(_LAST_ATTEMPT, message_id)
        if row is None or row["attempts"] is None:
            return Tried(0, accepted=False, uncertain=False)
        return Tried(row["attempts"], bool(row["accepted"]), bool(row["uncertain"]))

    async def accepted(self, message_id: UUID) -> tuple[str | None, str]:
        """The platform's code, and the hash of its answer, with which it took a message."""
        row = await self._pool.fetchrow(_ACCEPTED, message_id)
        if row is None:
            raise LookupError(message_id)
        return row["platform_code"], row["answer_sha256"]

    async def begin(self, message: DueMessage, attempt: int, at: datetime, *, repeated: bool) -> None:
        """Write down that an attempt is about to be made; fails where somebody else has made the same."""
        await self._pool.execute(_BEGIN, message.message_id, attempt, at, message.target, repeated)

    async def answer(self, row: AttemptRow, at: datetime) -> None:
        """Write down what came back."""
        await self._pool.execute(
            _ANSWER,
            row.message_id,
            row.attempt,
            at,
            row.target,
            row.repeated,
            row.accepted,
            row.uncertain,
            row.http_status,
            row.platform_code,
            row.platform_text,
            row.answer,
            row.answer_sha256,
        )

    async def later(self, message_id: UUID, attempts: int, next_at: datetime) -> None:
        """Try a message again from an instant on."""
        await self._pool.execute(_LATER, message_id, attempts, next_at)

    async def over(self, message: DueMessage, attempts: int, state: str) -> None:
        """The message was delivered, or has failed."""
        await self._pool.execute(_OVER, message.message_id, attempts, state, message.failures)

    async def address(self, channel_id: UUID) -> tuple[str, str | None] | None:
        """A channel's address and secret; None once it was retired."""
        row = await self._pool.fetchrow(_CHANNEL, channel_id)
        return None if row is None else (row["address"], row["secret"])

    async def state(self, stream_id: UUID) -> bytes | None:
        """The current state, as JSON, of a channel or of somebody's preferences; None where there is none."""
        return await self._pool.fetchval(_STATE, stream_id)
