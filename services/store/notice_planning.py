"""Reads what people have to hear of, and writes down once who is told: in the transaction that moves the position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.subscriptions import FencedOffError

SUBSCRIPTION = "notifier"
# One notifier works, others stand by; where this lock fails to hold them off, the epoch does.
_AT_WORK = "SELECT pg_try_advisory_lock(hashtextextended('duban notifier', 0))"
_ACQUIRE = """
    INSERT INTO es.subscription (name, epoch) VALUES ($1, 1)
    ON CONFLICT (name) DO UPDATE SET epoch = es.subscription.epoch + 1, updated_at = now() RETURNING epoch, pos"""
_ADVANCE = """
    UPDATE es.subscription SET pos = $3, updated_at = now()
     WHERE name = $1 AND epoch = $2 AND pos = $4 RETURNING pos"""
_LAST = "SELECT coalesce(max(pos), -1) FROM es.log"
_PAGE = """
    SELECT l.pos, e.event_id, e.stream_id, e.kind, e.type, e.occurred_at, e.data,
           coalesce(s.unit, e.unit) AS unit, coalesce(s.area, e.area) AS area, s.number, s.title,
           coalesce(s.state #>> '{file,planned,title,en}', s.state #>> '{record,opened,title,en}',
                    s.state #>> '{record,title,en}') AS english_title
      FROM es.log l
     CROSS JOIN LATERAL (SELECT event_id, stream_id, kind, type, occurred_at, unit, area, data FROM es.event
                          WHERE seq = l.seq AND type = ANY ($3)) e
      LEFT JOIN es.current_state s ON s.stream_id = e.stream_id
     WHERE l.pos > $1 AND l.pos <= $2 ORDER BY l.pos"""
_STATES = "SELECT state FROM es.current_state WHERE kind = $1 ORDER BY stream_id"
_MAILED = "SELECT person_id FROM private.person WHERE email IS NOT NULL"
_KNOWN = "SELECT notice_id FROM private.notice WHERE notice_id = ANY ($1)"
_NOTICES = """
    INSERT INTO private.notice (notice_id, recipient, event_id, stream_id, kind, topic, facts, urgent, weight,
                                occurred_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[],
                         $8::bool[], $9::smallint[], $10::timestamptz[])
    ON CONFLICT (notice_id) DO NOTHING"""
_WAITING = """
    INSERT INTO private.notice_waiting (target, notice_id, not_before, bundled, language)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::bool[], $5::text[])
    ON CONFLICT (target, notice_id) DO NOTHING"""
_AGAIN = """
    UPDATE private.message SET state = 'waiting', next_at = $2, give_up_at = $3, failures = failures + 1
     WHERE message_id = $1 AND state <> 'delivered'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOf:
    """An event of the log that somebody may hear of, with what its aggregate is called."""

    position: int
    event_id: UUID
    stream_id: UUID
    kind: str
    type: str
    occurred_at: datetime
    data: bytes
    unit: str | None
    area: str | None
    number: str | None
    title: str | None
    english_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """What one recipient is told: a principal by id, or ``channel:…``. ``facts`` is JSON."""

    notice_id: UUID
    recipient: str
    event_id: UUID
    stream_id: UUID
    kind: str
    topic: str
    facts: bytes
    urgent: bool
    weight: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A notice that is to go out to ``channel:…`` or ``mail:…``, and from when on."""

    target: str
    notice_id: UUID
    not_before: datetime
    bundled: bool
    language: str


@dataclass(frozen=True, slots=True)
class ResendRow:
    """A message that is to be tried again until an instant."""

    message_id: UUID
    at: datetime
    give_up_at: datetime


class NoticePlanning:
    """The log as the notifier reads it, over a connection of its own. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self.connection = connection
        self._epoch = 0
        self.position = -1

    async def begin(self) -> bool:
        """Take the subscription over; False where another notifier is at work."""
        if not await self.connection.fetchval(_AT_WORK):
            return False
        row = await self.connection.fetchrow(_ACQUIRE, SUBSCRIPTION)
        if row is None:
            raise LookupError("RETURNING returns a row")
        self._epoch, self.position = row["epoch"], row["pos"]
        return True

    async def next(self, most: int, types: Sequence[str]) -> tuple[int, list[ToldOf]]:
        """The position after the next ``most`` entries of the log, and those among them of these types."""
        upto = min(await self.connection.fetchval(_LAST), self.position + most)
        if upto <= self.position:
            return self.position, []
        rows = await self.connection.fetch(_PAGE, self.position, upto, list(types))
        return upto, [
            ToldOf(
                position=row["pos"],
                event_id=row["event_id"],
                stream_id=row["stream_id"],
                kind=row["kind"],
                type=row["type"],
                occurred_at=row["occurred_at"],
                data=row["data"],
                unit=row["unit"],
                area=row["area"],
                number=row["number"],
                title=row["title"],
                english_title=row["english_title"],
            )
            for row in rows
        ]

    async def states(self, kind: str) -> list[bytes]:
        """The current states, as JSON, of everything of a kind: principals, channels, preferences."""
        return [row["state"] for row in await self.connection.fetch(_STATES, kind)]

    async def with_mail(self) -> frozenset[str]:
        """The ids of people whose mail address is known."""
        return frozenset(str(row["person_id"]) for row in await self.connection.fetch(_MAILED))

    async def write(
        self, upto: int, notices: Sequence[NoticeRow], waiting: Sequence[WaitingRow], again: Sequence[ResendRow]
    ) -> None:
        """Write who is told, and move the position there; FencedOffError where another notifier has taken over."""
        async with self.connection.transaction():
            moved = await self.connection.fetchval(_ADVANCE, SUBSCRIPTION, self._epoch, upto, self.position)
            if moved is None:
                raise FencedOffError(SUBSCRIPTION, self._epoch)
            # Read again, the log leads to no second message about what was written before.
            told = [notice.notice_id for notice in notices]
            known = {row["notice_id"] for row in await self.connection.fetch(_KNOWN, told)} if told else set[UUID]()
            waiting = [row for row in waiting if row.notice_id not in known]
            if notices:
                await self.connection.execute(_NOTICES, *_columns(notices, NoticeRow))
            if waiting:
                await self.connection.execute(_WAITING, *_columns(waiting, WaitingRow))
            for each in again:
                await self.connection.execute(_AGAIN, each.message_id, each.at, each.give_up_at)
        self.position = upto


def _columns(rows: Sequence[object], kind: type[NoticeRow | WaitingRow]) -> list[list[object]]:
    return [[getattr(row, name) for row in rows] for name in kind.__slots__]
