"""The table into which every alternative writes one row for each deadline it acts upon, and how late the rows are."""

import statistics
from dataclasses import dataclass
from datetime import datetime

import asyncpg

TABLE = """
    CREATE TABLE public.fired (
      id uuid PRIMARY KEY, due timestamptz NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())"""
INSERT = "INSERT INTO public.fired (id, due) VALUES ($1, $2) ON CONFLICT DO NOTHING"
LAGS = "SELECT extract(epoch FROM at - due)::float8 AS lag FROM public.fired"


@dataclass(frozen=True, slots=True)
class Lags:
    """How many seconds after the deadline they were acted upon: in the middle, at 99 %, and the last."""

    fired: int
    median: float
    ninety_ninth: float
    last: float

    @property
    def rate(self) -> float:
        return self.fired / max(self.last, 0.001)


async def lags(connection: asyncpg.Connection, query: str = LAGS, *arguments: datetime) -> Lags:
    """What has been fired so far."""
    late = sorted(row["lag"] for row in await connection.fetch(query, *arguments))
    if len(late) < 2:
        return Lags(len(late), *((late or [0.0]) * 3))
    return Lags(len(late), statistics.median(late), late[int(0.99 * (len(late) - 1))], late[-1])
