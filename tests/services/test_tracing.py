"""One trace holds what one event led to, across processes; nothing that people wrote and no secret stands in it."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from opentelemetry.sdk.trace import TracerProvider
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.gateway.app import create_app
from services.gateway.wiring import wall_clock
from services.logging import configure_logging
from services.relay.relay import Relay
from services.sequencer.sequencer import Sequencer
from services.settings import Settings
from services.store.pools import open_pool
from services.store.trace_contexts import TraceContexts
from services.telemetry.exporting import otlp_provider, stop_tracing, trace_with
from services.telemetry.tracing import context_of, span, start_tracing, traceparent, tracer_in_use
from services.temporal.connection import tracing_interceptors
from tests.services.gateway_samples import City, issue_data, issue_event, small_city
from tests.services.otlp_collector import Collector, collecting
from tests.workflows.town import Town, town, working

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{CALLER}-00f067aa0ba902b7-01"
NOT_SAMPLED = f"00-{CALLER}-00f067aa0ba902b7-00"
STRUCTURED = "application/cloudevents+json"
SECRETS = ("王小明", "13900001111", "垃圾", "Bearer")


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that this process sends its spans to."""
    with collecting() as place:
        yield place


@pytest.fixture
def provider(collector: Collector) -> Iterator[TracerProvider]:
    made = otlp_provider(collector.address, "test")
    trace_with(made)
    yield made
    stop_tracing(made)


@asynccontextmanager
async def relaying(database: DatabaseAddresses, place: Town) -> AsyncIterator[None]:
    stopping, pool = asyncio.Event(), await open_pool(database.app)
    parts = [Sequencer(database.sequencer).run(stopping), Relay(pool, place.arming).run(stopping)]
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)
        await pool.close()


async def client_of(server: Any) -> Client:
    return await Client.connect(
        server.address,
        namespace=server.namespace,
        data_converter=pydantic_data_converter,
        interceptors=tracing_interceptors(),
    )


async def test_one_trace_holds_request_command_relay_workflow_activity_and_rung(
    database: DatabaseAddresses,
    temporal_server: Any,
    collector: Collector,
    provider: TracerProvider,
    short_folder: Any,
):
    settings = Settings(database_app_url=SecretStr(database.app), people_keys=SecretStr(str(short_folder)))
    client = await client_of(temporal_server)
    async with town(database.app, client, datetime.now(UTC), task_queue="traced", hasty=True) as place:
        app = create_app(settings, wall_clock)
        async with app.router.lifespan_context(app), relaying(database, place), working(place):
            city = City(app, wall_clock)  # pyright: ignore[reportArgumentType]
            await city.admit("hotline", Standing(role=Role.SYSTEM, sources=("hotline",)))
            event = issue_event(1, source="hotline", data=issue_data(category="stalls", area="old-town"))
            event["data"]["reporter"] = {"name": "王小明", "phone": "13900001111"}
            event.pop("time")
            async with city.client(traceparent=TRACEPARENT, tracestate="") as http:
                answer = await http.post("/v1/events", json=event, headers={"Content-Type": STRUCTURED})
                refused = await http.get("/v1/items/13900001111?why=王小明")
            assert answer.status_code == 200, answer.text
            assert refused.status_code >= 400

            async def climbed() -> bool:
                provider.force_flush()
                return "RunActivity:climb_rung" in collector.names(CALLER)

            async with asyncio.timeout(60):
                while not await climbed():  # noqa: ASYNC110 - the condition lies with the collector
                    await asyncio.sleep(0.1)
            await place.workflow(answer.json()["id"]).terminate()
    names = collector.names(CALLER)
    assert {
        "POST /v1/events",
        "command ReportIssue",
        "relay item",
        "SignalWithStartWorkflow:RectificationItem",
        "RunWorkflow:RectificationItem",
        "RunActivity:climb_rung",
        "command FollowUp",
    } <= set(names), names
    by_id = {each.span_id: each for each in collector.spans}
    climbing = {each.span_id for each in collector.spans if each.name == "RunActivity:climb_rung"}
    path, at = (
        [],
        next(each for each in collector.spans if each.name == "command FollowUp" and each.parent_id in climbing),
    )
    while at.parent_id in by_id:
        path.append(at.name)
        at = by_id[at.parent_id]
    # From the rung back to the request, each the child of the next.
    assert [name for name in path if name.split()[0] in {"relay", "command"} or name.startswith("Run")] == [
        "command FollowUp",
        "RunActivity:climb_rung",
        "relay item",
        "command ReportIssue",
    ]
    assert (at.name, at.parent_id) == ("POST /v1/events", "00f067aa0ba902b7")
    assert collector.paths == {"/v1/traces"}
    assert any("es.append" in each.attributes.get("db.statement", "") for each in collector.spans)
    said = json.dumps([[each.name, each.attributes, each.told] for each in collector.spans], ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, city.keys["hotline"]) if secret in said]
    assert not any(each.events for each in collector.spans)


async def test_loops_that_look_for_work_are_no_traces(
    database: DatabaseAddresses, collector: Collector, provider: TracerProvider
):
    stopping = asyncio.Event()
    running = asyncio.create_task(Sequencer(database.sequencer).run(stopping))
    pool = await open_pool(database.app)
    await pool.fetchval("SELECT 1")
    with span("asked"):
        await pool.fetchval("SELECT 2")
    await pool.close()
    stopping.set()
    await running
    provider.force_flush()
    assert sorted(each.name for each in collector.spans) == ["SELECT", "asked"]


async def test_what_went_wrong_is_said_without_what_exceptions_quote(
    database: DatabaseAddresses, collector: Collector, provider: TracerProvider
):
    pool = await open_pool(database.app)
    with pytest.raises(asyncpg.PostgresError), span("asked"):
        await pool.fetchval("SELECT '王小明'::text || $1::int::text", 1 << 40)
    with pytest.raises(asyncpg.PostgresError), span("asked"):
        await pool.execute("DO $$ BEGIN RAISE EXCEPTION '13900001111'; END $$")
    await pool.close()
    provider.force_flush()
    assert [each.failed for each in collector.spans if each.name != "asked"].count(True) >= 1
    assert not [each for each in collector.spans if each.told or each.events]


async def test_a_trace_that_is_not_sampled_is_kept_nowhere(
    database: DatabaseAddresses, collector: Collector, provider: TracerProvider
):
    async with small_city(database) as city, city.client(traceparent=NOT_SAMPLED) as client:
        headers = {"Content-Type": STRUCTURED}
        before = await city.parts.pool.fetchval("SELECT count(*) FROM es.trace_context")
        await client.post("/v1/events", json=issue_event(1), headers=headers)
        assert await city.parts.pool.fetchval("SELECT count(*) FROM es.trace_context") == before
    provider.force_flush()
    assert collector.names(CALLER) == []


async def test_a_batch_and_reports_that_share_a_transaction_keep_each_its_own_trace(
    database: DatabaseAddresses, collector: Collector, provider: TracerProvider
):
    async def post(city: City, number: int) -> str:
        trace = f"{number:032x}"
        async with city.client(traceparent=f"00-{trace}-00f067aa0ba902b7-01") as client:
            answer = await client.post("/v1/events", json=issue_event(number), headers={"Content-Type": STRUCTURED})
        return f"{trace} {answer.json()['id']}"

    async with small_city(database) as city:
        sent = await asyncio.gather(*(post(city, number) for number in range(1, 9)))
        kept = await city.parts.pool.fetch(
            "SELECT DISTINCT substr(traceparent, 4, 32) || ' ' || stream_id FROM es.trace_context"
            " JOIN es.event USING (event_id) WHERE kind = 'item'"
        )
    assert sorted(row[0] for row in kept) == sorted(sent)


async def test_traces_are_forgotten_after_a_while(database: DatabaseAddresses, provider: TracerProvider):
    async with small_city(database) as city, city.client(traceparent=TRACEPARENT) as client:
        await client.post("/v1/events", json=issue_event(1), headers={"Content-Type": STRUCTURED})
        pool, contexts = city.parts.pool, TraceContexts(city.parts.pool)
        await contexts.forget()
        kept = await pool.fetchval(
            "SELECT count(*) FROM es.trace_context WHERE traceparent LIKE '00-' || $1 || '%'", CALLER
        )
        assert kept > 0
        owner = await asyncpg.connect(database.superuser)
        await owner.execute("UPDATE es.trace_context SET kept_at = now() - interval '8 days'")
        await owner.close()
        await contexts.forget()
        assert await pool.fetchval("SELECT count(*) FROM es.trace_context") == 0


async def test_without_an_endpoint_nothing_is_traced_or_kept(
    database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch
):
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    start_tracing(Settings(), process="test")
    assert tracer_in_use() is None
    assert (traceparent(), context_of(TRACEPARENT)) == (None, None)
    async with small_city(database) as city, city.client(traceparent=TRACEPARENT) as client:
        await client.post("/v1/events", json=issue_event(1), headers={"Content-Type": STRUCTURED})
        assert await city.parts.pool.fetchval("SELECT count(*) FROM es.trace_context") == 0


async def test_requests_have_ids_that_clients_may_choose(database: DatabaseAddresses):
    async with small_city(database) as city, city.client() as client:
        chosen = await client.get("/v1/items", headers={"X-Request-ID": "office-2026.11.20:0001"})
        drawn = await client.get("/v1/items", headers={"X-Request-ID": "evil\x1b[31m"})
    assert chosen.headers["x-request-id"] == "office-2026.11.20:0001"
    assert len(drawn.headers["x-request-id"]) == 16


async def test_logs_share_the_ids_of_request_command_and_trace(
    database: DatabaseAddresses, provider: TracerProvider, capfd: pytest.CaptureFixture[str]
):
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    configure_logging(Settings(), process="gateway")
    try:
        async with small_city(database) as city, city.client(traceparent=TRACEPARENT) as client:
            event = issue_event(1)
            headers = {"Content-Type": STRUCTURED, "X-Request-ID": "request-0001"}
            item = (await client.post("/v1/events", json=event, headers=headers)).json()["id"]
            accepted = await client.post(f"/v1/items/{item}/accept", headers={**headers, "Idempotency-Key": "k-1"})
            logging.getLogger("elsewhere").warning("outside of any request")
        assert accepted.status_code >= 400
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    refused = next(line for line in lines if line["event"] == "request refused")
    assert (refused["request_id"], refused["trace_id"]) == ("request-0001", CALLER)
    assert len(refused["span_id"]) == 16
    outside = next(line for line in lines if line["event"] == "outside of any request")
    assert not {"request_id", "trace_id", "span_id", "command_id"} & outside.keys()
    said = json.dumps(lines, ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, *city.keys.values()) if secret in said]
