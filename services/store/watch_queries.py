"""Asks the store what an operator is woken by: what waits, since when, and what did not follow.

However large the store is, each question is short: it walks an index and looks at no more than `MOST` rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from asyncpg.pool import PoolConnectionProxy

MOST = 10_000
# What es.sequence_tick would take next: committed, and not in the log yet. In the order of xid, so that no other index
# looks tempting: walking them by seq took a second at a million events. In a store that was restored elsewhere,
# xids say nothing until the sequencer has noticed: what came after the last entry waits.
_UNSEQUENCED = """
    WITH restored AS MATERIALIZED (
      SELECT pg_snapshot_xmax(snap) > pg_snapshot_xmax(pg_current_snapshot())
             OR cluster <> (SELECT system_identifier FROM pg_control_system()) AS holds FROM es.sequencer)
    SELECT count(*) AS waiting, min(recorded_at) AS since FROM (
      (SELECT seq, recorded_at FROM es.event
        WHERE seq >= (SELECT floor FROM es.sequencer) AND xid >= (SELECT pg_snapshot_xmax(snap) FROM es.sequencer)
        ORDER BY xid LIMIT $1)
      UNION
      (SELECT seq, recorded_at FROM es.event
        WHERE seq >= (SELECT floor FROM es.sequencer)
          AND xid = ANY (ARRAY(SELECT pg_snapshot_xip(snap) FROM es.sequencer))
        ORDER BY xid LIMIT $1)
      UNION
      (SELECT seq, recorded_at FROM es.event
        WHERE (SELECT holds FROM restored) AND seq > coalesce((SELECT seq FROM es.log ORDER BY pos DESC LIMIT 1), 0)
        ORDER BY seq LIMIT $1)) w"""
_SIGNED = """
    SELECT size, extract(epoch FROM clock_timestamp() - signed_at)::float8 AS age,
           (SELECT sequenced_at FROM es.log WHERE pos = size) AS unsigned_since
      FROM es.checkpoint ORDER BY size DESC LIMIT 1"""
_UNSIGNED = "SELECT sequenced_at FROM es.log ORDER BY pos LIMIT 1"
_LATE = """
    SELECT kind, count(*) AS late, min(next_due_at) AS since FROM (
      SELECT kind, next_due_at FROM es.current_state
       WHERE next_due_at IS NOT NULL AND next_due_at < $1 ORDER BY next_due_at LIMIT $2) w
     GROUP BY kind"""
_PASSED_OVER = "SELECT count(*) FROM (SELECT FROM es.passed_over LIMIT $1) w"
_WITNESSED = """
    SELECT (SELECT max(size) FROM es.cosignature WHERE witness = $1) AS size,
           (SELECT signed_at FROM es.checkpoint
             WHERE size > coalesce((SELECT max(size) FROM es.cosignature WHERE witness = $1), 0)
             ORDER BY size LIMIT 1) AS waiting_since"""
_STAMPED = """
    SELECT extract(epoch FROM clock_timestamp() - stamped_at)::float8 FROM es.time_stamp ORDER BY size DESC LIMIT 1"""
_BYTES = "SELECT pg_database_size(current_database())"


@dataclass(frozen=True, slots=True)
class Unsequenced:
    """How many committed events wait for their place in the log, `MOST` at most, and since when the first does."""

    waiting: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Signed:
    """The newest checkpoint: its size, its age in seconds, and since when the first entry beyond it waits."""

    size: int
    age: float | None
    unsigned_since: datetime | None


@dataclass(frozen=True, slots=True)
class Late:
    """How many aggregates of a kind should have been acted on by now, and since when the first."""

    late: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The newest checkpoint that a witness cosigned, and since when the first it has not waits."""

    size: int
    waiting_since: datetime | None


class WatchQueries:
    """Questions of the application's role, over one connection."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """The database's clock."""
        return await self._connection.fetchval("SELECT clock_timestamp()")

    async def unsequenced(self) -> Unsequenced:
        """What the sequencer has not come to."""
        row = await self._connection.fetchrow(_UNSEQUENCED, MOST)
        return Unsequenced(0, None) if row is None else Unsequenced(row["waiting"], row["since"])

    async def signed(self) -> Signed:
        """What the notary has come to."""
        row = await self._connection.fetchrow(_SIGNED)
        if row is None:
            return Signed(0, None, await self._connection.fetchval(_UNSIGNED))
        return Signed(row["size"], row["age"], row["unsigned_since"])

    async def late(self, before: datetime) -> Mapping[str, Late]:
        """By kind, what fell due before an instant and still waits to be acted on; `MOST` of all kinds at most."""
        rows = await self._connection.fetch(_LATE, before, MOST)
        return {row["kind"]: Late(row["late"], row["since"]) for row in rows}

    async def passed_over(self) -> int:
        """How many acts and cases did not follow, `MOST` at most."""
        return await self._connection.fetchval(_PASSED_OVER, MOST)

    async def witnessed(self, witness: str) -> Witnessed:
        """How far a witness has come."""
        row = await self._connection.fetchrow(_WITNESSED, witness)
        return Witnessed(0, None) if row is None else Witnessed(row["size"] or 0, row["waiting_since"])

    async def stamped(self) -> float | None:
        """The age of the newest time stamp in seconds; None where there is none."""
        return await self._connection.fetchval(_STAMPED)

    async def bytes(self) -> int:
        """How much room the database takes."""
        return await self._connection.fetchval(_BYTES)
