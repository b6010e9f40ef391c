"""Reads the log part by part, in several processes where that is worth it; every part is checked by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from services.doctor.beside import check_beside
from services.doctor.damage import Damage, Place
from services.doctor.entries import Followed, Rows
from services.doctor.sharing import shared_out
from services.store.integrity import IntegrityQueries
from services.store.integrity_beside import BesideQueries
from services.store.pools import prepare
from services.transparency.tiles import WIDTH, fold

POSITIONS = 64 * WIDTH
_AT_ONCE = 16 * WIDTH
_SMALL = 4 * POSITIONS  # less is done before other processes have started


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of a part of the log: its hashes, those of its whole tiles, and what is wrong."""

    start: int
    hashes: list[bytes]
    nodes: list[bytes]
    damage: Damage
    documents: dict[str, Place]
    versions: list[Followed]


async def parts(dsn: str, size: int) -> AsyncIterator[Part]:
    """Every part of the log up to a size, in order."""
    ranges = [(start, min(start + POSITIONS, size)) for start in range(0, size, POSITIONS)]
    if size <= _SMALL:
        for start, end in ranges:
            yield await read_part(dsn, start, end)
        return
    async for part in shared_out(read_part, dsn, ranges):
        yield part


async def read_part(dsn: str, start: int, end: int) -> Part:
    """Read and check positions from start (a multiple of 256) to end (exclusive)."""
    connection = await asyncpg.connect(dsn)
    try:
        await prepare(connection)
        queries, beside, rows = IntegrityQueries(connection), BesideQueries(connection), Rows()
        upto = await beside.words_upto()
        hashes: list[bytes] = []
        for first in range(start, end, _AT_ONCE):
            after = min(first + _AT_ONCE, end)
            found = await queries.rows(first, after)
            hashes += rows.check(found, first, after)
            await check_beside(beside, found, upto, rows.damage)
    finally:
        await connection.close()
    whole = len(hashes) - len(hashes) % WIDTH
    nodes = [fold(hashes[place : place + WIDTH]) for place in range(0, whole, WIDTH)]
    return Part(start, hashes, nodes, rows.damage, rows.documents, rows.versions)
