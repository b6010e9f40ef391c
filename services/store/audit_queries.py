"""Answers auditors' questions about events: by any one filter as fast at ten million events as at one million."""

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

_PATIENCE_MILLISECONDS = 15_000
# Plans must hold for every value: those remembered, and joins of whole tables, look good on average only.
_SETTINGS = (
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
    f"SET LOCAL enable_memoize = off; SET LOCAL jit = off; SET LOCAL statement_timeout = {_PATIENCE_MILLISECONDS}"
)
_REPORTED_BY = """
    SELECT stream_id FROM es.current_state
     WHERE kind = 'item' AND state #>> '{dossier,issue,reporter}' = $1 LIMIT 10000"""
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
_SUBJECTS = "SELECT stream_id, kind, number, title, area FROM es.current_state WHERE stream_id = ANY ($1)"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a stream is about, as it is called now."""

    kind: str
    number: str | None
    title: str | None
    area: str | None


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
        """The next events of a log of ``size`` after the one at position ``after``. Raises QuestionTooWideError.

        In the order of happening or recording where a time of these alone is asked for, else as they were written down.
        All pages of one size are together one result, whatever is written meanwhile.
        """
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                await connection.execute(_SETTINGS)
                found = await search(await _walk(connection, wanted, size, order, after), limit)
                rows = await connection.fetch(_EVENTS, found)
        except asyncpg.QueryCanceledError:
            raise QuestionTooWideError from None
        return [event_of(row, row["pos"]) for row in rows]

    async def stream(self, stream_id: UUID, limit: int) -> list[StoredEvent]:
        """The events of one stream in version order, with their positions."""
        rows = await self._pool.fetch(_STREAM, stream_id, limit)
        return [event_of(row, row["pos"]) for row in rows]

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
        reported = [row["stream_id"] for row in await connection.fetch(_REPORTED_BY, wanted.person)]
    return await Walk.of(connection, wanted, reported, size, order, place)
