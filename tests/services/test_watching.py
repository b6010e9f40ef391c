"""Each alert is proved: the situation is made to happen, and the rule that is shipped fires on what processes show."""

import asyncio
import re
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.reconciliation import Findings
from services.embedded.databases import DatabaseAddresses
from services.gateway import edge
from services.gateway.app import create_app
from services.gateway.watching import EVERY_SECONDS
from services.patience import Perseverance
from services.settings import Settings
from services.store import pools
from services.store.consequence_queries import ConsequenceQueries
from services.store.pools import open_pool
from services.store.subscriptions import Subscriptions
from services.store.watch_queries import WatchQueries
from services.telemetry import endpoint
from services.telemetry.endpoint import process_registry, serve_metrics
from services.telemetry.instruments import REGISTRY
from services.telemetry.supervised import Supervised
from services.temporal.sdk_metrics import counting, take
from services.temporal.watching import look_at_temporal
from services.transparency.note import Algorithm, Signer
from services.worker.activity_watch import ActivityWatch
from tests.services.gateway_samples import NOW, City, issue_event, small_city
from tests.services.prometheus_rules import Scrapes, rules, scraped

RULES = rules()
STRUCTURED = {"Content-Type": "application/cloudevents+json"}


def fires(name: str, before: Any, now: Any, at: float = 0.0) -> list[dict[str, str]]:
    return Scrapes(before, now, at).fires(RULES[name]["expr"])


def processes() -> Any:
    return scraped(generate_latest(REGISTRY), process="test")


async def seen(city: City) -> Any:
    """What the gateway shows, looked at anew."""
    city.parts.watch._stale_at = None
    async with city.client("administrator", Authorization="") as client:
        return scraped((await client.get("/metrics")).content, process="gateway")


def time_passes(monkeypatch: pytest.MonkeyPatch, amount: timedelta) -> None:
    """For the watch, and only for it."""

    async def later(_self: WatchQueries) -> datetime:
        return datetime.now(UTC) + amount

    monkeypatch.setattr(WatchQueries, "now", later)


async def as_superuser(database: DatabaseAddresses, *statements: str) -> None:
    connection = await asyncpg.connect(database.superuser)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def proved(
    name: str, city: City, happening: Callable[[], Awaitable[Any]], labels: dict[str, str] | None = None
) -> None:
    """Quiet before, firing after."""
    before = await seen(city)
    assert fires(name, before, before, time.time()) == []
    await happening()
    now = await seen(city)
    fired = fires(name, before, now, time.time())
    assert fired, RULES[name]["expr"]
    assert labels is None or labels in fired


async def test_events_that_stay_out_of_the_log(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    async with small_city(database) as city:
        await as_superuser(database, "SELECT es.sequence_tick()")

        async def nobody_sequences() -> None:
            async with city.client() as client:
                await client.post("/v1/events", json=issue_event(1), headers=STRUCTURED)
            time_passes(monkeypatch, timedelta(seconds=30))

        await proved("DubanLogNotAdvancing", city, nobody_sequences)
        waiting = (await seen(city))["duban_log_waiting_events", frozenset({("process", "gateway")})]
        await as_superuser(database, "SELECT es.sequence_tick()")
        now = await seen(city)
    assert waiting == 3
    assert fires("DubanLogNotAdvancing", now, now) == []


async def test_a_log_that_nobody_signs_and_readers_that_stand_still(
    database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch
):
    async with small_city(database) as city:
        await Subscriptions(city.parts.pool).acquire("relay-0/1")
        before = await seen(city)
        await as_superuser(database, "SELECT es.sequence_tick()")
        fresh = await seen(city)
        for name in ("DubanLogNotSigned", "DubanRelayLagging", "DubanReaderLagging"):
            assert fires(name, before, fresh) == []
        time_passes(monkeypatch, timedelta(minutes=10))
        now = await seen(city)
        assert fires("DubanLogNotSigned", before, now)
        assert fires("DubanRelayLagging", before, now)
        assert {"name": "consequences"} in fires("DubanReaderLagging", before, now)


async def test_witnesses_and_authorities_that_fall_silent(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    vkey = str(Signer.new("witness.example", Algorithm.COSIGNATURE).verifier)
    async with small_city(database, witnesses=f"{vkey}=https://witness.example/") as city:

        async def nobody_cosigns() -> None:
            await as_superuser(database, "INSERT INTO es.checkpoint VALUES (1, sha256('a'), 'a')")
            time_passes(monkeypatch, timedelta(hours=2))

        await proved("DubanWitnessLagging", city, nobody_cosigns, {"witness": "witness.example"})

        async def nobody_stamps() -> None:
            await as_superuser(database, "INSERT INTO es.time_stamp VALUES (1, 'a', 'a', now() - interval '26 hours')")

        await proved("DubanTimeStampOld", city, nobody_stamps)


async def test_a_deadline_that_passes_unnoticed(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    async with small_city(database) as city:
        before = await seen(city)
        async with city.client() as client:
            due = (await client.post("/v1/events", json=issue_event(1), headers=STRUCTURED)).json()["next_due_at"]
        await_until = datetime.fromisoformat(due) - datetime.now(UTC)
        time_passes(monkeypatch, await_until + timedelta(seconds=90))
        assert fires("DubanDeadlinesLate", before, await seen(city)) == []
        time_passes(monkeypatch, await_until + timedelta(minutes=5))
        now = await seen(city)
    assert fires("DubanDeadlinesLate", before, now) == [{"kind": "item"}]
    assert now["duban_deadlines_late", frozenset({("kind", "item"), ("process", "gateway")})] == 1


async def test_what_is_given_up_or_waits_too_long(database: DatabaseAddresses):
    delivery = """INSERT INTO private.webhook_delivery
        (webhook_id, lane, event_id, type, subject, body, created_at, expires_at, next_at, state)
        VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a', 'a', 'a', now() - interval '2 hours',
                now(), now(), '{}')"""
    message = """INSERT INTO private.message (message_id, target, channel, reference, title, body, language, notices,
        urgent, created_at, next_at, give_up_at, state)
        VALUES (gen_random_uuid(), 'a', 'a', 'a', 'a', 'a', 'zh', '{}', false, now(), now(), now(), 'failed')"""
    async with small_city(database) as city:
        for name, statement in (
            ("DubanWebhooksGivenUp", delivery.replace("'{}'", "'dead'")),
            ("DubanWebhooksWaiting", delivery.replace("'{}'", "'pending'")),
            ("DubanNoticesGivenUp", message),
        ):
            await proved(name, city, lambda statement=statement: as_superuser(database, statement))

        async def nothing_follows() -> None:
            await ConsequenceQueries(city.parts.pool).pass_over(1, uuid4(), "act", "unit_dissolved", {})

        await proved("DubanConsequencesPassedOver", city, nothing_follows)


async def test_numbers_of_events_that_run_out(database: DatabaseAddresses):
    async with small_city(database) as city:
        upper = await city.parts.pool.fetchval(
            "SELECT max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''?(\\d+)'))[1]::bigint)"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'es.event'::regclass"
        )

        async def nobody_makes_partitions() -> None:
            await as_superuser(database, f"SELECT setval('es.event_seq', {upper - 500_000})")
            async with city.client() as client:
                await client.post("/v1/events", json=issue_event(1), headers=STRUCTURED)

        await proved("DubanPartitionsRunningOut", city, nobody_makes_partitions)


async def test_a_clock_that_is_wrong(database: DatabaseAddresses):
    async with small_city(database) as city:
        city.clock.at = datetime.now(UTC)
        quiet = await seen(city)
        city.clock.pass_by(timedelta(seconds=-30))
        assert fires("DubanClockDrift", quiet, quiet) == []
        assert fires("DubanClockDrift", quiet, await seen(city))


async def test_a_database_that_is_away_and_answers_that_fail(short_folder: Any):
    app = create_app(Settings(database_app_url=SecretStr(f"postgresql://duban_app@/duban?host={short_folder}")))
    async with app.router.lifespan_context(app):
        city = City(app, lambda: NOW, {"administrator": "duban_0123456789abcdef_secret"})  # pyright: ignore[reportArgumentType]
        async with city.client("administrator") as client:
            await client.get("/v1/items")
            before = await seen(city)
            for _ in range(11):
                assert (await client.get("/v1/items")).status_code == 503
        now = await seen(city)
    assert fires("DubanDatabaseAway", before, now)
    assert fires("DubanErrors", before, before) == []
    assert fires("DubanErrors", before, now)


async def test_keys_that_are_not_in_force(database: DatabaseAddresses):
    async with small_city(database) as city:

        async def somebody_guesses() -> None:
            async with city.client("administrator", Authorization="Bearer duban_0123456789abcdef_guess") as client:
                for _ in range(101):
                    assert (await client.get("/v1/items")).status_code == 401

        await proved("DubanSignInFailures", city, somebody_guesses)


async def test_intake_that_takes_its_time(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    ticks = iter(range(0, 100, 2))
    async with small_city(database) as city, city.client() as client:
        await client.post("/v1/events", json=issue_event(1), headers=STRUCTURED)

        async def every_answer_takes_two_seconds() -> None:
            monkeypatch.setattr(edge, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
            await client.post("/v1/events", json=issue_event(2), headers=STRUCTURED)

        await proved("DubanSlow", city, every_answer_takes_two_seconds)


async def test_connections_that_are_waited_for(database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch):
    before, ticks = processes(), iter(range(100))
    pool = await open_pool(database.app)
    assert fires("DubanPoolWaits", before, before) == []
    monkeypatch.setattr(pools, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    await pool.fetchval("SELECT 1")
    await pool.close()
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

    await Perseverance("test of outages", (OSError,)).keep(_once(OSError()), asyncio.Event())
    before = processes()
    await perseverance.keep(session, stopping)
    assert fires("DubanInterrupted", before, before) == []
    assert {"work": "test of outages", "process": "test"} in fires("DubanInterrupted", before, processes())


def _once(failure: Exception) -> Callable[[asyncio.Event], Awaitable[None]]:
    async def session(stopping: asyncio.Event) -> None:
        stopping.set()
        raise failure

    return session


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

    worker = Worker(client, task_queue="broken", workflows=[Broken], workflow_runner=UnsandboxedWorkflowRunner())
    async with worker, asyncio.timeout(60):
        await failed(1)
        await reaching(1)
        before = processes()
        already = await failures()
        await failed(4)
        await reaching(already + 4)
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

    watch = ActivityWatch()
    with pytest.raises(ConnectionRefusedError):
        await once(ConnectionRefusedError())
    await once(Findings(unfinished=9, unwatched=0))
    before, now = processes(), time.time()
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


async def test_however_many_scrape_the_store_is_looked_at_every_few_seconds(database: DatabaseAddresses):
    async with small_city(database) as city:
        looks = 0
        unsequenced = WatchQueries.unsequenced

        async def counted(self: WatchQueries) -> Any:
            nonlocal looks
            looks += 1
            return await unsequenced(self)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WatchQueries, "unsequenced", counted)
            city.parts.watch._monotonic = lambda: 100.0
            async with city.client("administrator", Authorization="") as client:
                await asyncio.gather(*(client.get("/metrics") for _ in range(20)))
                assert looks == 1
                city.parts.watch._monotonic = lambda: 100.0 + EVERY_SECONDS
                await client.get("/metrics")
                assert looks == 2


def test_every_alert_was_proved():
    named = set(re.findall(r'"(Duban\w+)"', Path(__file__).read_text(encoding="utf-8")))
    assert set(RULES) == named
