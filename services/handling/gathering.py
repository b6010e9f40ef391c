"""Lets commands that arrive one by one share transactions: those that come while one is written go into the next.

Nobody waits for company: an idle store writes the first at once. Each command still succeeds or is refused for itself,
and is answered when it is on disk.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import replace
from typing import Protocol

from domain.errors import Rejection
from services.handling.command_handler import Wish
from services.handling.commanding import commanding
from services.handling.receipts import Receipt
from services.store.pools import OUTAGES
from services.telemetry.tracing import parent_attached

_MOST_TOGETHER = 100
_ENOUGH = 16  # so many need not wait for the writer under way: another one begins
_WRITERS = 4

_Answer = asyncio.Future[Receipt | Rejection]


class Batches(Protocol):
    """What carries out many commands in one transaction."""

    async def handle_batch(self, wishes: Sequence[Wish]) -> Sequence[Receipt | Rejection]:
        """Answer for each, in order."""
        ...


class Gathering:
    """Hands wishes to a handler, as many together as have gathered."""

    def __init__(self, handler: Batches) -> None:
        self._handler = handler
        self._waiting: deque[tuple[Wish, _Answer]] = deque()
        self._writing = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, wish: Wish) -> Receipt | Rejection:
        """The receipt, once it is on disk, or why not. Raises what the store raises when it is away."""
        with commanding(wish.command, wish.aggregate.kind, wish.stream_id) as trace:
            return await self._gathered(replace(wish, trace=trace) if trace else wish)

    async def _gathered(self, wish: Wish) -> Receipt | Rejection:
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, answer))
        if not self._writing or (len(self._waiting) >= _ENOUGH and self._writing < _WRITERS):
            self._writing += 1
            # In a context of its own: what it writes belongs to the requests of all.
            task = asyncio.create_task(self._write(), context=Context())
            self._tasks.add(task)  # the loop itself holds tasks weakly
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _write(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # what arrives in this very moment comes along
                together = [self._waiting.popleft() for _ in range(min(_MOST_TOGETHER, len(self._waiting)))]
                if together:  # another writer may have taken them
                    await self._write_together(together)
        finally:
            # Not when the task is done: between the last look and then, somebody could queue up and never be served.
            self._writing -= 1

    async def _write_together(self, together: Sequence[tuple[Wish, _Answer]]) -> None:
        try:
            # The queries are shown in one of the traces; the events belong each to its own.
            with parent_attached(next((wish.trace for wish, _ in together if wish.trace), None)):
                answers = await self._handler.handle_batch([wish for wish, _ in together])
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait
            if len(together) == 1 or isinstance(error, OUTAGES):
                for _, waiting in together:
                    _fail(waiting, error)
                return
            # It may be one wish's alone: then it must not spoil the others.
            for each in together:
                await self._write_together([each])
            return
        for (_, waiting), answer in zip(together, answers, strict=True):
            if not waiting.done():  # its request may have been cancelled
                waiting.set_result(answer)


def _fail(waiting: _Answer, error: Exception) -> None:
    if not waiting.done():
        waiting.set_exception(error)
