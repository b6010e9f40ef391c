"""One walk through the events for a page of an auditor's question: its bounds, and every condition but the driver's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from services.store.audit_filter import AuditFilter, Order, Place
from services.store.conditions import Conditions

_NARROW = 50_000  # positions whose sequence numbers are looked up first, so that the walk stays among them
_POSITION = "(SELECT l.pos FROM es.log l WHERE l.seq = e.seq)"
_NO_EVIDENCE = "position('\"evidence\":[]'::bytea IN e.data) > 0"
# OFFSET keeps the planner from looking for the smallest by walking all sequence numbers.
_BOUNDS = """
    SELECT min(seq), max(seq) FROM (SELECT seq FROM es.log WHERE pos >= $1 AND pos < $2 OFFSET 0) AS range"""
_TOP = "SELECT coalesce(max(seq), 0) FROM es.log"
COLUMNS = {
    "streams": ("stream_id", "uuid"),
    "units": ("unit", "text"),
    "areas": ("area", "text"),
    "types": ("type", "text"),
    "campaigns": ("campaign_id", "text"),
}
# What is not searchable by its words yet was looked through before the walk began.
_SAYS = (
    "(e.seq = ANY ({lately}::bigint[])"
    " OR EXISTS (SELECT FROM read.words w WHERE w.seq = e.seq AND strpos(lower(w.words), lower({text})) > 0))"
)


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk, inside a transaction of its own. ``seqs``: between which sequence numbers all of it lies.

    ``reported``: items that the person reported; ``lately``: events that say the text and are not found by words yet.
    """

    connection: PoolConnectionProxy
    wanted: AuditFilter
    reported: Sequence[UUID]
    lately: Sequence[int]
    order: Order
    place: Place | None
    positions: tuple[int, int]
    seqs: tuple[int, int]

    @classmethod
    async def of(
        cls,
        connection: PoolConnectionProxy,
        wanted: AuditFilter,
        reported: Sequence[UUID],
        lately: Sequence[int],
        size: int,
        order: Order,
        place: Place | None,
    ) -> "Walk":
        """A walk through the first ``size`` events of the log."""
        start = wanted.position_from or 0
        end = size if wanted.position_to is None else min(size, wanted.position_to)
        low, high = 0, await connection.fetchval(_TOP)
        if (start, end) != (0, size) and end - start <= _NARROW:
            row = await connection.fetchrow(_BOUNDS, start, end)
            low, high = (row[0] or 0, row[1] or 0) if row else (0, 0)
        return cls(connection, wanted, reported, lately, order, place, (start, end), (low, high))

    def branch(
        self, found: Conditions, column: str, kind: str, values: Sequence[Any], *, of_each: int | None = None
    ) -> str:
        """The first events of every value of a column, merged; at most so many ``of_each``."""
        inner = self.inner(f"e.{column} = v.value", found)
        if of_each is not None:
            inner = inner.replace("LIMIT $1", f"LIMIT {found.parameter(of_each)}")
        return (
            f"SELECT f.seq FROM unnest({found.parameter(list(values))}::{kind}[]) AS v (value)"  # noqa: S608 - names of columns
            f" CROSS JOIN LATERAL ({inner}) f ORDER BY f.seq {self.direction} LIMIT $1"
        )

    def inner(self, condition: str, found: Conditions) -> str:
        """The first events of one value, whose condition is given."""
        text = f"{condition} AND {found}"
        return f"SELECT e.seq FROM es.event e WHERE {text} ORDER BY e.seq {self.direction} LIMIT $1"  # noqa: S608

    def conditions(self, limit: int, without: set[str], *, by_seq: bool = True, seq: str = "e.seq") -> Conditions:
        """Everything but what the driver sees to; $1 is the limit. ``seq``: how the sequence number is spelled."""
        found = Conditions([f"{seq} >= $2 AND {seq} <= $3"], [limit, *self.seqs])
        if by_seq and self.place is not None:
            found.add(f"{seq} {self.beyond} {{}}", self.place.seq)
        found.add(f"{_POSITION} < {{}}", self.positions[1])
        if self.positions[0]:
            found.add(f"{_POSITION} >= {{}}", self.positions[0])
        self.filters(found, without)
        return found

    def filters(self, found: Conditions, without: set[str]) -> None:
        """Add what is asked for."""
        wanted = self.wanted
        for name, (column, kind) in COLUMNS.items():
            values = self.values(name)
            if name not in without and values is not None:
                found.add(f"e.{column} = ANY ({{}}::{kind}[])", list(values))
        if "person" not in without and wanted.person is not None:
            actor, streams = found.parameter(wanted.person), found.parameter(list(self.reported))
            found.texts.append(f"(e.actor = {actor} OR e.stream_id = ANY ({streams}::uuid[]))")
        if "text" not in without and wanted.text is not None:
            lately, text = found.parameter(list(self.lately)), found.parameter(wanted.text)
            found.texts.append(_SAYS.format(lately=lately, text=text))
        if wanted.without_evidence:
            found.texts.append(_NO_EVIDENCE)
        if wanted.without_traces:
            found.texts.append("e.kind <> 'access'")
        found.add("e.occurred_at >= {}", wanted.occurred_from)
        found.add("e.occurred_at < {}", wanted.occurred_to)
        found.add("e.recorded_at >= {}", wanted.recorded_from)
        found.add("e.recorded_at < {}", wanted.recorded_to)

    def values(self, name: str) -> Sequence[Any] | None:
        """What is asked for of a column with values."""
        return getattr(self.wanted, name)

    @property
    def bounds(self) -> tuple[int, int]:
        """Between which sequence numbers the page lies."""
        low, high = self.seqs
        if self.place is None:
            return low, high
        return (low, min(high, self.place.seq)) if self.order == "newest" else (max(low, self.place.seq), high)

    async def fetch(self, query: str, found: Conditions) -> list[int]:
        """The sequence numbers that a query finds."""
        return [row["seq"] for row in await self.connection.fetch(query, *found.values)]

    @property
    def direction(self) -> str:
        """As SQL says it."""
        return "DESC" if self.order == "newest" else "ASC"

    @property
    def beyond(self) -> str:
        """How what follows compares with where the page before ended."""
        return "<" if self.order == "newest" else ">"
