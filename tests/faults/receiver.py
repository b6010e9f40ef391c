"""The back-office system's own address, where outcomes arrive: takes most of them, and notes which it took."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson

from tests.faults.journal import Journal, Saw, now

NAME = "12345 热线平台（接收）"
_TURNED_AWAY_SHARE = 0.03
_TAKEN = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
_TURNED_AWAY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@asynccontextmanager
async def outcomes_received(journal: Journal, *, seed: int) -> AsyncGenerator[str]:
    """Listen until the end, and give the address; what was taken stands in the journal before it is answered."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(
                (line.partition(":")[2] for line in head.splitlines() if line.startswith("content-length:")), "0"
            )
            message = orjson.loads(await reader.readexactly(int(length)))
            taken = chance.random() >= _TURNED_AWAY_SHARE
            if taken and "sequence" in message:
                about = {name: message["data"][name] for name in ("item", "version")}
                journal.note(Saw(now(), NAME, "outcome", message["id"], about, now()))
            writer.write(_TAKEN if taken else _TURNED_AWAY)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/outcomes"
    finally:
        server.close()
