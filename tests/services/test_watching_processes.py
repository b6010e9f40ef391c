"""Each alert about processes, machines and Temporal is proved, as in test_watching.py."""

import asyncio
import re
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.reconciliation import Findings
from services.embedded.databases import DatabaseAddresses
from services.patience import Perseverance
from services.settings import Settings
from services.store import pools
from services.store.pools import open_pool
from services.telemetry import endpoint
from services.telemetry.endpoint import process_registry, serve_metrics
from services.telemetry.instruments import REGISTRY
from services.telemetry.supervised import Supervised
from services.temporal.sdk_metrics import begin, counting, take
from services.temporal.watching import look_at_temporal
from services.worker.activity_watch import RECONCILED, ActivityWatch
from tests.services.prometheus_rules import fires, rules, scraped

_TEST = frozenset({("process", "test")})


def processes() -> Any:
    return scraped(generate_latest(REGISTRY), process="test")


async def test_connections_that_are_waited_for(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    before, ticks = processes(), iter(range(100))
    pool = await open_pool(database.app)
    assert fires("DubanPoolWaits", before, before) == []
    monkeypatch.setattr(pools, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    await pool.fetchval("SELECT 1")
    await pool.close()
    assert fires("DubanPoolWaits", before, processes()) == [{"process": "test"}]


async def test_waits_for_connections_that_were_given_up(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    pool = await open_pool(database.app, max_size=1)
    async with pool.acquire():
        before, ticks = processes(), iter(range(100))
        monkeypatch.setattr(pools, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
        waiting = asyncio.create_task(pool.fetchval("SELECT 1"))
        await asyncio.sleep(0)
        assert processes()[("duban_pool_waiting", _TEST)] == before[("duban_pool_waiting", _TEST)] + 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await pool.close()
    given_up = ("duban_pool_waits_given_up_total", _TEST)
    assert processes()[given_up] == before[given_up] + 1
    assert processes()[("duban_pool_waiting", _TEST)] == before[("duban_pool_waiting", _TEST)]
    assert fires("DubanPoolWaits", before, processes()) == [{"process": "test"}]


async def test_work_that_is_interrupted_again_and_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.patience.pause_unless", lambda _stopping, _seconds: asyncio.sleep(0))
    stopping, tries = asyncio.Event(), iter(range(25))
    perseverance = Perseverance("test of outages", (OSError,))

    async def session(_stopping: asyncio.Event) -> None:
        if next(tries, None) is None:
            stopping.set()
            return
        raise ConnectionRefusedError

    before = processes()  # an interruption has not been seen yet
    await perseverance.keep(session, stopping)
    assert fires("DubanInterrupted", before, before) == []
    assert {"work": "test of outages", "process": "test"} in fires("DubanInterrupted", before, processes())


def test_a_process_that_is_gone_and_one_that_keeps_dying(free_ports: Any):
    (port,) = free_ports(1)
    served = serve_metrics(Settings(metrics_port=port))
    assert served is not None
    assert serve_metrics(Settings()) is None
    address = f"http://127.0.0.1:{port}/metrics"
    with urllib.request.urlopen(address) as answer:
        shown = answer.read().decode()
    assert "duban_pool_wait_seconds_count" in shown
    assert "process_resident_memory_bytes" in shown
    served[0].shutdown()
    served[0].server_close()
    served[1].join()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address)
    up = {("up", frozenset({("job", "duban"), ("process", "relay")})): 1.0}
    down = dict.fromkeys(up, 0.0)  # what Prometheus notes where nobody answers
    assert fires("DubanProcessDown", up, up) == []
    assert fires("DubanNotScraped", up, down) == []
    assert fires("DubanNotScraped", up, {}) == [{}]
    assert fires("DubanProcessDown", up, down) == [{"job": "duban", "process": "relay"}]

    restarts = {"relay": 0, "worker": 0}
    stack: Any = SimpleNamespace(names=tuple(restarts), restarts=restarts.__getitem__, is_ready=lambda _name: True)
    supervised = Supervised(stack).registry
    before = scraped(generate_latest(supervised))
    restarts["relay"] = 4
    assert fires("DubanProcessRestarting", before, scraped(generate_latest(supervised))) == [{"child": "relay"}]


def test_a_disk_that_is_nearly_full(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    def show(free: int) -> Any:
        usage = SimpleNamespace(total=1000, used=1000 - free, free=free)
        monkeypatch.setattr(endpoint.shutil, "disk_usage", lambda _folder: usage)
        return scraped(generate_latest(process_registry(Settings(data_dir=tmp_path))))

    assert fires("DubanDiskFull", {}, show(500)) == []
    assert fires("DubanDiskFull", {}, show(50)) == [{"folder": "data"}]


async def test_temporal_that_is_away_has_no_worker_or_a_queue_that_grows(temporal_server: Any, free_ports: Any):
    client = await temporal_server.connect()
    await look_at_temporal(client, "nobody-serves-this")
    before = processes()
    assert fires("DubanTemporalAway", before, before) == []
    assert {"tasks": "workflow"} in fires("DubanNoWorker", before, before)
    (port,) = free_ports(1)
    await look_at_temporal(await Client.connect(f"127.0.0.1:{port}", lazy=True), "duban")
    assert fires("DubanTemporalAway", before, processes())

    async def described(_request: Any) -> DescribeTaskQueueResponse:
        answer = DescribeTaskQueueResponse()
        answer.stats.approximate_backlog_count = 7
        answer.stats.approximate_backlog_age.FromSeconds(90)
        answer.pollers.add()
        return answer

    service = SimpleNamespace(describe_task_queue=described)
    assert fires("DubanTaskQueueBacklog", before, before) == []
    await look_at_temporal(SimpleNamespace(workflow_service=service, namespace="default"), "duban")  # pyright: ignore[reportArgumentType]
    now = processes()
    assert {"tasks": "activity"} in fires("DubanTaskQueueBacklog", before, now)
    assert fires("DubanNoWorker", before, now) == []


@workflow.defn(name="Broken")
class Broken:
    """Fails its first task however often it is tried."""

    @workflow.run
    async def run(self) -> None:
        raise ValueError("a bug")


async def test_workflows_whose_tasks_fail(temporal_server: Any):
    runtime, told = counting()
    client = await Client.connect(temporal_server.address, namespace=temporal_server.namespace, runtime=runtime)
    handles: list[Any] = []

    async def failed(count: int) -> None:
        handles.extend(
            [await client.start_workflow(Broken.run, id=f"broken-{uuid4()}", task_queue="broken") for _ in range(count)]
        )

    async def failures() -> float:
        take(told)
        return sum(value for (name, _), value in processes().items() if name == "duban_workflow_task_failures_total")

    async def reaching(count: float) -> None:
        while await failures() < count:  # noqa: ASYNC110 - the SDK counts in threads of its own
            await asyncio.sleep(0.05)

    begin(["Broken"])
    before = processes()
    worker = Worker(client, task_queue="broken", workflows=[Broken], workflow_runner=UnsandboxedWorkflowRunner())
    async with worker, asyncio.timeout(60):
        await failed(4)
        await reaching(4)
        for handle in handles:
            await handle.terminate()
    assert fires("DubanWorkflowTasksFailing", before, before) == []
    [fired] = fires("DubanWorkflowTasksFailing", before, processes())
    assert fired["workflow"] == "Broken"


async def test_activities_that_fail_and_what_the_reconciliation_finds():
    @activity.defn(name="tried")
    async def tried() -> None:
        return

    async def once(answer: Any) -> None:
        class Next:
            async def execute_activity(self, _input: Any) -> Any:
                if isinstance(answer, Exception):
                    raise answer
                return answer

        watched = watch.intercept_activity(Next())  # pyright: ignore[reportArgumentType]
        await ActivityEnvironment().run(watched.execute_activity, SimpleNamespace(fn=tried))

    watch, now = ActivityWatch([ActivityEnvironment.default_info().activity_type]), time.time()
    RECONCILED.set(0)  # as in a process that has just begun, which is no comparison
    before = processes()
    assert fires("DubanReconciliationMissing", before, before, now)
    await once(Findings(unfinished=9, unwatched=0))
    for _ in range(21):
        with pytest.raises(ConnectionRefusedError):
            await once(ConnectionRefusedError())
    assert fires("DubanActivitiesFailing", before, before) == []
    assert fires("DubanActivitiesFailing", before, processes())
    assert fires("DubanUnwatchedFound", before, processes()) == []
    await once(Findings(unfinished=9, unwatched=2))
    assert fires("DubanUnwatchedFound", before, processes())
    assert fires("DubanReconciliationMissing", before, processes(), now) == []
    assert fires("DubanReconciliationMissing", before, processes(), now + 2 * 3600)


def test_every_alert_was_proved():
    here = Path(__file__)
    texts = [here.read_text(encoding="utf-8"), here.with_name("test_watching.py").read_text(encoding="utf-8")]
    assert set(re.findall(r'"(Duban\w+)"', "".join(texts))) == set(rules())
