"""Reads what is kept beside events and must follow from them: the words that are searched, the keys of commands."""

from collections.abc import Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.words import SUBSCRIPTION

_UPTO = "SELECT coalesce((SELECT pos FROM es.subscription WHERE name = $1), -1)"
_WORDS = "SELECT seq, words FROM read.words WHERE seq = ANY ($1)"
_STRAY = """
    SELECT seq FROM read.words w WHERE NOT EXISTS (SELECT FROM es.log l WHERE l.seq = w.seq) ORDER BY seq LIMIT $1"""
_UNKNOWN = """
    SELECT key FROM unnest($1::text[]) AS key
     WHERE NOT EXISTS (SELECT FROM es.command c WHERE c.idempotency_key = key)"""


class BesideQueries:
    """What the doctor compares with events, over a connection of any role that may read them."""

    def __init__(self, connection: asyncpg.Connection | PoolConnectionProxy) -> None:
        self._connection = connection

    async def words_upto(self) -> int:
        """The last position whose words must be there; -1 where none must."""
        return await self._connection.fetchval(_UPTO, SUBSCRIPTION)

    async def words(self, seqs: Sequence[int]) -> dict[int, str]:
        """The words that are kept of events, by their seq."""
        return {row["seq"]: row["words"] for row in await self._connection.fetch(_WORDS, seqs)}

    async def stray_words(self, limit: int) -> list[int]:
        """The seqs of words that are of no event in the log."""
        return [row["seq"] for row in await self._connection.fetch(_STRAY, limit)]

    async def unknown_keys(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys of commands that nothing remembers."""
        return {row["key"] for row in await self._connection.fetch(_UNKNOWN, keys)}
