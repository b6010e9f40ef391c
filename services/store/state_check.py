"""Reads whole streams beside their current states, a share of all streams at a time, to be folded and compared."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.store.event_reading import EVENT_COLUMNS, STATE_COLUMNS, event_of
from services.store.pools import prepare
from services.store.records import LIST_COLUMNS, StoredEvent

_PAGE = 5_000
_EVENTS = f"""
    SELECT {EVENT_COLUMNS} FROM es.event
     WHERE (stream_id, version) > ($1, $2) AND stream_id <= $3 ORDER BY stream_id, version LIMIT {_PAGE}"""  # noqa: S608
_STATES = f"SELECT {STATE_COLUMNS} FROM es.current_state WHERE stream_id = ANY ($1)"  # noqa: S608


@dataclass(frozen=True, slots=True)
class KeptState:
    """A current-state row: its version, the state's JSON, and the columns that repeat parts of it, by name."""

    version: int
    kind: str
    state: bytes
    updated_at: datetime
    columns: dict[str, Any]


class StateQueries:
    """Streams and their states, over one connection of any role that may read events."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def streams(self, after: UUID, last: UUID) -> AsyncIterator[list[StoredEvent]]:
        """Every stream after one id up to another (inclusive), its events in the order of versions."""
        stream, version = after, 2**62
        gathered: list[StoredEvent] = []
        while page := await self._connection.fetch(_EVENTS, stream, version, last):
            for row in page:
                if gathered and gathered[-1].stream_id != row["stream_id"]:
                    yield gathered
                    gathered = []
                gathered.append(event_of(row, None))
            stream, version = page[-1]["stream_id"], page[-1]["version"]
        if gathered:
            yield gathered

    async def states(self, streams: Sequence[UUID]) -> dict[UUID, KeptState]:
        """The current states of streams, those that have one."""
        rows = await self._connection.fetch(_STATES, list(streams))
        return {
            row["stream_id"]: KeptState(
                row["version"],
                row["kind"],
                row["state"],
                row["updated_at"],
                {name: row[name] for name in LIST_COLUMNS},
            )
            for row in rows
        }


@asynccontextmanager
async def state_queries(dsn: str) -> AsyncGenerator[StateQueries]:
    """Open a connection for reading everything in the order of streams."""
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        # Pages are read through each partition's (stream_id, version) index, however young the statistics are.
        await connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET jit = off")
        yield StateQueries(connection)
    finally:
        await connection.close()
