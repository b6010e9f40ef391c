"""Links: they pass everything on, and break in every way a network does."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.links import Link

PATIENCE_SECONDS = 60.0


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1024):
        writer.write(piece)
        await writer.drain()
    writer.close()


@pytest_asyncio.fixture
async def link() -> AsyncIterator[Link]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made = Link("a>b", lambda: asyncio.open_connection("127.0.0.1", port))
    await made.open()
    yield made
    await made.close()
    server.close()


async def said(link: Link) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"hello")
    return reader, writer


async def heard(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await reader.readexactly(5)


async def is_broken(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read(5) == b""
    except ConnectionError:
        return True


async def test_a_link_passes_everything_on(link: Link) -> None:
    reader, writer = await said(link)
    assert await heard(reader) == b"hello"
    writer.close()


async def test_a_cut_breaks_what_stands_and_lets_new_connections_through(link: Link) -> None:
    reader, writer = await said(link)
    await heard(reader)
    link.cut()
    assert await is_broken(reader)
    writer.close()
    again, writer = await said(link)
    assert await heard(again) == b"hello"
    writer.close()


async def test_a_refusing_link_lets_nobody_through_until_healed(link: Link) -> None:
    link.refuse()
    reader, writer = await said(link)
    assert await is_broken(reader)
    writer.close()
    link.heal()
    reader, writer = await said(link)
    assert await heard(reader) == b"hello"
    writer.close()


async def test_a_stalled_link_keeps_what_was_said_until_healed(link: Link) -> None:
    link.stall()
    reader, writer = await said(link)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await reader.read(5)
    link.heal()
    assert await heard(reader) == b"hello"
    writer.close()


async def test_a_link_breaks_in_the_middle_of_a_message(link: Link) -> None:
    link.break_after(3)
    reader, writer = await said(link)
    assert await is_broken(reader)
    writer.close()
    reader, writer = await said(link)
    assert await heard(reader) == b"hello"
    writer.close()
