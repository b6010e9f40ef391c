"""Writes and reads streams, current states and the sequenced log; the one place where facts come to exist."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from services.store.entry import entry_bytes
from services.store.event_reading import EVENT_COLUMNS, STATE_COLUMNS, event_of, state_of
from services.store.records import LIST_COLUMNS, Append, Appended, Outcome, StoredEvent, StoredState
from services.store.trace_contexts import keep_traces

_SALT_BYTES = 16
_APPEND = (
    "SELECT command, outcome, version, answer FROM es.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,"
    "$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)"
)
_APPEND_ONE = f"SELECT es.append_one({','.join(f'${number}' for number in range(1, 37))})"
_KNOWN = "SELECT request_sha256, version, answer FROM es.command WHERE idempotency_key = $1"
_STATE = f"SELECT {STATE_COLUMNS} FROM es.current_state"  # noqa: S608
_STREAM = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE stream_id = $1 AND version > $2 ORDER BY version"  # noqa: S608
_LOG_AFTER = f"""
    SELECT l.pos, e.* FROM es.log l CROSS JOIN LATERAL (SELECT {EVENT_COLUMNS} FROM es.event WHERE seq = l.seq) e
     WHERE l.pos > $1 AND l.pos <= $1 + $2 ORDER BY l.pos"""  # noqa: S608
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_DEADLOCK_RETRIES = 3


class EventStore:
    """The store as the application role sees it, over a pool from `open_pool`, or one connection of it."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def exclusively(self, name: str) -> AsyncGenerator[PoolConnectionProxy]:
        """One transaction that nobody else's of the same name, in any process, overlaps; committed at the end.

        Whatever the one before wrote can be read, over any connection.
        """
        # Queued here, a process waits on one connection only, however many callers there are: the rest stay free for
        # what the caller inside has to read.
        async with self._turn, self._connection() as connection, connection.transaction():
            await connection.execute(_ALONE, name)
            yield connection

    @asynccontextmanager
    async def together(self) -> AsyncGenerator[PoolConnectionProxy]:
        """One transaction, committed at the end, for what belongs to a command beside its events."""
        async with self._connection() as connection, connection.transaction():
            yield connection

    def _connection(self) -> PoolAcquireContext:
        if not isinstance(self._pool, asyncpg.Pool):
            raise TypeError("this store is inside a transaction already")
        return self._pool.acquire()

    async def append(self, commands: Sequence[Append]) -> list[Appended]:
        """Write a batch in one transaction; outcomes come in the commands' order and each command stands for itself.

        A key or a stream must occur once in a batch: asyncpg.PostgresError otherwise. What comes back is on disk.
        """
        if not commands:
            return []
        await keep_traces(self._pool, commands)
        if len(commands) == 1:
            return [await self._append_one(commands[0])]
        rows = await self._written(_APPEND, _arguments(commands))
        outcomes = [Appended(Outcome.APPENDED, command.version, command.answer) for command in commands]
        for row in rows:
            outcomes[row["command"] - 1] = Appended(Outcome(row["outcome"]), row["version"] or 0, row["answer"])
        return outcomes

    async def _append_one(self, command: Append) -> Appended:
        [[outcome]] = await self._written(_APPEND_ONE, _arguments_of(command))
        if outcome == "appended":
            return Appended(Outcome.APPENDED, command.version, command.answer)
        # A new statement, so that it sees what a concurrent call with the same key has committed meanwhile.
        known = await self._pool.fetchrow(_KNOWN, command.key) if outcome == "known" else None
        if known is None:
            return Appended(Outcome.CONFLICT, 0, None)
        if known["request_sha256"] != command.request_sha256:
            return Appended(Outcome.KEY_REUSED, 0, None)
        return Appended(Outcome.REPLAYED, known["version"], known["answer"])

    async def _written(self, query: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
        for _ in range(_DEADLOCK_RETRIES - 1):
            # Commands lock in one order, so only foreign transactions can cause this; nothing was written.
            with suppress(asyncpg.DeadlockDetectedError):
                return await self._pool.fetch(query, *arguments)
            await asyncio.sleep(0)
        return await self._pool.fetch(query, *arguments)

    async def append_all_or_none(self, commands: Sequence[Append]) -> list[Appended]:
        """As `append`, but where one of them is not written none is; those it held back are conflicts."""
        async with self._connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            outcomes: list[Appended] = []
            try:
                outcomes = await EventStore(connection).append(commands)
            finally:
                written = {outcome.outcome for outcome in outcomes} == {Outcome.APPENDED}
                await (transaction.commit() if written else transaction.rollback())
        if written:
            return outcomes
        return [
            Appended(Outcome.CONFLICT, 0, None) if outcome.outcome is Outcome.APPENDED else outcome
            for outcome in outcomes
        ]

    async def answer_for(self, key: str) -> tuple[bytes, bytes] | None:
        """Find what was answered under a key: the request's SHA-256 and the answer; None for a new key."""
        row = await self._pool.fetchrow("SELECT request_sha256, answer FROM es.command WHERE idempotency_key = $1", key)
        return None if row is None else (row["request_sha256"], row["answer"])

    async def state(self, stream_id: UUID) -> StoredState | None:
        """Load the current state of one aggregate; None where the stream does not exist."""
        row = await self._pool.fetchrow(f"{_STATE} WHERE stream_id = $1", stream_id)
        return None if row is None else state_of(row)

    async def states(self, stream_ids: Sequence[UUID]) -> dict[UUID, StoredState]:
        """Load the current states of many aggregates by id; unknown ids are absent."""
        rows = await self._pool.fetch(f"{_STATE} WHERE stream_id = ANY ($1)", list(stream_ids))
        return {row["stream_id"]: state_of(row) for row in rows}

    async def stream(self, stream_id: UUID, after_version: int = 0) -> list[StoredEvent]:
        """Read a stream's events in version order; positions are not looked up."""
        rows = await self._pool.fetch(_STREAM, stream_id, after_version)
        return [event_of(row, None) for row in rows]

    async def log_after(self, position: int, limit: int) -> list[StoredEvent]:
        """Read up to `limit` sequenced events that follow a position (-1 for the beginning), in log order."""
        rows = await self._pool.fetch(_LOG_AFTER, position, limit)
        return [event_of(row, row["pos"]) for row in rows]

    async def log_size(self) -> int:
        """Count the events in the log; the last position is one less."""
        return await self._pool.fetchval("SELECT coalesce(max(pos) + 1, 0) FROM es.log")

    async def next_item_numbers(self, count: int) -> list[int]:
        """Draw item numbers; numbers of commands that fail afterwards are gaps."""
        rows = await self._pool.fetch("SELECT nextval('es.item_number') AS number FROM generate_series(1, $1)", count)
        return [row["number"] for row in rows]


_row_of = attrgetter(*LIST_COLUMNS)


def _arguments_of(command: Append) -> tuple[Any, ...]:
    """Turn one command into es.append_one's arguments: seven arrays by event at the end."""
    # By the clock of this process: what stands in the entry must be known before the database writes it.
    recorded_at = datetime.now(UTC)
    events = command.events
    salts = [os.urandom(_SALT_BYTES) for _ in events]
    return (
        command.key,
        command.request_sha256,
        command.stream_id,
        command.kind,
        command.expected_version,
        command.answer,
        command.actor,
        command.campaign_id,
        command.unit,
        command.area,
        command.state,
        recorded_at,
        events[-1].occurred_at,
        *_row_of(command.row),
        [event.event_id for event in events],
        [event.type for event in events],
        [event.schema_version for event in events],
        [event.occurred_at for event in events],
        [
            entry_bytes(command, event, command.expected_version + ordinal, salt, recorded_at)
            for ordinal, (event, salt) in enumerate(zip(events, salts, strict=True), start=1)
        ],
        [event.data for event in events],
        salts,
    )


def _arguments(commands: Sequence[Append]) -> list[list[Any]]:
    """Turn commands into es.append's arrays: thirteen by command, ten by event."""
    recorded_at = datetime.now(UTC)  # as above
    events = [
        (index, ordinal, command, event)
        for index, command in enumerate(commands, start=1)
        for ordinal, event in enumerate(command.events, start=1)
    ]
    noise = os.urandom(_SALT_BYTES * len(events))
    salts = [noise[start : start + _SALT_BYTES] for start in range(0, len(noise), _SALT_BYTES)]
    entries = [
        entry_bytes(command, event, command.expected_version + ordinal, salt, recorded_at)
        for (_, ordinal, command, event), salt in zip(events, salts, strict=True)
    ]
    return [
        [command.key for command in commands],
        [command.request_sha256 for command in commands],
        [command.stream_id for command in commands],
        [command.kind for command in commands],
        [command.expected_version for command in commands],
        [len(command.events) for command in commands],
        [command.answer for command in commands],
        [command.actor for command in commands],
        [command.campaign_id for command in commands],
        [command.unit for command in commands],
        [command.area for command in commands],
        [command.state for command in commands],
        [command.row.as_json(command.events[-1].occurred_at) for command in commands],
        [index for index, _, _, _ in events],
        [ordinal for _, ordinal, _, _ in events],
        [event.event_id for _, _, _, event in events],
        [event.type for _, _, _, event in events],
        [event.schema_version for _, _, _, event in events],
        [event.occurred_at for _, _, _, event in events],
        entries,
        [event.data for _, _, _, event in events],
        salts,
        [recorded_at] * len(events),
    ]
