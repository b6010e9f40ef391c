"""The embedded servers through accidents: whichever is killed comes back with all it had promised to keep."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import asyncpg
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from services.embedded.checks import PortTakenError, require_free_ports
from services.embedded.layout import Layout
from services.embedded.leftovers import clear_leftovers
from services.embedded.lock import DataFolderInUseError
from services.embedded.stack import Stack
from services.settings import Role, Settings

ATTRIBUTES = {"ItemStatus": "Keyword", "DueAt": "Datetime"}


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def no_migration(_dsn: str) -> None:
    return


@pytest.fixture
def settings(short_folder, free_ports) -> Settings:
    gateway, temporal, http, metrics = free_ports(4)
    return Settings(
        data_dir=short_folder,
        gateway_port=gateway,
        temporal_port=temporal,
        temporal_http_port=http,
        temporal_metrics_port=metrics,
        temporal_ui=False,
    )


def stack_of(settings: Settings) -> Stack:
    return Stack(settings, migrate=no_migration, search_attributes=ATTRIBUTES, processes=())


async def ask(settings: Settings, statement: str) -> object:
    connection = await asyncpg.connect(settings.dsn(Role.OWNER))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def start_workflow(settings: Settings) -> None:
    client = await Client.connect(settings.temporal_target)
    await client.start_workflow("Waits", id="item-1", task_queue="nobody")


async def is_remembered(settings: Settings) -> bool:
    client = await Client.connect(settings.temporal_target)
    return [workflow.id async for workflow in client.list_workflows()] == ["item-1"]


async def test_killed_servers_come_back_with_their_data(settings):
    async with stack_of(settings) as stack:
        await ask(settings, "CREATE TABLE kept AS SELECT 7 AS number")
        await start_workflow(settings)
        stack.kill("postgres")
        stack.kill("temporal")
        await stack.wait_ready("postgres")
        await stack.wait_ready("temporal")
        assert await ask(settings, "SELECT number FROM kept") == 7
        client = await Client.connect(settings.temporal_target)
        assert (await client.get_workflow_handle("item-1").describe()).id == "item-1"
        assert (stack.restarts("postgres"), stack.restarts("temporal")) == (1, 1)


async def test_postgres_comes_back_while_an_orphan_of_its_is_busy(settings):
    async with stack_of(settings) as stack:
        connection = await asyncpg.connect(settings.dsn(Role.OWNER))
        # A loop that never looks up whether its postmaster still lives.
        busy = asyncio.create_task(connection.fetchval("SELECT count(*) FROM generate_series(1, 100000000000) AS n"))
        await asyncio.sleep(0.2)
        stack.kill("postgres")
        await stack.wait_ready("postgres", timeout_seconds=20)
        with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
            await busy
        assert await ask(settings, "SELECT 1") == 1


async def test_a_pid_file_whose_number_is_now_somebody_elses_is_no_obstacle(settings):
    async with stack_of(settings):
        lines = (settings.layout.postgres / "postmaster.pid").read_text().splitlines()
    stranger = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", "import time; time.sleep(1000)"]
    )
    try:
        (settings.layout.postgres / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        async with stack_of(settings):
            assert await ask(settings, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_variables_for_other_postgres_clients_do_not_lead_astray(settings, monkeypatch):
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere.example", "PGDATA": "/nowhere", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)
    async with stack_of(settings):
        assert await ask(settings, "SELECT 1") == 1


async def test_wiping_temporal_forgets_its_workflows_and_nothing_else(settings):
    async with stack_of(settings) as stack:
        await ask(settings, "CREATE TABLE kept AS SELECT 7 AS number")
        await start_workflow(settings)
        await stack.wipe_temporal()
        assert not await is_remembered(settings)
        assert await ask(settings, "SELECT number FROM kept") == 7


async def test_what_runs_is_written_down_while_it_runs(settings):
    async with stack_of(settings) as stack:
        written = json.loads(settings.layout.run_file.read_text())
        assert written["processes"]["postgres"]["pid"] == stack.pid("postgres")
        assert written["temporal"] == settings.temporal_target
    assert not settings.layout.run_file.exists()


async def test_a_second_stack_on_the_same_folder_is_refused_and_harms_nothing(settings):
    async with stack_of(settings):
        with pytest.raises(DataFolderInUseError):
            await stack_of(settings).__aenter__()
        assert await ask(settings, "SELECT 1") == 1
        assert settings.layout.run_file.exists()


async def test_a_taken_port_is_named_before_anything_starts(settings, tmp_path):
    async with stack_of(settings):
        with pytest.raises(PortTakenError) as refused:
            await stack_of(settings.model_copy(update={"data_dir": tmp_path})).__aenter__()
    assert refused.value.port == settings.temporal_port


async def test_nothing_outlives_a_killed_stack_and_a_new_one_finds_everything(settings):
    script = textwrap.dedent("""
        import asyncio
        from services.embedded.stack import Stack
        from services.settings import Settings
        async def no_migration(dsn): pass
        async def main():
            stack = Stack(Settings(), migrate=no_migration, search_attributes={"ItemStatus": "Keyword"}, processes=())
            async with stack:
                print(*(stack.pid(name) for name in stack.names), flush=True)
                await asyncio.sleep(1000)
        asyncio.run(main())
    """)
    with subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, **settings.environment()}
    ) as first:
        children = [int(pid) for pid in first.stdout.readline().split()]
        await ask(settings, "CREATE TABLE kept AS SELECT 7 AS number")
        await start_workflow(settings)
        first.send_signal(signal.SIGKILL)
    assert len(children) == 2
    async with asyncio.timeout(60):
        while any(map(is_there, children)):  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)
    async with stack_of(settings):
        assert await ask(settings, "SELECT number FROM kept") == 7
        assert await is_remembered(settings)


async def test_a_newer_version_adds_its_search_attributes_to_the_memory_it_finds(settings):
    for attributes in ({}, ATTRIBUTES):
        async with Stack(settings, migrate=no_migration, search_attributes=attributes, processes=()):
            client = await Client.connect(settings.temporal_target)
            request = ListSearchAttributesRequest(namespace=client.namespace)
            known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    assert known["ItemStatus"] == IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    assert known["DueAt"] == IndexedValueType.INDEXED_VALUE_TYPE_DATETIME


def test_free_ports_are_not_given_to_outgoing_connections_meanwhile(free_ports):
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert max(ports) < ephemeral
    require_free_ports("127.0.0.1", *ports)


def test_clearing_an_empty_folder_does_nothing(tmp_path):
    clear_leftovers(Layout.of(tmp_path).postgres)
