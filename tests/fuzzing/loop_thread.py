"""A thread with an event loop in which the city lives, for tools that call it from outside of any loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class LoopThread(Generic[T]):
    """What an asynchronous context manager opened, kept open in a loop of its own."""

    def __init__(self, open_city: Callable[[], AbstractAsyncContextManager[T]]) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="city", daemon=True)
        self._open = open_city
        self._closing = asyncio.Event()
        self.opened: T

    def run(self, work: Coroutine[Any, Any, R], seconds: float | None = 60) -> R:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    @contextmanager
    def running(self) -> Iterator["LoopThread[T]"]:
        self._thread.start()
        ready: asyncio.Future[T] = self.run(self._future())
        living = asyncio.run_coroutine_threadsafe(self._live(ready), self.loop)
        try:
            self.opened = self.run(_awaited(ready), 120)
            yield self
        finally:
            self.loop.call_soon_threadsafe(self._closing.set)
            living.result(60)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join()
            self.loop.close()

    async def _future(self) -> asyncio.Future[T]:
        return self.loop.create_future()

    async def _live(self, ready: asyncio.Future[T]) -> None:
        try:
            async with self._open() as opened:
                ready.set_result(opened)
                await self._closing.wait()
        except BaseException as failure:
            if ready.done():
                raise
            ready.set_exception(failure)


async def _awaited(future: asyncio.Future[R]) -> R:
    return await future
