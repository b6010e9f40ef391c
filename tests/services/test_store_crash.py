"""What the store has acknowledged survives kill -9 of PostgreSQL, once, and the sequencer goes on by itself."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from services.embedded.child import Child
from services.embedded.databases import DatabaseAddresses
from services.embedded.layout import Layout
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from services.sequencer.sequencer import Sequencer
from services.store.event_store import EventStore
from services.store.migrate import migrate
from services.store.pools import OUTAGES, open_pool
from services.store.records import Append, Appended, Outcome
from tests.services.store_samples import command

KILLS = 2
WRITERS = 6
APPENDS_BETWEEN_KILLS = 300


class Server:
    """A PostgreSQL that may be killed, unlike the one that all tests share."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout.of(folder)
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        child: Child = EmbeddedPostgres(self.layout, durable=True).child()
        await asyncio.to_thread(child.prepare)
        self._process = child.start(self._log)
        while not await asyncio.to_thread(child.ready, self._process.pid):  # noqa: ASYNC110 - a process cannot set an event
            await asyncio.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="duban-crash-"))
    killable = Server(folder)
    yield killable
    killable.kill()
    shutil.rmtree(folder, ignore_errors=True)


async def insist(store: EventStore, append: Append) -> Appended:
    """Send a command until it is answered, as a client with a key does."""
    while True:
        try:
            [appended] = await store.append([append])
        except OUTAGES:
            await asyncio.sleep(0.02)
        else:
            return appended


async def test_what_was_acknowledged_survives_and_is_written_once(server: Server) -> None:
    await server.start()
    maintenance = await asyncpg.connect(server.layout.dsn(SUPERUSER, "postgres"))
    await maintenance.execute("CREATE DATABASE crash")
    await maintenance.close()
    database = DatabaseAddresses.embedded(server.layout, "crash")
    await migrate(database.superuser)
    stopping = asyncio.Event()
    sequencing = asyncio.create_task(Sequencer(database.sequencer).run(stopping))
    acknowledged: list[Append] = []
    enough = asyncio.Event()

    async with await open_pool(database.app) as pool:
        store = EventStore(pool)

        async def write() -> None:
            while not enough.is_set():
                append = command(events=2)
                assert (await insist(store, append)).outcome in {Outcome.APPENDED, Outcome.REPLAYED}
                acknowledged.append(append)

        writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
        for kill in range(1, KILLS + 2):
            while len(acknowledged) < kill * APPENDS_BETWEEN_KILLS and not any(writer.done() for writer in writers):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if kill <= KILLS:
                server.kill()
                await server.start()
        enough.set()
        await asyncio.gather(*writers)

        size = 2 * len(acknowledged)
        while await store.log_size() < size and not sequencing.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stopping.set()
        await sequencing
        logged = [event.event_id for event in await store.log_after(-1, size + 100)]
        assert len(logged) == size
        assert set(logged) == {event.event_id for append in acknowledged for event in append.events}
