"""Reads the log part by part, in several processes where that is worth it; every part is checked by itself."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import asyncpg

from services.doctor.beside import check_beside
from services.doctor.damage import Damage, Place
from services.doctor.entries import Followed, Rows
from services.store.integrity import IntegrityQueries
from services.store.integrity_beside import BesideQueries
from services.store.pools import prepare
from services.transparency.tiles import WIDTH, fold

POSITIONS = 64 * WIDTH
_AT_ONCE = 16 * WIDTH
_MOST_PROCESSES = 4
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
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    # Spawned, because this process has threads, and a copy of those would be stuck.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = deque(ranges)
        under_way: deque[Future[Part]] = deque()
        while waiting or under_way:
            while waiting and len(under_way) < 2 * processes:
                under_way.append(pool.submit(_read_part, dsn, *waiting.popleft()))
            yield await asyncio.wrap_future(under_way.popleft())


def _read_part(dsn: str, start: int, end: int) -> Part:
    return asyncio.run(read_part(dsn, start, end))


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
