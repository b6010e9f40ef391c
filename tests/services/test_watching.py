"""Each alert is proved: the situation is made to happen, and the rule that is shipped fires on what processes show."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.gateway import edge
from services.gateway.app import create_app
from services.gateway.watching import EVERY_SECONDS
from services.settings import Settings
from services.store.consequence_queries import ConsequenceQueries
from services.store.subscriptions import Subscriptions
from services.store.watch_queries import WatchQueries
from services.transparency.note import Algorithm, Signer
from tests.services.gateway_samples import NOW, City, issue_event, small_city
from tests.services.prometheus_rules import fires, rules, scraped

STRUCTURED = {"Content-Type": "application/cloudevents+json"}


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
    assert fired, rules()[name]["expr"]
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


async def test_a_log_that_nobody_goes_on_with_after_a_restore(
    database: DatabaseAddresses, monkeypatch: pytest.MonkeyPatch
):
    async with small_city(database) as city:
        await as_superuser(database, "SELECT es.sequence_tick()", "UPDATE es.sequencer SET snap = '9000000:9000000:'")

        async def somebody_reports() -> None:
            async with city.client() as client:
                await client.post("/v1/events", json=issue_event(1), headers=STRUCTURED)
            time_passes(monkeypatch, timedelta(seconds=30))

        await proved("DubanLogNotAdvancing", city, somebody_reports)
        waiting = (await seen(city))["duban_log_waiting_events", frozenset({("process", "gateway")})]
    assert waiting == 3


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
