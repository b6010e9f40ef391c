"""A small HTTP server on this machine that plays the other side of a request: honest, slow, lying or endless."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from services.outgoing.client import Bounds

CERTIFICATE = Path(__file__).parent / "data" / "receiver.pem"
LOCAL = "127.0.0.0/8"
PATIENT = Bounds(connect_seconds=60, silence_seconds=60, total_seconds=60)  # whatever keeps the machine busy


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def plain(status: int, body: bytes = b"", **headers: str) -> Answer:
    lines = [f"HTTP/1.1 {status} Said", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    content = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def answer(_received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()

    return answer


async def endless(_received: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65536)
        await writer.drain()


async def silent(_received: Received, writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


@dataclass
class FakeReceiver:
    port: int
    answer: Answer = field(default_factory=lambda: plain(200, b"{}"))
    received: list[Received] = field(default_factory=list)

    def url(self, path: str = "/", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def fake_receiver(answer: Answer | None = None, *, encrypted: bool = False) -> AsyncIterator[FakeReceiver]:
    context = None
    if encrypted:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    open_ones: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            received = Received(first.split(" ")[1], headers, body)
            receiver.received.append(received)
            await receiver.answer(received, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client had enough
        finally:
            open_ones.discard(writer)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    receiver = FakeReceiver(server.sockets[0].getsockname()[1])
    if answer is not None:
        receiver.answer = answer
    try:
        yield receiver
    finally:
        server.close()
        for writer in list(open_ones):
            writer.transport.abort()
        await server.wait_closed()
