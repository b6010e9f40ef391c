"""Links between two parts that can be cut, refused, delayed, stalled and broken off in the middle of a message."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

Upstream = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

_PIECE = 64 * 1024
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Passage:
    """One connection through a link, in both directions."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def reset(self) -> None:
        """End both sides as a machine that went away does: with a reset, not a goodbye."""
        for writer in (self.near, self.far):
            if writer is not None:
                with suppress(OSError, AttributeError):
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                writer.transport.abort()
        for task in self.tasks:
            task.cancel()


class Link:
    """Listens on a port of its own and passes bytes on to wherever `upstream` leads at that moment."""

    def __init__(self, name: str, upstream: Upstream) -> None:
        self.name = name
        self.port = 0
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._passages: set[_Passage] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self._delay_seconds = 0.0
        self._bytes_left: int | None = None

    async def open(self) -> None:
        """Begin to listen on a port that the system chooses."""
        self._server = await asyncio.start_server(self._arrived, "127.0.0.1", 0, limit=_PIECE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Break every connection that stands now; new ones are let through."""
        for passage in tuple(self._passages):
            passage.reset()

    def refuse(self) -> None:
        """Break every connection and turn new ones away, until healed."""
        self._refusing = True
        self.cut()

    def delay(self, seconds: float) -> None:
        """Let every piece wait so long, in each direction, until healed."""
        self._delay_seconds = seconds

    def stall(self) -> None:
        """Swallow everything without a word, on old connections and new ones; it goes on when healed."""
        self._flowing.clear()

    def break_after(self, count: int) -> None:
        """Let so many more bytes through, then break in the middle of a message; new connections are let through."""
        self._bytes_left = count

    def heal(self) -> None:
        """Be a plain wire again."""
        self._refusing = False
        self._delay_seconds = 0.0
        self._bytes_left = None
        self._flowing.set()

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passage = _Passage(writer)
        if self._refusing:
            passage.reset()
            return
        self._passages.add(passage)
        try:
            await self._flowing.wait()
            far_reader, passage.far = await self._upstream()
            passage.tasks = [
                asyncio.create_task(self._pass_on(reader, passage.far, passage)),
                asyncio.create_task(self._pass_on(far_reader, writer, passage)),
            ]
            await asyncio.gather(*passage.tasks)
        except (OSError, asyncio.CancelledError):
            passage.reset()  # nobody at the other end, or cut
        finally:
            self._passages.discard(passage)
            for each in (passage.near, passage.far):
                if each is not None:
                    each.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: _Passage) -> None:
        while piece := await reader.read(_PIECE):
            if self._delay_seconds:
                await asyncio.sleep(self._delay_seconds)
            await self._flowing.wait()
            if self._bytes_left is not None:
                let_through = piece[: self._bytes_left]
                self._bytes_left -= len(let_through)
                if self._bytes_left == 0:
                    writer.write(let_through)
                    self._bytes_left = None
                    await asyncio.sleep(0)  # so that the beginning of the message is on its way
                    self.cut()
                    return
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            with suppress(OSError):
                writer.write_eof()
