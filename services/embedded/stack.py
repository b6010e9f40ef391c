"""The whole product on one machine: embedded PostgreSQL and Temporal, and Duban's processes, in one data folder."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from services.embedded.checks import announced, require_free_ports
from services.embedded.child import Child
from services.embedded.databases import DATABASE
from services.embedded.lock import held
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.supervisor import Supervisor
from services.embedded.temporal import EmbeddedTemporal, installed_binary
from services.settings import Role, Settings

_log = logging.getLogger(__name__)

PROCESSES = ("sequencer", "notary", "projector", "relay", "consequences", "worker", "webhooks", "notifier", "gateway")
_RECOVERY_SECONDS = 600.0
_NEEDS = {
    "sequencer": ("postgres",),
    "notary": ("postgres",),
    "projector": ("postgres",),
    "relay": ("postgres", "temporal"),
    "consequences": ("postgres",),
    "worker": ("postgres", "temporal"),
    "webhooks": ("postgres",),
    "notifier": ("postgres",),
    "gateway": ("postgres",),
}


class StackNotRunningError(RuntimeError):
    """The stack was asked about its processes outside of `async with`."""


class Stack:
    """`async with Stack(…) as stack:` starts everything and stops it again; inside, single processes can be killed.

    `migrate` is given the owner's database address once PostgreSQL is up and before Duban's processes start.
    Raises DataFolderInUseError, PortTakenError and ChildFailedError while starting.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        migrate: Callable[[str], Awaitable[None]],
        search_attributes: Mapping[str, str],
        processes: Sequence[str] = PROCESSES,
        durable: bool = True,
    ) -> None:
        self.settings = settings
        self.layout = settings.layout
        self._migrate = migrate
        self._processes = tuple(processes)
        self._held = ExitStack()
        self._postgres = EmbeddedPostgres(self.layout, durable=durable)
        self._temporal = EmbeddedTemporal(
            port=settings.temporal_port,
            http_port=settings.temporal_http_port,
            metrics_port=settings.temporal_metrics_port,
            ui_port=settings.temporal_ui_port if settings.temporal_ui else None,
            namespace=settings.temporal_namespace,
            search_attributes=search_attributes,
            database=self.layout.temporal_database,
        )
        self._supervisor: Supervisor | None = None

    async def __aenter__(self) -> Self:
        self.layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held.enter_context(held(self.layout.lock))
        try:
            self._require_ports()
            self._supervisor = Supervisor(self._children(), self.layout.logs, changed=self._write_run_file)
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def names(self) -> tuple[str, ...]:
        """The processes in starting order."""
        return self._running.names

    def pid(self, name: str) -> int | None:
        """Return the process id, None while it is down."""
        return self._running.pid(name)

    def restarts(self, name: str) -> int:
        """Return how often the process was started again after dying."""
        return self._running.restarts(name)

    def is_ready(self, name: str) -> bool:
        """Tell whether the process is up and at work."""
        return self._running.is_ready(name)

    def kill(self, name: str) -> int:
        """Kill the process with SIGKILL, as an accident would; it is restarted. Returns the id it had."""
        return self._running.kill(name)

    async def wait_ready(self, name: str, timeout_seconds: float = 60.0) -> None:
        """Wait until the process is up and at work; raises TimeoutError."""
        await self._running.wait_ready(name, timeout_seconds)

    async def start(self, *names: str) -> None:
        """Start processes that were stopped, and wait until they are ready."""
        await self._running.start(*names)

    async def stop(self, *names: str) -> None:
        """Stop processes and leave them stopped until `start`."""
        await self._running.stop(*names)

    async def wipe_temporal(self) -> None:
        """Stop Temporal, delete everything it remembers, and start it again."""
        await self.stop("temporal")
        self._temporal.wipe()
        await self.start("temporal")

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackNotRunningError
        return self._supervisor

    async def _start(self) -> None:
        servers = [name for name in ("postgres", "temporal") if name in self._running.names]
        if servers:
            # Long, for PostgreSQL may have much to recover after an accident.
            await self._running.start(*servers, timeout_seconds=_RECOVERY_SECONDS)
        if "postgres" in servers:
            await asyncio.to_thread(self._postgres.create_database, DATABASE)
        await self._migrate(self.settings.dsn(Role.OWNER))
        await self._running.start()

    async def _stop(self) -> None:
        try:
            if self._supervisor is not None:
                await self._supervisor.stop()
                self._supervisor = None
        finally:
            self.layout.run_file.unlink(missing_ok=True)
            self._held.close()

    def _require_ports(self) -> None:
        settings = self.settings
        if settings.embeds_temporal:
            ports = [settings.temporal_port, settings.temporal_http_port, settings.temporal_metrics_port]
            ports += [settings.temporal_ui_port] if settings.temporal_ui else []
            require_free_ports(self._temporal.host, *ports)
        if "gateway" in self._processes:
            require_free_ports(settings.gateway_host, settings.gateway_port)
        if settings.metrics_port is not None:
            metrics = [port for name in self._processes if (port := self._metrics_port(name))]
            require_free_ports(settings.metrics_host, settings.metrics_port, *metrics)

    def _metrics_port(self, name: str) -> int | None:
        """The first port is the supervisor's; its processes take the next in their order, the gateway none."""
        first = self.settings.metrics_port
        return None if first is None or name == "gateway" else first + 1 + PROCESSES.index(name)

    def _children(self) -> list[Child]:
        servers = [self._postgres.child()] if self.settings.embeds_postgres else []
        servers += [self._temporal.child()] if self.settings.embeds_temporal else []
        return [*servers, *(self._own_child(name) for name in self._processes)]

    def _own_child(self, name: str) -> Child:
        file = self.layout.ready / name

        def prepare() -> None:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.unlink(missing_ok=True)

        settings = self.settings.model_copy(
            update={"data_dir": self.layout.root, "ready_file": file, "metrics_port": self._metrics_port(name)}
        )
        return Child(
            name=name,
            command=(str(installed_binary("duban", "duban")), name),
            needs=_NEEDS[name],
            prepare=prepare,
            ready=announced(file),
            environment=settings.environment(),
        )

    def _write_run_file(self) -> None:
        running = self._supervisor
        if running is None:
            return
        settings = self.settings
        content = {
            "supervisor": os.getpid(),
            "gateway": f"http://{settings.gateway_host}:{settings.gateway_port}",
            "temporal": settings.temporal_target,
            "temporal_ui": f"http://{self._temporal.host}:{settings.temporal_ui_port}"
            if settings.temporal_ui
            else None,
            "metrics": {
                name: f"http://{settings.metrics_host}:{port}/metrics"
                for name in self._processes
                if (port := self._metrics_port(name))
            },
            "socket": str(self.layout.socket_folder),
            "processes": {
                name: {"pid": running.pid(name), "ready": running.is_ready(name), "restarts": running.restarts(name)}
                for name in running.names
            },
        }
        unfinished = self.layout.run_file.with_suffix(".unfinished")
        try:
            unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            unfinished.chmod(0o600)
            unfinished.replace(self.layout.run_file)
        except OSError as problem:
            # A full disk must not end the supervision of processes that may free it.
            _log.warning("cannot write %s: %s", self.layout.run_file, problem)
