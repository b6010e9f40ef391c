"""The whole product as in production, one process beside the other, with every link between them breakable."""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from services.cli.first_key import FILE_NAME, first_key
from services.embedded.checks import announced, free_ports
from services.embedded.child import Child
from services.embedded.supervisor import Supervisor
from services.embedded.temporal import EmbeddedTemporal, installed_binary
from services.settings import Role, Settings
from services.store.migrate import migrate
from tests.faults.clocks import Clocks, clear_leftovers
from tests.faults.database import Cluster, children_of, signal_to
from tests.faults.disk import Disk
from tests.faults.links import Link
from tests.faults.parts import (
    CLIENTS,
    FIRST_ONES,
    GATEWAYS,
    POSTGRES,
    PROCESSES,
    SECOND_ONES,
    TEMPORAL,
    kind_of,
    link_between,
    servers_of,
)
from tests.faults.quiescence import under_way
from workflows.search_attributes import SEARCH_ATTRIBUTES

_USERS = {
    Role.OWNER: "postgres",
    Role.APP: "duban_app",
    Role.SEQUENCER: "duban_sequencer",
    Role.AUDITOR: "duban_auditor",
}
_DISK_MEGABYTES = 1536
_READY_SECONDS = 120.0
_COMMAND_SECONDS = 120.0
_LOOK_SECONDS = 0.5
# One quiet look may fall between an act and what follows from it.
_QUIET_LOOKS = 3


class CommandFailedError(RuntimeError):
    """A `duban` command ended with an error; carries what it said."""


class Stand:
    """`async with Stand(folder, seed=…) as stand:` starts everything on a folder of its own and stops it again.

    `launch` is what starts a process of Duban, before the process's name; `only` leaves others of `PROCESSES` out.
    Everything about it happens in one event loop, which must stay free: the links run in it.
    """

    def __init__(
        self, folder: Path, *, seed: int, launch: Sequence[str] | None = None, only: Sequence[str] = PROCESSES
    ) -> None:
        self.folder = folder.resolve()
        self.seed = seed
        self.clocks = Clocks(self.folder / "clocks")
        self.links: dict[str, Link] = {}
        self.gateways: list[str] = []
        self.administrator_key = ""
        self._only = tuple(name for name in PROCESSES if name in only)
        self._launch = tuple(launch or (str(installed_binary("duban", "duban")),))
        self._keepers: dict[str, Supervisor] = {}
        self._paused: dict[int, str] = {}
        self._started: set[str] = set()

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs = self.folder / "logs"
        self.disk = Disk(self.folder / "disk", megabytes=_DISK_MEGABYTES)
        self.database = self.new_cluster()
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    # What the load and the checker need.

    @property
    def processes(self) -> tuple[str, ...]:
        """Everything that can be struck: the two servers and Duban's own processes that run now."""
        own = (name for name in self._only if name in self._started)
        return (POSTGRES, TEMPORAL, *own)

    def direct_dsn(self, role: Role) -> str:
        """Return the address of the database for a role, around all breakable links."""
        addresses = self.database.addresses
        return {
            Role.OWNER: addresses.superuser,
            Role.APP: addresses.app,
            Role.SEQUENCER: addresses.sequencer,
            Role.AUDITOR: addresses.auditor,
        }[role]

    def settings_for_cli(self) -> dict[str, str]:
        """Return the environment variables with which `duban …` works on this stand, around all breakable links."""
        return self._direct_settings().environment()

    async def command(self, *arguments: str, seconds: float = _COMMAND_SECONDS) -> str:
        """Run `duban …` on this stand; returns what it printed, raises CommandFailedError and TimeoutError."""
        process = await asyncio.create_subprocess_exec(
            *self._launch,
            *arguments,
            env={**os.environ, **self.settings_for_cli()},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(seconds):
                said, _ = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise CommandFailedError(said.decode(errors="replace"))
        return said.decode(errors="replace")

    # What strikes need.

    def pid(self, name: str) -> int | None:
        """Return the id of a process, None while it is down."""
        return self._keeper(name).pid(name)

    def restarts(self, name: str) -> int:
        """Return how often a process was started again after dying."""
        return self._keeper(name).restarts(name)

    def kill(self, name: str) -> bool:
        """Kill a process with SIGKILL; it is started again. False where it is down already."""
        try:
            self._keeper(name).kill(name)
        except ProcessLookupError:
            return False
        return True

    def pause(self, name: str) -> bool:
        """Stop a process with SIGSTOP, of PostgreSQL every single one, until `resume`. False where it is down."""
        pid = self.pid(name)
        if pid is None:
            return False
        for each in (pid, *(children_of(pid) if name == POSTGRES else [])):
            self.pause_pid(each, name)
        return True

    def pause_pid(self, pid: int, name: str) -> None:
        """Stop one process of those that a part consists of, until `resume` of that part."""
        self._paused[pid] = name
        signal_to(pid, signal.SIGSTOP)

    def resume(self, *names: str) -> None:
        """Let what was paused of these parts (of all when none is named) go on."""
        for pid in [pid for pid, name in self._paused.items() if not names or name in names]:
            del self._paused[pid]
            signal_to(pid, signal.SIGCONT)

    async def stop(self, name: str) -> None:
        """Tell a process to end (SIGTERM, a grace, then SIGKILL), and leave it so."""
        self._started.discard(name)
        await self._keeper(name).stop()

    async def start(self, name: str) -> None:
        """Start a process that was stopped, and wait until it is at work."""
        if name not in self._started:
            self._started.add(name)
            await self._keeper(name).start()
        await self._keeper(name).wait_ready(name, _READY_SECONDS)

    def new_cluster(self) -> Cluster:
        """Describe one more database server, in a folder of its own on the small disk."""
        number = 1 + sum(1 for _ in self.disk.folder.glob("cluster-*"))
        folder = self.disk.folder / f"cluster-{number}"
        folder.mkdir(mode=0o755)
        return Cluster(folder, self.logs, self.clocks)

    async def wipe_temporal(self) -> None:
        """Take Temporal's whole memory away and start it again with none."""
        await self.stop(TEMPORAL)
        self._temporal.wipe()
        await self.start(TEMPORAL)

    async def heal(self) -> None:
        """Put everything right and wait until all processes are at work again; raises TimeoutError."""
        self.disk.free()
        for link in self.links.values():
            link.heal()
        for name in self.clocks.wrong():
            self.clocks.set(name, timedelta(0))
        self.resume()
        await self.database.start()
        for name in (TEMPORAL, *self._first_ones):
            await self.start(name)
        for name in SECOND_ONES:
            if name in self._started:
                await self.stop(name)

    async def quiesce(
        self, *, seconds: float = 120.0, standstill_seconds: float = 120.0, horizon_seconds: float = 20.0
    ) -> list[str]:
        """Wait until everything is in the log, signed, read by all, and nothing falls due within the horizon.

        Ends after so many seconds, or when nothing has changed for as long as a standstill is borne. Returns what was
        still under way then; an empty list is what one wants to see.
        """
        clock, quiet = asyncio.get_running_loop().time, 0
        end, before, changed = clock() + seconds, list[str](), clock()
        while True:
            rest = await under_way(self.direct_dsn(Role.OWNER), horizon_seconds=horizon_seconds)
            quiet = 0 if rest else quiet + 1
            before, changed = (before, changed) if rest == before else (rest, clock())
            if quiet == _QUIET_LOOKS or clock() > min(end, changed + standstill_seconds):
                return rest
            await asyncio.sleep(_LOOK_SECONDS)

    # How it is built.

    @property
    def _first_ones(self) -> tuple[str, ...]:
        return tuple(name for name in self._only if name in FIRST_ONES)

    async def _start(self) -> None:
        await self.database.start()
        await asyncio.to_thread(self.database.server.create_database, self.database.addresses.name)
        port, http_port, metrics_port = free_ports(3)
        self._temporal = EmbeddedTemporal(
            port=port,
            http_port=http_port,
            metrics_port=metrics_port,
            search_attributes=SEARCH_ATTRIBUTES,
            database=self.folder / "temporal" / "temporal.db",
        )
        self._keepers[TEMPORAL] = Supervisor([self._temporal.child()], self.logs)
        settings = self._direct_settings()
        await asyncio.gather(migrate(settings.dsn(Role.OWNER)), self.start(TEMPORAL))
        settings.layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        await first_key(settings)
        self.administrator_key = (settings.layout.root / FILE_NAME).read_text(encoding="ascii").strip()
        for name in self._only:
            self._keepers[name] = Supervisor([await self._child(name)], self.logs)
        await asyncio.gather(*(self.start(name) for name in self._first_ones))

    async def _child(self, name: str) -> Child:
        file = self.folder / "ready" / name
        file.parent.mkdir(mode=0o700, exist_ok=True)
        to_database = await self._link(name, POSTGRES)
        update: dict[str, object] = {
            "ready_file": file,
            **{
                f"database_{role}_url": SecretStr(
                    f"postgresql://{user}@127.0.0.1:{to_database.port}/{self.database.addresses.name}?sslmode=disable"
                )
                for role, user in _USERS.items()
            },
        }
        if TEMPORAL in servers_of(name):
            update["temporal_address"] = f"127.0.0.1:{(await self._link(name, TEMPORAL)).port}"
        if name in GATEWAYS:
            (update["gateway_port"],) = free_ports(1)
            self.gateways.append(f"http://127.0.0.1:{(await self._link(CLIENTS, name, update['gateway_port'])).port}")
        settings = self._direct_settings().model_copy(update=update)
        return Child(
            name=name,
            command=self.clocks.command(name, (*self._launch, kind_of(name))),
            prepare=lambda: file.unlink(missing_ok=True),
            ready=announced(file),
            environment=settings.environment(),
        )

    async def _link(self, near: str, far: str, port: object = None) -> Link:
        async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            if far == POSTGRES:
                return await self.database.connect()  # whichever it is by then
            return await asyncio.open_connection("127.0.0.1", self._temporal.port if far == TEMPORAL else port)  # type: ignore[arg-type]

        link = self.links[link_between(near, far)] = Link(link_between(near, far), connect)
        await link.open()
        return link

    def _direct_settings(self) -> Settings:
        return Settings(
            data_dir=self.folder / "data",
            database_owner_url=SecretStr(self.direct_dsn(Role.OWNER)),
            database_app_url=SecretStr(self.direct_dsn(Role.APP)),
            database_sequencer_url=SecretStr(self.direct_dsn(Role.SEQUENCER)),
            database_auditor_url=SecretStr(self.direct_dsn(Role.AUDITOR)),
            temporal_address=self._temporal.address,
            allowed_networks="127.0.0.0/8",
            log_format="console",
        )

    def _keeper(self, name: str) -> Supervisor:
        return self.database.supervisor if name == POSTGRES else self._keepers[name]

    async def _stop(self) -> None:
        self.resume()
        for link in self.links.values():
            await link.close()
        await asyncio.gather(*(keeper.stop() for name, keeper in self._keepers.items() if name != TEMPORAL))
        if TEMPORAL in self._keepers:
            await self._keepers[TEMPORAL].stop()
        await self.database.stop()
        clear_leftovers()
        self.disk.remove()
        shutil.rmtree(self.folder / "disk", ignore_errors=True)
