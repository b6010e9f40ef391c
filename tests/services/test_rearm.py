"""What Temporal forgets comes back from the event store: by command, and by itself."""

import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from domain.item import commands as c
from services.embedded.databases import DatabaseAddresses
from services.embedded.temporal import EmbeddedTemporal
from services.settings import Settings
from services.store.pools import open_pool
from services.store.standings import Standings
from services.temporal.schedule import SCHEDULE_ID, ensure_schedule
from services.temporal.watched import workflow_id
from services.worker import ports
from services.worker.rearm import RearmReport, rearm
from services.worker.worker import make_worker
from tests.conftest import execute
from tests.workflows.town import OFFICE, Town, town
from workflows.reconciliation import Reconciliation
from workflows.search_attributes import SEARCH_ATTRIBUTES

START_SECONDS = 60.0


class ForgetfulTemporal:
    """A server of the test's own, whose memory can be wiped."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        port, http_port, metrics_port = ports
        self.server = EmbeddedTemporal(
            port=port,
            http_port=http_port,
            metrics_port=metrics_port,
            search_attributes=SEARCH_ATTRIBUTES,
            database=folder / "temporal.db",
        )
        self.log = folder / "temporal.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        child = self.server.child()
        child.prepare()
        self.process = child.start(self.log)
        deadline = time.monotonic() + START_SECONDS
        while not child.ready(self.process.pid):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def wipe(self) -> None:
        self.stop()
        self.server.wipe()
        self.start()

    async def connect(self) -> Client:
        return await Client.connect(self.server.address, data_converter=pydantic_data_converter)


@pytest.fixture
def forgetful(short_folder: Path, free_ports: Callable[[int], list[int]]) -> Iterator[ForgetfulTemporal]:
    server = ForgetfulTemporal(short_folder, free_ports(3))
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app) as opened:
        yield opened


async def several_items(place: Town) -> tuple[set[Any], set[Any]]:
    """Items that are not over, at several steps, and items that are."""
    now = datetime.now(UTC)
    dispatched, accepted, submitted, voided = [await place.report(now) for _ in range(4)]
    await place.accept(accepted, now)
    await place.accept(submitted, now)
    await place.submit(submitted, now)
    await place.give(c.VoidItem, voided, now, OFFICE, reason="误报")
    return {dispatched, accepted, submitted}, {voided}


async def running(client: Client) -> set[str]:
    query = "ExecutionStatus = 'Running' AND WorkflowType = 'RectificationItem'"
    return {workflow.id async for workflow in client.list_workflows(query)}


async def test_after_a_wipe_every_item_that_is_not_over_is_watched_again(
    database: DatabaseAddresses, forgetful: ForgetfulTemporal
):
    settings = Settings(
        database_app_url=database.app, temporal_address=forgetful.server.address, task_queue="after-the-wipe"
    )
    client = await forgetful.connect()
    async with town(database.app, client, datetime.now(UTC), task_queue=settings.task_queue) as place:
        unfinished, finished = await several_items(place)
        for item_id in unfinished:
            await place.tell(item_id)
        forgetful.wipe()
        heard: list[tuple[int, int]] = []
        first = await rearm(settings, lambda done, every: heard.append((done, every)))
        again = await rearm(settings)

    assert first == again == RearmReport(items=3, running=3, ended=0)
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]
    client = await forgetful.connect()
    for item_id in unfinished:
        described = await client.get_workflow_handle(workflow_id("item", item_id)).describe()
        assert described.status is WorkflowExecutionStatus.RUNNING
    for item_id in finished:
        with pytest.raises(RPCError):
            await client.get_workflow_handle(workflow_id("item", item_id)).describe()
    assert (await client.get_schedule_handle(SCHEDULE_ID).describe()).id == SCHEDULE_ID


@pytest.fixture
def everything_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody were about to see to anything."""
    for name in ("UNSEEN", "UNRELAYED"):
        monkeypatch.setattr(ports, name, timedelta(0))


@pytest.mark.usefixtures("everything_is_old")
async def test_the_reconciliation_finds_what_nobody_watches(
    database: DatabaseAddresses, forgetful: ForgetfulTemporal, pool: asyncpg.Pool
):
    client = await forgetful.connect()
    async with (
        town(database.app, client, datetime.now(UTC), task_queue="reconciling") as place,
        make_worker(client, pool, "reconciling"),
    ):
        unfinished, _ = await several_items(place)
        lost, *others = unfinished
        for item_id in others:
            await place.tell(item_id)
        while len(await running(client)) < len(others):  # visibility lags behind
            pass
        found = await client.execute_workflow(Reconciliation.run, id="once", task_queue="reconciling")
        assert (found.unfinished, found.unwatched) == (3, 1)
        assert (await place.workflow(lost).describe()).status is WorkflowExecutionStatus.RUNNING

        await place.workflow(lost).terminate()
        while workflow_id("item", lost) in await running(client):
            pass
        found = await client.execute_workflow(Reconciliation.run, id="twice", task_queue="reconciling")
        assert (found.unfinished, found.unwatched) == (3, 1)
        assert (await place.workflow(lost).describe()).status is WorkflowExecutionStatus.RUNNING


async def test_what_the_relay_has_still_to_come_to_is_left_to_it_and_what_is_new_to_visibility(
    database: DatabaseAddresses, forgetful: ForgetfulTemporal, pool: asyncpg.Pool
):
    minute, nothing = timedelta(minutes=1), timedelta(0)
    client = await forgetful.connect()
    async with town(database.app, client, datetime.now(UTC), task_queue="nobody") as place:
        items = [await place.report(datetime.now(UTC)) for _ in range(2)]
        standings = Standings(pool)
        assert await standings.under_way(items, minute, nothing) == set(items)
        assert await standings.under_way(items, nothing, minute) == set(items), "there is no relay yet"
        assert await standings.under_way(items, nothing, nothing) == set()
        await execute(database.superuser, "SELECT es.sequence_tick()")
        relayed = """
            INSERT INTO es.subscription (name, epoch, pos)
            SELECT 'relay-0/1', 1, max(pos) FROM es.log JOIN es.event USING (seq) WHERE stream_id = $1"""
        await pool.execute(relayed, items[0])
        assert await standings.under_way(items, nothing, minute) == {items[1]}


@pytest.mark.usefixtures("everything_is_old")
async def test_a_missing_schedule_is_made_once_and_reconciles_at_once(
    database: DatabaseAddresses, forgetful: ForgetfulTemporal, pool: asyncpg.Pool
):
    client = await forgetful.connect()
    async with (
        town(database.app, client, datetime.now(UTC), task_queue="by-itself") as place,
        make_worker(client, pool, "by-itself"),
    ):
        unfinished, _ = await several_items(place)
        assert await ensure_schedule(client, "by-itself") is True
        assert await ensure_schedule(client, "by-itself") is False
        while len(await running(client)) < len(unfinished):
            pass
