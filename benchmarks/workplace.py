"""A database of its own for a run, durable as in earnest, with the city loaded; and processes beside it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import psutil

from benchmarks.issues import SOURCE
from domain.actor import Actor, Role
from domain.principal.commands import IssueApiKey, RegisterPrincipal
from domain.principal.state import Standing
from services.city.loader import load
from services.embedded.checks import free_ports
from services.embedded.databases import DATABASE
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from services.embedded.temporal import EmbeddedTemporal
from services.gateway.authentication import new_key
from services.handling.aggregates import PRINCIPAL
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.migrate import migrate
from services.store.pools import open_pool
from services.store.principals import PrincipalStore
from workflows.search_attributes import SEARCH_ATTRIBUTES

START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a benchmark runs. ``api_key`` belongs to a back-office system."""

    settings: Settings
    server: EmbeddedPostgres
    api_key: str

    @property
    def superuser_dsn(self) -> str:
        return self.server.dsn(SUPERUSER, DATABASE)

    @property
    def dbos_url(self) -> str:
        """A database for dbos to create and keep its own tables in, on the same server."""
        return self.server.dsn(SUPERUSER, "dbos")

    def admit(self, standing: Standing) -> str:
        """Let somebody in; returns the key."""
        return asyncio.run(_admit(self.superuser_dsn, standing))

    @contextmanager
    def gateway(self) -> Generator[psutil.Process]:
        """One gateway process, up and answering."""
        with self.part("services.gateway.app") as running:
            wait_until(lambda: _listens(self.settings.gateway_port))
            yield running

    @contextmanager
    def part(self, module: str) -> Generator[psutil.Process]:
        """Another process of the product, by the module whose `run` it is."""
        code = f"from {module} import run; from services.settings import Settings; run(Settings())"
        with process([sys.executable, "-c", code], self.settings.environment()) as running:
            yield running

    def rest(self) -> None:
        """Let the database write down and clean up now what is left of one way, not in the next one's turn."""
        asyncio.run(_rest(self.superuser_dsn))

    @contextmanager
    def temporal(self) -> Generator[psutil.Process]:
        """The embedded Temporal server with its database on disk."""
        settings = self.settings
        server = EmbeddedTemporal(
            port=settings.temporal_port,
            http_port=settings.temporal_http_port,
            metrics_port=settings.temporal_metrics_port,
            search_attributes=SEARCH_ATTRIBUTES,
            database=settings.layout.temporal_database,
        )
        child = server.child()
        child.prepare()
        running = child.start(settings.data_dir / "temporal.log")
        try:
            wait_until(lambda: child.ready(running.pid))
            yield psutil.Process(running.pid)
        finally:
            _end(running, child.stop_signal, child.grace_seconds)

    @contextmanager
    def alternative(self, way: str) -> Generator[int]:
        """What one would take instead, behind the same routes and in a database of its own; gives its port."""
        [port] = free_ports(1)
        self.server.create_database(f"bare_{way}")
        environment = {
            "BARE_WAY": way,
            "BARE_PORT": str(port),
            "BARE_DSN": self.server.dsn(SUPERUSER, f"bare_{way}"),
            "BARE_DBOS": self.dbos_url,
            "BARE_TEMPORAL": self.settings.temporal_target,
        }
        with process([sys.executable, "-m", "benchmarks.beside.endpoint"], environment):
            wait_until(lambda: _listens(port))
            yield port


@contextmanager
def workplace() -> Generator[Workplace]:
    """PostgreSQL in a temporary folder, migrated, with city and caller; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="duban-bench-"))
    gateway, temporal, temporal_http, temporal_metrics = free_ports(4)
    settings = Settings(
        data_dir=folder,
        gateway_port=gateway,
        temporal_port=temporal,
        temporal_http_port=temporal_http,
        temporal_metrics_port=temporal_metrics,
        temporal_ui=False,
        log_level="warning",
    )
    server = EmbeddedPostgres(settings.layout)
    child = server.child()
    child.prepare()
    postgres = child.start(folder / "postgres.log")
    try:
        wait_until(lambda: child.ready(postgres.pid))
        server.create_database(DATABASE)
        yield Workplace(settings, server, asyncio.run(_furnish(settings, server)))
    finally:
        _end(postgres, child.stop_signal, child.grace_seconds)
        shutil.rmtree(folder, ignore_errors=True)


async def _furnish(settings: Settings, server: EmbeddedPostgres) -> str:
    superuser = server.dsn(SUPERUSER, DATABASE)
    await migrate(superuser)
    await load(settings, Path(__file__).with_name("city.yaml"))
    return await _admit(superuser, Standing(role=Role.SYSTEM, sources=(SOURCE,)))


async def _rest(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _admit(dsn: str, standing: Standing) -> str:
    principal_id = UUID(int=uuid4().int)
    key, at = new_key(principal_id.hex[:16]), datetime.now(UTC)
    founder = Actor(principal="benchmark", role=Role.ADMINISTRATOR)
    async with await open_pool(dsn) as pool:
        handler = CommandHandler(EventStore(pool), RulebookSource(pool))
        await PrincipalStore(pool).add_key(key.key_id, principal_id, key.secret_sha256)
        registered = RegisterPrincipal(
            command_id=f"register {key.key_id}",
            at=at,
            actor=founder,
            principal_id=str(principal_id),
            standing=standing,
        )
        await handler.handle(Wish(PRINCIPAL, principal_id, registered))
        issued = IssueApiKey(command_id=f"key {key.key_id}", at=at, actor=founder, key_id=key.key_id)
        await handler.handle(Wish(PRINCIPAL, principal_id, issued))
    return key.text


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str]) -> Generator[psutil.Process]:
    """A process beside this one, ended afterwards."""
    running = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )
    try:
        yield psutil.Process(running.pid)
    finally:
        _end(running, signal.SIGTERM, 15)


def _end(running: subprocess.Popen[bytes], how: signal.Signals, grace_seconds: float) -> None:
    """Whoever does not go in time is killed: one that hangs must not cost the benchmarks after it."""
    running.send_signal(how)
    try:
        running.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come up"
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
