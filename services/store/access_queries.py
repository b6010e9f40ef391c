"""Reads the access log: traces of all kinds, newest first, by who left them, by what they are, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.store.conditions import Conditions
from services.store.event_reading import EVENT_COLUMNS, event_of
from services.store.records import StoredEvent

READS, HISTORY_READS = "access.personal_data_read.v1", "access.history_read.v1"
# As in the indexes of migration 0013, which serve no query that says it otherwise.
_TRACES = (
    "kind IN ('access', 'principal', 'person', 'webhook', 'channel', 'catalogue', 'policy', 'calendar', 'standard', "
    "'formulas', 'template', 'unit', 'area')"
)
_COLUMNS = f"{EVENT_COLUMNS}, entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFilter:
    """Which traces. ``since`` is inclusive, ``until`` exclusive; ``about``: only reads of this one's data or deeds."""

    types: Sequence[str]
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    about: UUID | None = None


@dataclass(frozen=True, slots=True)
class AccessPlace:
    """Where a page ended: when its last trace happened, and that one's number in the store."""

    occurred_at: datetime
    seq: int


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """A trace; ``event.position`` is None until it is sequenced. ``entry`` is its leaf in the log, as JSON."""

    event: StoredEvent
    entry: bytes


class AccessQueries:
    """The access log, over a pool on the application's or the auditors' role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(self, wanted: AccessFilter, after: AccessPlace | None, limit: int) -> list[TraceRecord]:
        """The next traces after a place, the newest first."""
        found = Conditions([_TRACES, "type = wanted.of_type"])
        found.add("actor = {}", wanted.actor)
        found.add("occurred_at >= {}", wanted.since)
        found.add("occurred_at < {}", wanted.until)
        if wanted.about is not None:
            person = found.parameter(str(wanted.about))
            # Reads of personal data have an index of whose; auditors' reads are few, and are walked through.
            reads = " OR ".join(
                f"(type = '{name}' AND es.ids_read(data) ? {person})" for name in (READS, HISTORY_READS)
            )
            found.texts.append(f"({reads})")
        if after is not None:
            at, seq = found.parameter(after.occurred_at), found.parameter(after.seq)
            found.texts.append(f"(occurred_at, seq) < ({at}, {seq})")
        types, most = found.parameter(list(wanted.types)), found.parameter(limit)
        # Each type has its newest at the end of an index; together they are sorted here, a page of each at most.
        rows = await self._pool.fetch(
            f"""
            SELECT l.pos, e.* FROM (
              SELECT each.* FROM unnest({types}::text[]) AS wanted (of_type)
               CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM es.event WHERE {found}
                                    ORDER BY occurred_at DESC, seq DESC LIMIT {most}) each
               ORDER BY each.occurred_at DESC, each.seq DESC LIMIT {most}) e
              LEFT JOIN es.log l ON l.seq = e.seq
             ORDER BY e.occurred_at DESC, e.seq DESC""",  # noqa: S608 - constants and numbered parameters
            *found.values,
        )
        return [TraceRecord(event_of(row, row["pos"]), row["entry"]) for row in rows]
