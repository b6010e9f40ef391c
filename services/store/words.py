"""Keeps what people wrote where its words can be searched, behind the log; reads from the log what is not there yet."""

import asyncio
from collections.abc import Iterable, Sequence

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from domain.wording import written_in
from services.store.log_follower import LogFollower
from services.store.pools import prepare

SUBSCRIPTION = "words"
MOST_UNREAD = 20_000  # events: about half a second of reading
_AT_ONCE = 5_000
_PAGE = """
    SELECT e.seq, e.data FROM es.log l CROSS JOIN LATERAL (SELECT seq, data FROM es.event WHERE seq = l.seq) e
     WHERE l.pos > $1 AND l.pos <= $2"""
_ADD = "INSERT INTO read.words (seq, words) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT (seq) DO NOTHING"
_POSITION = "SELECT coalesce((SELECT pos FROM es.subscription WHERE name = $1), -1)"
# By the database, so that small and capital letters are told apart in one way only.
_SAYING = """
    SELECT seq FROM unnest($1::bigint[], $2::text[]) AS unread (seq, words)
     WHERE strpos(lower(words), lower($3)) > 0"""
_SURPLUS = "SELECT seq, words FROM read.words EXCEPT SELECT seq, words FROM pg_temp.words"
_MISSING = "SELECT seq, words FROM pg_temp.words EXCEPT SELECT seq, words FROM read.words"
_DIFFERING = f"SELECT (SELECT count(*) FROM ({_SURPLUS}) AS s) + (SELECT count(*) FROM ({_MISSING}) AS m)"  # noqa: S608


class WordsBehindError(RuntimeError):
    """More of the log is not searchable by its words yet than can be read for one question: it is being caught up."""

    def __init__(self, position: int, size: int) -> None:
        super().__init__(f"words are searchable up to position {position} of a log of {size}")
        self.position = position
        self.size = size


class WordProjection:
    """What people wrote, as one projector keeps it, over a connection of its own. Use `begin` first."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._follower = LogFollower(connection, SUBSCRIPTION)

    async def begin(self) -> bool:
        """Take the subscription over; False where another projector is at work."""
        return await self._follower.begin()

    async def step(self, most: int) -> int:
        """Deal with the next events of the log and return how many there were; raises FencedOffError."""
        before, upto = self._follower.position, await self._follower.ahead(most)
        if upto == before:
            return 0
        seqs, words = _written(await self._connection.fetch(_PAGE, before, upto))
        async with self._follower.moving(upto):
            await self._connection.execute(_ADD, seqs, words)
        return upto - before


async def said_lately(connection: PoolConnectionProxy, text: str, size: int) -> list[int]:
    """Which events of a log of ``size``, not searchable by words yet, say a text. Raises WordsBehindError."""
    position: int = await connection.fetchval(_POSITION, SUBSCRIPTION)
    if size - 1 <= position:
        return []
    if size - 1 - position > MOST_UNREAD:
        raise WordsBehindError(position, size)
    written = await connection.fetch(_PAGE, position, size - 1)
    seqs, words = await asyncio.to_thread(_written, written)  # up to twenty thousand documents; others wait
    return [row["seq"] for row in await connection.fetch(_SAYING, seqs, words, text)]


async def rebuild_words(dsn: str, *, replace: bool = True) -> int:
    """Read the log again as far as the projector has, and compare; with ``replace`` also mend. Returns what differed.

    The DSN is the owner's. A row that is wrong counts twice, as it was and as it should be. The projector waits.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        await connection.execute("SET ROLE duban_owner")
        await connection.execute("CREATE TEMP TABLE words (LIKE read.words)")
        async with connection.transaction():
            follower = LogFollower(connection, SUBSCRIPTION)
            await follower.overtake()
            for start in range(-1, follower.position, _AT_ONCE):
                end = min(start + _AT_ONCE, follower.position)
                rows = zip(*_written(await connection.fetch(_PAGE, start, end)), strict=True)
                await connection.copy_records_to_table("words", records=rows, schema_name=await _temporary(connection))
            differing: int = await connection.fetchval(_DIFFERING)
            if replace and differing:
                await connection.execute(f"DELETE FROM read.words WHERE seq IN (SELECT seq FROM ({_SURPLUS}) AS s)")  # noqa: S608
                await connection.execute(f"INSERT INTO read.words (seq, words) {_MISSING}")
        return differing
    finally:
        await connection.close()


async def _temporary(connection: asyncpg.Connection) -> str:
    return await connection.fetchval("SELECT pg_my_temp_schema()::regnamespace::text")


def _written(rows: Iterable[asyncpg.Record]) -> tuple[Sequence[int], Sequence[str]]:
    """The sequence numbers of events in which people wrote something, and what."""
    found = [(row["seq"], words) for row in rows if (words := words_in(row["data"]))]
    return [seq for seq, _ in found], [words for _, words in found]


def words_in(data: bytes) -> str:
    """What people wrote in an event, as it is searched; empty where they wrote nothing."""
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        return ""  # damaged: that is for `duban verify` to say
    return written_in(content).replace("\0", "")  # which PostgreSQL cannot hold
