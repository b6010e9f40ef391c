"""Recreates every current-state row from events alone, tells what differed, and swaps the rows in one transaction.

Most of the work runs beside the writers. Only at the end are they held off: for the streams that moved on meanwhile,
the comparison and the swap.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.store.event_reading import EVENT_COLUMNS, event_of
from services.store.pools import prepare
from services.store.records import LIST_COLUMNS, ListRow, StoredEvent

# The whole stream in version order → the state's JSON and the columns of lists.
Fold = Callable[[Sequence[StoredEvent]], tuple[bytes, ListRow]]
Progress = Callable[[int], None]

_PAGE = 5_000
_SHOWN = 1_000
_COLUMNS = ("stream_id", "kind", "version", "state", "updated_at", *LIST_COLUMNS)
_NAMES = ", ".join(_COLUMNS)
_DIFFERS = ", ".join(f"CASE WHEN n.{name} IS DISTINCT FROM o.{name} THEN '{name}' END" for name in _COLUMNS[1:])

_EVENTS_BY_STREAM = f"""
    SELECT {EVENT_COLUMNS} FROM es.event
     WHERE (stream_id, version) > ($1, $2) ORDER BY stream_id, version LIMIT {_PAGE}"""  # noqa: S608
_EVENTS_OF = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE stream_id = ANY ($1) ORDER BY stream_id, version"  # noqa: S608
_MOVED_ON = """
    SELECT s.stream_id FROM es.stream s LEFT JOIN staged n USING (stream_id)
     WHERE n.version IS DISTINCT FROM s.version"""
_COMPARE = f"""
    SELECT stream_id, n.stream_id IS NULL AS surplus, o.stream_id IS NULL AS missing,
           array_remove(ARRAY[{_DIFFERS}], NULL) AS columns, count(*) OVER () AS total
      FROM staged n FULL JOIN es.current_state o USING (stream_id)
     WHERE (n.*) IS DISTINCT FROM (o.*) ORDER BY stream_id LIMIT {_SHOWN}"""  # noqa: S608
_REPLACE = f"INSERT INTO es.current_state ({_NAMES}) SELECT {_NAMES} FROM staged"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Difference:
    """A current-state row that was not what its events say: missing, without events, or differing in columns."""

    stream_id: UUID
    missing: bool
    surplus: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was read and what differed; `differences` shows the first thousand of `differing`."""

    streams: int
    events: int
    differing: int
    differences: tuple[Difference, ...]
    broken_streams: tuple[UUID, ...]  # es.stream counts other versions than there are events: no rebuild mends that


async def rebuild_current_states(
    dsn: str, fold: Fold, *, replace: bool = True, progress: Progress | None = None
) -> Rebuilt:
    """Fold every stream again and compare; with `replace` also swap the rows. The DSN is the owner's.

    `progress` is told the number of events folded so far; `count_events` says out of how many.
    """
    async with _owner(dsn) as connection:
        await connection.execute(
            "CREATE TEMP TABLE staged (LIKE es.current_state INCLUDING DEFAULTS, PRIMARY KEY (stream_id))"
        )
        events = await _stage(connection, fold, progress)
        async with connection.transaction():
            await connection.execute("LOCK TABLE es.stream IN SHARE MODE")  # appends wait from here to the end
            broken = await _catch_up(connection, fold)
            differing = await connection.fetch(_COMPARE)
            streams: int = await connection.fetchval("SELECT count(*) FROM staged")
            if replace:
                await connection.execute("DELETE FROM es.current_state")
                await connection.execute(_REPLACE)
    return Rebuilt(
        streams=streams,
        events=events,
        differing=differing[0]["total"] if differing else 0,
        differences=tuple(
            Difference(row["stream_id"], row["missing"], row["surplus"], tuple(row["columns"])) for row in differing
        ),
        broken_streams=tuple(broken),
    )


async def count_events(dsn: str) -> int:
    """Count all events, for a progress bar."""
    async with _owner(dsn) as connection:
        return await connection.fetchval("SELECT count(*) FROM es.event")


async def streams_of(connection: asyncpg.Connection) -> AsyncIterator[list[StoredEvent]]:
    """Give every stream's events, one stream at a time, in bounded memory and without a long transaction."""
    stream, version = UUID(int=0), 0
    gathered: list[StoredEvent] = []
    while page := await connection.fetch(_EVENTS_BY_STREAM, stream, version):
        for row in page:
            if gathered and gathered[-1].stream_id != row["stream_id"]:
                yield gathered
                gathered = []
            gathered.append(event_of(row, None))
        stream, version = page[-1]["stream_id"], page[-1]["version"]
    if gathered:
        yield gathered


async def _stage(connection: asyncpg.Connection, fold: Fold, progress: Progress | None) -> int:
    count = 0
    rows: list[tuple[object, ...]] = []
    async for events in streams_of(connection):
        count += len(events)
        rows.append(_row(events, fold))
        if len(rows) == _PAGE:
            await _copy(connection, rows)
            rows = []
            if progress:
                progress(count)
    await _copy(connection, rows)
    if progress:
        progress(count)
    await connection.execute("ANALYZE staged")
    return count


async def _catch_up(connection: asyncpg.Connection, fold: Fold) -> list[UUID]:
    """Fold again what was appended to since it was staged; return the streams that still do not add up."""
    moved = [row["stream_id"] for row in await connection.fetch(_MOVED_ON)]
    if not moved:
        return []
    await connection.execute("DELETE FROM staged WHERE stream_id = ANY ($1)", moved)
    by_stream: dict[UUID, list[StoredEvent]] = {}
    for row in await connection.fetch(_EVENTS_OF, moved):
        by_stream.setdefault(row["stream_id"], []).append(event_of(row, None))
    await _copy(connection, [_row(events, fold) for events in by_stream.values()])
    return [row["stream_id"] for row in await connection.fetch(_MOVED_ON)]


async def _copy(connection: asyncpg.Connection, rows: list[tuple[object, ...]]) -> None:
    await connection.copy_records_to_table("staged", records=rows, columns=_COLUMNS)


def _row(events: Sequence[StoredEvent], fold: Fold) -> tuple[object, ...]:
    state, row = fold(events)
    last = events[-1]
    return (
        last.stream_id,
        last.kind,
        last.version,
        state,
        last.occurred_at,
        *(getattr(row, name) for name in LIST_COLUMNS),
    )


@asynccontextmanager
async def _owner(dsn: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        await connection.execute("SET ROLE duban_owner")
        # Pages are read through each partition's (stream_id, version) index, however young the statistics are.
        await connection.execute("SET enable_seqscan = off; SET enable_sort = off; SET jit = off")
        yield connection
    finally:
        await connection.close()
