"""Shares the examination of ranges out to processes, a few ranges ahead of whoever takes the findings, in order."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

_MOST_PROCESSES = 4

Found = TypeVar("Found")
Examine = Callable[[str, int, int], Coroutine[Any, Any, Found]]


async def shared_out(examine: Examine[Found], dsn: str, ranges: Iterable[tuple[int, int]]) -> AsyncIterator[Found]:
    """What is found in each range, in their order; ``examine`` is a function of a module, as other processes need."""
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    # Spawned, because this process has threads, and a copy of those would be stuck.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = deque(ranges)
        under_way: deque[Future[Found]] = deque()
        while waiting or under_way:
            while waiting and len(under_way) < 2 * processes:
                under_way.append(pool.submit(_examine_alone, examine, dsn, *waiting.popleft()))
            yield await asyncio.wrap_future(under_way.popleft())


def _examine_alone(examine: Examine[Found], dsn: str, start: int, end: int) -> Found:
    return asyncio.run(examine(dsn, start, end))
