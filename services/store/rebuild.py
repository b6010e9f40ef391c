"""Recreates every current-state row from events alone, tells what differed, and swaps the rows in one transaction.

Most of the work runs beside the writers. Only at the end are they held off: for the streams that moved on meanwhile,
the comparison and the swap.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson

from services.store.event_reading import EVENT_COLUMNS, event_of
from services.store.pools import prepare
from services.store.records import LIST_COLUMNS, ListRow, StoredEvent

# The whole stream in version order → the state's JSON and the columns of lists.
Fold = Callable[[Sequence[StoredEvent]], tuple[bytes, ListRow]]
# A kind and a state's JSON → the JSON in which this program writes that state; None where it is no such state.
Normal = Callable[[str, bytes], bytes | None]
Progress = Callable[[int], None]

_PAGE = 5_000
_SHOWN = 1_000
_COLUMNS = ("stream_id", "kind", "version", "state", "updated_at", *LIST_COLUMNS)
_NAMES = ", ".join(_COLUMNS)
_ALIKE = "EXISTS (SELECT FROM alike a WHERE a.stream_id = o.stream_id)"
_DIFFERS = ", ".join(
    f"CASE WHEN n.{name} IS DISTINCT FROM o.{name}{f' AND NOT {_ALIKE}' if name == 'state' else ''} THEN '{name}' END"
    for name in _COLUMNS[1:]
)

_EVENTS_BY_STREAM = f"""
    SELECT {EVENT_COLUMNS} FROM es.event
     WHERE (stream_id, version) > ($1, $2) ORDER BY stream_id, version LIMIT {_PAGE}"""  # noqa: S608
_EVENTS_OF = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE stream_id = ANY ($1) ORDER BY stream_id, version"  # noqa: S608
_MOVED_ON = """
    SELECT s.stream_id FROM es.stream s LEFT JOIN staged n USING (stream_id)
     WHERE n.version IS DISTINCT FROM s.version"""
_COMPARE = f"""
    SELECT *, count(*) OVER () AS total
      FROM (SELECT stream_id, n.stream_id IS NULL AS surplus, o.stream_id IS NULL AS missing,
                   array_remove(ARRAY[{_DIFFERS}], NULL) AS columns
              FROM staged n FULL JOIN es.current_state o USING (stream_id)
             WHERE (n.*) IS DISTINCT FROM (o.*)) AS unlike
     WHERE surplus OR missing OR cardinality(columns) > 0 ORDER BY stream_id LIMIT {_SHOWN}"""  # noqa: S608
_OTHER_TEXT = f"""
    SELECT stream_id, o.kind, o.state AS stored, n.state AS folded
      FROM staged n JOIN es.current_state o USING (stream_id)
     WHERE n.state IS DISTINCT FROM o.state AND stream_id > $1 ORDER BY stream_id LIMIT {_PAGE}"""  # noqa: S608
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
    dsn: str, fold: Fold, *, replace: bool = True, progress: Progress | None = None, normal: Normal | None = None
) -> Rebuilt:
    """Fold every stream again and compare; with `replace` also swap the rows. The DSN is the owner's.

    `progress` is told the number of events folded so far; `count_events` says out of how many. With `normal`, a state
    that an older program wrote, before a field was added, differs only if it says something else.
    """
    async with _owner(dsn) as connection:
        await connection.execute(
            "CREATE TEMP TABLE staged (LIKE es.current_state INCLUDING DEFAULTS, PRIMARY KEY (stream_id))"
        )
        await connection.execute("CREATE TEMP TABLE alike (stream_id uuid PRIMARY KEY)")
        events = await _stage(connection, fold, progress)
        async with connection.transaction():
            await connection.execute("LOCK TABLE es.stream IN SHARE MODE")  # appends wait from here to the end
            broken = await _catch_up(connection, fold)
            if normal is not None:
                await _find_alike(connection, normal)
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


async def _find_alike(connection: asyncpg.Connection, normal: Normal) -> None:
    """Note the rows whose state is written otherwise than it was folded, and read comes to the same."""
    after = UUID(int=0)
    while page := await connection.fetch(_OTHER_TEXT, after):
        alike = [(row["stream_id"],) for row in page if _same(normal(row["kind"], row["stored"]), row["folded"])]
        await connection.copy_records_to_table("alike", records=alike, columns=("stream_id",))
        after = page[-1]["stream_id"]


def _same(read: bytes | None, folded: bytes) -> bool:
    return read is not None and orjson.loads(read) == orjson.loads(folded)


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
