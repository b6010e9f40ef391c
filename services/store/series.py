"""Numbers without gaps: the counters, the next number within a transaction, and what the events say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_NEXT = "SELECT es.next_number($1, $2)"
# What events of these types say was given, by series and year.
_GIVEN = """
    SELECT series, year, max(sequence) AS last, count(*) AS numbers, count(DISTINCT sequence) AS different
      FROM (SELECT n ->> 'series' AS series, (n ->> 'year')::int AS year, (n ->> 'sequence')::bigint AS sequence
              FROM es.event e CROSS JOIN LATERAL (SELECT convert_from(e.data, 'UTF8')::jsonb -> 'number' AS n) d
             WHERE e.type = ANY ($1)) g
     GROUP BY series, year"""
_COMPARE = f"""
    SELECT series, year, coalesce(s.last, 0) AS counted, coalesce(g.last, 0) AS last,
           coalesce(g.last - g.different, 0) AS missing, coalesce(g.numbers - g.different, 0) AS twice
      FROM es.series s FULL JOIN ({_GIVEN}) g USING (series, year)
     WHERE s.last IS DISTINCT FROM g.last OR g.numbers <> g.last OR g.different <> g.last
     ORDER BY series, year"""  # noqa: S608 - constants
_REPLACE = f"INSERT INTO es.series (series, year, last) SELECT series, year, last FROM ({_GIVEN}) g"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SeriesFault:
    """A series in a year whose counter is not the ``last`` number given, or whose numbers are not 1 to ``last``."""

    series: str
    year: int
    counted: int
    last: int
    missing: int
    twice: int


async def take_number(connection: asyncpg.Connection | PoolConnectionProxy, series: str, year: int) -> int:
    """The next number of a series in a year; given back where the connection's transaction is undone."""
    return await connection.fetchval(_NEXT, series, year)


async def series_faults(
    connection: asyncpg.Connection | PoolConnectionProxy, types: Sequence[str]
) -> list[SeriesFault]:
    """Where the counters are not what events of these types say; both as of one instant."""
    return [SeriesFault(**row) for row in await connection.fetch(_COMPARE, list(types))]


async def rebuild_series(dsn: str, types: Sequence[str], *, replace: bool = True) -> list[SeriesFault]:
    """Compare the counters with the numbers in events of these types; with ``replace`` also set them anew.

    The DSN is the owner's. Whoever wants a number waits meanwhile. Numbers that are missing or were given twice in
    the events themselves are reported and cannot be mended.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET ROLE duban_owner")
        async with connection.transaction():
            await connection.execute("LOCK TABLE es.series IN EXCLUSIVE MODE")
            faults = await series_faults(connection, types)
            if replace and faults:
                await connection.execute("DELETE FROM es.series")
                await connection.execute(_REPLACE, list(types))
        return faults
    finally:
        await connection.close()
