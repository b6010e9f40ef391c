"""The database server of a fault run: on a small disk, with a clock that can jump, and with a copy to fail over to."""

import asyncio
import dataclasses
import os
import shutil
import signal
import threading
from contextlib import suppress
from pathlib import Path

from services.embedded.child import Child
from services.embedded.databases import DATABASE, DatabaseAddresses
from services.embedded.layout import SOCKET_NAME, Layout
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.supervisor import Supervisor
from tests.faults.clocks import Clocks

NAME = "postgres"
_START_SECONDS = 120.0


class Cluster:
    """One PostgreSQL in a folder of its own, kept running, except while somebody holds it down."""

    def __init__(self, folder: Path, logs: Path, clocks: Clocks) -> None:
        self.layout = Layout.of(folder)
        self.server = EmbeddedPostgres(self.layout)
        self._released = threading.Event()
        self._released.set()
        self._kept = False
        plain = self.server.child()
        child = dataclasses.replace(
            plain, prepare=lambda: self._prepare(plain), command=clocks.command(NAME, plain.command)
        )
        self.supervisor = Supervisor([child], logs)

    @property
    def addresses(self) -> DatabaseAddresses:
        """Where it is reached around all proxies."""
        return DatabaseAddresses.embedded(self.layout, DATABASE)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a raw connection, as the far end of a link."""
        return await asyncio.open_unix_connection(str(self.layout.socket_folder / SOCKET_NAME))

    async def start(self) -> None:
        """Start it, or go on keeping it running, and wait until it accepts connections."""
        self._released.set()
        if not self._kept:
            self._kept = True
            await self.supervisor.start(timeout_seconds=_START_SECONDS)
        await self.supervisor.wait_ready(NAME, _START_SECONDS)

    async def stop(self) -> None:
        """Shut it down properly and leave it down."""
        self._kept = False
        await self.supervisor.stop()
        self._released.set()

    def crash(self) -> None:
        """Kill every process of it at once, as a loss of power does to the machine."""
        everyone = self.processes()
        for pid in everyone:
            signal_to(pid, signal.SIGSTOP)  # so that none of them sees another die and does something about it
        if everyone:
            self.supervisor.kill(NAME)  # which from then on does not take it for ready any more
        for pid in everyone[1:]:
            signal_to(pid, signal.SIGKILL)

    def hold_down(self) -> None:
        """Do not start it again when it dies, until `start`."""
        self._released.clear()

    def processes(self) -> list[int]:
        """Return the ids of the server's processes, the postmaster's first."""
        leader = self.supervisor.pid(NAME)
        return [] if leader is None else [leader, *children_of(leader)]

    def lose(self) -> None:
        """Delete the data folder of a server that is down: the disk is gone."""
        shutil.rmtree(self.layout.postgres)

    def _prepare(self, child: Child) -> None:
        self._released.wait()
        if not self._kept:
            raise GivenUpError  # stopped while it was held down: what follows would make an empty one
        child.prepare()


class GivenUpError(RuntimeError):
    """The server was held down, and then stopped for good."""


def children_of(pid: int) -> list[int]:
    """Return the ids of the processes that this one started."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(each) for each in text.split()]


def signal_to(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone needs none."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
