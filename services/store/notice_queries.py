"""Reads inboxes, what was sent and how it went; keeps the addresses of channels where no event sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_INBOX = """
    SELECT notice_id, event_id, stream_id, kind, topic, facts, urgent, occurred_at, read_at FROM private.notice
     WHERE recipient = $1 AND ($2::bool IS NULL OR (read_at IS NULL) = $2)
       AND ($3::timestamptz IS NULL OR (occurred_at <= $3 AND (occurred_at < $3 OR notice_id > $4)))
     ORDER BY occurred_at DESC, notice_id LIMIT $5"""
_UNREAD = "SELECT count(*) FROM private.notice WHERE recipient = $1 AND read_at IS NULL"
_READ = """
    UPDATE private.notice SET read_at = coalesce(read_at, $3) WHERE notice_id = $1 AND recipient = $2 RETURNING true"""
_MESSAGE = """
    SELECT message_id, target, channel, reference, title, body, cardinality(notices) AS lines, created_at, next_at,
           give_up_at, state FROM private.message"""
_SENT = f"""{_MESSAGE}
     WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR target = $2)
       AND ($3::timestamptz IS NULL OR (created_at <= $3 AND (created_at < $3 OR message_id > $4)))
     ORDER BY created_at DESC, message_id LIMIT $5"""
_ONE_SENT = f"{_MESSAGE} WHERE message_id = $1"
_ATTEMPTS = """
    SELECT attempt, step, at, repeated, accepted, uncertain, http_status, platform_code, platform_text, answer,
           answer_sha256
      FROM es.notice_attempt WHERE message_id = ANY ($1) ORDER BY message_id, attempt, at, step DESC"""
_TRIED = """
    SELECT message_id, max(attempt) AS attempts FROM es.notice_attempt
     WHERE message_id = ANY ($1) AND step = 'begun' GROUP BY message_id"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed
      FROM private.message WHERE state IN ('waiting', 'failed')"""
_SAVE_ADDRESS = """
    INSERT INTO private.channel (channel_id, address, secret) VALUES ($1, $2, $3)
    ON CONFLICT (channel_id) DO UPDATE SET address = excluded.address, secret = excluded.secret"""
_ERASE_ADDRESS = "DELETE FROM private.channel WHERE channel_id = $1"
_CHANNELS = "SELECT stream_id, version, state FROM es.current_state WHERE kind = 'channel' ORDER BY stream_id"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a page ended."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """What somebody was told."""

    notice_id: UUID
    event_id: UUID
    stream_id: UUID
    kind: str
    topic: str
    facts: bytes
    urgent: bool
    occurred_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """A message and how far it has come."""

    message_id: UUID
    target: str
    channel: str
    reference: str
    title: str
    body: str
    lines: int
    created_at: datetime
    next_at: datetime
    give_up_at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One line of evidence: that an attempt began, or what it was answered with."""

    attempt: int
    step: str
    at: datetime
    repeated: bool
    accepted: bool | None
    uncertain: bool | None
    http_status: int | None
    platform_code: str | None
    platform_text: str | None
    answer: str | None
    answer_sha256: str | None


class NoticeQueries:
    """What the gateway shows of notices, over a pool from `open_pool` or one connection of it."""

    def __init__(self, pool: asyncpg.Pool | asyncpg.Connection | PoolConnectionProxy) -> None:
        self._pool = pool

    async def inbox(self, recipient: str, unread: bool | None, after: ListPlace | None, limit: int) -> list[InboxRow]:
        """The next notices of somebody, newest first; only unread ones, only read ones, or all."""
        at, last = (after.at, after.id) if after else (None, None)
        rows = await self._pool.fetch(_INBOX, recipient, unread, at, last, limit)
        return [InboxRow(**row) for row in rows]

    async def unread(self, recipient: str) -> int:
        """How many notices somebody has not read."""
        return await self._pool.fetchval(_UNREAD, recipient)

    async def mark_read(self, notice_id: UUID, recipient: str, at: datetime) -> bool:
        """Mark as read, once; False where it is nobody's, or somebody else's."""
        return await self._pool.fetchval(_READ, notice_id, recipient, at) is not None

    async def sent(self, state: str | None, target: str | None, after: ListPlace | None, limit: int) -> list[SentRow]:
        """The next messages, newest first."""
        at, last = (after.at, after.id) if after else (None, None)
        return [SentRow(**row) for row in await self._pool.fetch(_SENT, state, target, at, last, limit)]

    async def one_sent(self, message_id: UUID) -> SentRow | None:
        """One message."""
        row = await self._pool.fetchrow(_ONE_SENT, message_id)
        return None if row is None else SentRow(**row)

    async def attempts(self, message_id: UUID) -> list[AttemptLine]:
        """Every line of evidence of a message, in order."""
        return [AttemptLine(**row) for row in await self._pool.fetch(_ATTEMPTS, [message_id])]

    async def tried(self, message_ids: Sequence[UUID]) -> dict[UUID, int]:
        """How often each message was tried."""
        rows = await self._pool.fetch(_TRIED, list(message_ids))
        return {row["message_id"]: row["attempts"] for row in rows}

    async def counts(self) -> tuple[int, int]:
        """How many messages wait to be sent, and how many were given up."""
        row = await self._pool.fetchrow(_COUNTS)
        return (0, 0) if row is None else (row["waiting"], row["failed"])

    async def channels(self) -> list[tuple[UUID, int, bytes]]:
        """Every channel: its id, its version, its state as JSON."""
        return [(row["stream_id"], row["version"], row["state"]) for row in await self._pool.fetch(_CHANNELS)]


async def save_address(connection: PoolConnectionProxy, channel_id: UUID, address: str, secret: str | None) -> None:
    """Write or replace where a channel lies, and what signs its messages."""
    await connection.execute(_SAVE_ADDRESS, channel_id, address, secret)


async def erase_address(connection: PoolConnectionProxy, channel_id: UUID) -> None:
    """Forget where a channel lay."""
    await connection.execute(_ERASE_ADDRESS, channel_id)
