"""Lets reports that arrive one by one share transactions: those that come while one is written go into the next.

Nobody waits for company: an idle store writes the first at once. Each report still succeeds or is refused for itself,
and is answered when it is on disk.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from domain.errors import Rejection
from services.handling.command_handler import CommandHandler, Wish
from services.handling.receipts import Receipt
from services.store.pools import OUTAGES

_MOST_TOGETHER = 100
_WRITERS = 1

_Answer = asyncio.Future[Receipt | Rejection]


class Gathering:
    """Hands wishes that open aggregates to a handler, as many together as have gathered."""

    def __init__(self, handler: CommandHandler) -> None:
        self._handler = handler
        self._waiting: deque[tuple[Wish, _Answer]] = deque()
        self._writers: set[asyncio.Task[None]] = set()

    async def handle(self, wish: Wish) -> Receipt | Rejection:
        """The receipt, once it is on disk, or why not. Raises what the store raises when it is away."""
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, answer))
        if len(self._writers) < _WRITERS:
            writer = asyncio.create_task(self._write())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await answer

    async def _write(self) -> None:
        while self._waiting:
            together = [self._waiting.popleft() for _ in range(min(_MOST_TOGETHER, len(self._waiting)))]
            try:
                answers = await self._handler.handle_batch([wish for wish, _ in together])
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait, and must not end the writer
                await self._fail(together, error)
            else:
                for (_, waiting), answer in zip(together, answers, strict=True):
                    if not waiting.done():  # its request may have been cancelled
                        waiting.set_result(answer)

    async def _fail(self, together: Sequence[tuple[Wish, _Answer]], error: Exception) -> None:
        """Give everybody the error, unless it may be one wish's alone: then each is tried by itself."""
        for wish, waiting in together:
            if waiting.done():
                continue
            if len(together) == 1 or isinstance(error, OUTAGES):
                waiting.set_exception(error)
                continue
            try:
                [answer] = await self._handler.handle_batch([wish])
                waiting.set_result(answer)
            except Exception as its_own:  # noqa: BLE001 - as above
                waiting.set_exception(its_own)
