"""Answers auditors' questions about events: by any one filter as fast at ten million events as at one million."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.audit_filter import AuditFilter, Order, Place
from services.store.audit_search import search
from services.store.audit_walk import Walk
from services.store.event_reading import EVENT_COLUMNS, event_of
from services.store.records import StoredEvent
from services.store.words import said_lately

_PATIENCE_SECONDS = 15
# Plans must hold for every value: those remembered, and joins of whole tables, look good on average only.
_SETTINGS = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
    f"SET LOCAL enable_memoize = off; SET LOCAL jit = off; SET LOCAL statement_timeout = {_PATIENCE_SECONDS * 1000}"
)
_REPORTED_BY = """
    SELECT stream_id FROM es.current_state
     WHERE kind = 'item' AND state #>> '{dossier,issue,reporter}' = $1
       AND ($3::uuid[] IS NULL OR stream_id = ANY ($3)) LIMIT $2"""
_MOST_REPORTED = 10_000
_PLACE = """
    SELECT l.pos, l.seq, e.occurred_at, e.recorded_at FROM es.log l
     CROSS JOIN LATERAL (SELECT occurred_at, recorded_at FROM es.event WHERE seq = l.seq) e WHERE l.pos = $1"""
_SIZE = "SELECT coalesce(max(pos) + 1, 0) FROM es.log"
_EVENTS = f"""
    SELECT l.pos, e.* FROM unnest($1::bigint[]) WITH ORDINALITY AS found (seq, place)
     CROSS JOIN LATERAL (SELECT {EVENT_COLUMNS} FROM es.event WHERE seq = found.seq) e
     CROSS JOIN LATERAL (SELECT pos FROM es.log WHERE seq = found.seq) l ORDER BY found.place"""  # noqa: S608
_STREAM = f"""
    SELECT (SELECT pos FROM es.log WHERE seq = e.seq) AS pos, {EVENT_COLUMNS} FROM es.event e
     WHERE stream_id = $1 ORDER BY version LIMIT $2"""  # noqa: S608
_ENTRIES = """
    SELECT e.entry, e.salt, e.data FROM unnest($1::bigint[]) WITH ORDINALITY AS wanted (pos, place)
     CROSS JOIN LATERAL (SELECT seq FROM es.log WHERE pos = wanted.pos) l
     CROSS JOIN LATERAL (SELECT entry, salt, data FROM es.event WHERE seq = l.seq) e ORDER BY wanted.place"""
_DEEDS = """
    SELECT type, count(*) AS times
      FROM (SELECT e.type FROM es.event e
             WHERE e.actor = $1 AND ($2::text[] IS NULL OR e.area = ANY ($2)) AND ($5 OR e.kind <> 'access')
               AND (SELECT l.pos FROM es.log l WHERE l.seq = e.seq) < $3
             ORDER BY e.seq DESC LIMIT $4) AS newest
     GROUP BY type ORDER BY times DESC, type"""
_MOST_COUNTED = 100_000
_UNTIL = f"""
    SELECT l.pos, e.* FROM unnest($1::uuid[]) AS wanted (stream_id)
     CROSS JOIN LATERAL (SELECT {EVENT_COLUMNS} FROM es.event WHERE stream_id = wanted.stream_id) e
     CROSS JOIN LATERAL (SELECT pos FROM es.log WHERE seq = e.seq) l
     WHERE l.pos <= $2 ORDER BY e.stream_id, e.version"""  # noqa: S608
_OPEN_STATES = """
    SELECT state FROM es.current_state WHERE kind = $1 AND open ORDER BY reported_at DESC, stream_id LIMIT 1000"""
_KNOWS_CAMPAIGN = "SELECT EXISTS (SELECT FROM es.event WHERE campaign_id = $1)"
_SUBJECTS = "SELECT stream_id, kind, number, title, area FROM es.current_state WHERE stream_id = ANY ($1)"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a stream is about, as it is called now."""

    kind: str
    number: str | None
    title: str | None
    area: str | None


@dataclass(frozen=True, slots=True)
class Deeds:
    """How often somebody did what, the most frequent first; ``complete``: whether that is all of it."""

    times: list[tuple[str, int]]
    complete: bool


class QuestionTooWideError(RuntimeError):
    """The filters together leave too much to walk through: it was given up."""


class AuditQueries:
    """Reads events for auditors, over a pool from `open_pool`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def log_size(self) -> int:
        """How many events have a position."""
        return await self._pool.fetchval(_SIZE)

    async def page(
        self, wanted: AuditFilter, *, size: int, order: Order = "newest", after: int | None = None, limit: int
    ) -> list[StoredEvent]:
        """The next events of a log of ``size`` after the one at position ``after``.

        In the order of happening or recording where a time of these alone is asked for, else as they were written down.
        All pages of one size are together one result, whatever is written meanwhile. Raises QuestionTooWideError, and
        WordsBehindError.
        """
        try:
            async with (
                self._pool.acquire() as connection,
                asyncio.timeout(_PATIENCE_SECONDS),  # a question of words is many statements
                connection.transaction(readonly=True),
            ):
                await connection.execute(_SETTINGS)
                found = await search(await _walk(connection, wanted, size, order, after), limit)
                rows = await connection.fetch(_EVENTS, found)
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise QuestionTooWideError from None
        return [event_of(row, row["pos"]) for row in rows]

    async def stream(self, stream_id: UUID, limit: int) -> list[StoredEvent]:
        """The events of one stream in version order, with their positions."""
        rows = await self._pool.fetch(_STREAM, stream_id, limit)
        return [event_of(row, row["pos"]) for row in rows]

    async def entries(self, positions: Sequence[int]) -> list[tuple[bytes, bytes, bytes]]:
        """Entry, salt and data of the events at positions."""
        rows = await self._pool.fetch(_ENTRIES, list(positions))
        return [(row["entry"], row["salt"], row["data"]) for row in rows]

    async def events_until(self, stream_ids: Sequence[UUID], position: int) -> list[StoredEvent]:
        """The events of streams up to a position, stream by stream."""
        rows = await self._pool.fetch(_UNTIL, list(dict.fromkeys(stream_ids)), position)
        return [event_of(row, row["pos"]) for row in rows]

    async def open_states(self, kind: str) -> list[bytes]:
        """The newest states of a kind that are open, as JSON."""
        return [row["state"] for row in await self._pool.fetch(_OPEN_STATES, kind)]

    async def deeds(self, actor: str, areas: Sequence[str] | None, size: int, *, traces: bool) -> Deeds:
        """What somebody did within the first ``size`` events, of areas or anywhere; of very much, the newest.

        ``traces``: what somebody read and exported counts too.
        """
        rows = await self._pool.fetch(_DEEDS, actor, areas, size, _MOST_COUNTED, traces)
        times = [(row["type"], row["times"]) for row in rows]
        return Deeds(times, complete=sum(count for _, count in times) < _MOST_COUNTED)

    async def knows_campaign(self, campaign_id: str) -> bool:
        """Whether any event is of a campaign."""
        return await self._pool.fetchval(_KNOWS_CAMPAIGN, campaign_id)

    async def subjects(self, stream_ids: Sequence[UUID]) -> dict[UUID, Subject]:
        """What streams are about."""
        rows = await self._pool.fetch(_SUBJECTS, list(stream_ids))
        return {row["stream_id"]: Subject(row["kind"], row["number"], row["title"], row["area"]) for row in rows}


async def _walk(
    connection: PoolConnectionProxy, wanted: AuditFilter, size: int, order: Order, after: int | None
) -> Walk:
    place = None
    if after is not None:
        row = await connection.fetchrow(_PLACE, after)
        if row is None:
            raise LookupError(f"position {after} is not in the log")
        place = Place(*row)
    reported: list[UUID] = []
    if wanted.person is not None:
        found = await connection.fetch(_REPORTED_BY, wanted.person, _MOST_REPORTED + 1, wanted.streams)
        if len(found) > _MOST_REPORTED:  # some of them would be an answer that looks whole
            raise QuestionTooWideError
        reported = [row["stream_id"] for row in found]
    lately = [] if wanted.text is None else await said_lately(connection, wanted.text, size)
    return await Walk.of(connection, wanted, reported, lately, size, order, place)
