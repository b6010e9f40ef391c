"""Reads what a store holds, as it lies there, without any of the product's own ways of reading."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import orjson

_EVENTS = """
    SELECT l.pos AS position, e.seq, e.stream_id::text AS stream, e.version, e.kind, e.type,
           e.event_id::text AS event_id, e.occurred_at, e.recorded_at, e.data
      FROM es.event e LEFT JOIN es.log l USING (seq) ORDER BY l.pos NULLS LAST, e.seq"""
_COMMANDS = "SELECT idempotency_key AS key, stream_id::text AS stream, version, answer FROM es.command"
_STATES = "SELECT stream_id::text AS stream, kind, version, status, open, next_due_at, next_due FROM es.current_state"

_DELIVERIES = "SELECT event_id::text AS event_id, state FROM private.webhook_delivery"


class Event(NamedTuple):
    """One event; ``position`` is None while it has no place in the log."""

    position: int | None
    seq: int
    stream: str
    version: int
    kind: str
    type: str
    event_id: str
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]


class Command(NamedTuple):
    """A key that was used, for what, and what was answered."""

    key: str
    stream: str
    version: int
    answer: Any


class State(NamedTuple):
    """An aggregate as lists show it."""

    stream: str
    kind: str
    version: int
    status: str | None
    open: bool | None
    next_due_at: datetime | None
    next_due: str | None


class Delivery(NamedTuple):
    """A message to a back-office system, as its sender sees it."""

    event_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A store at one moment. ``at``: when it was read, by the true clock."""

    events: Sequence[Event]
    commands: Sequence[Command]
    states: Sequence[State]
    at: datetime
    deliveries: Sequence[Delivery] = ()

    def streams(self) -> dict[str, list[Event]]:
        """The events of each stream, by version."""
        found: defaultdict[str, list[Event]] = defaultdict(list)
        for event in sorted(self.events, key=lambda each: (each.version, each.seq)):
            found[event.stream].append(event)
        return found


async def stored(dsn: str, at: datetime) -> Stored:
    """Read everything, as of one moment. The DSN's role must see commands too."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            events = await connection.fetch(_EVENTS)
            commands = await connection.fetch(_COMMANDS)
            states = await connection.fetch(_STATES)
            deliveries = await connection.fetch(_DELIVERIES)
    finally:
        await connection.close()
    return Stored(
        [Event(**{**dict(row), "data": orjson.loads(row["data"])}) for row in events],
        [Command(row["key"], row["stream"], row["version"], orjson.loads(row["answer"])) for row in commands],
        [State(*row.values()) for row in states],
        at,
        [Delivery(*row.values()) for row in deliveries],
    )
