"""Facts are exact: as of any moment, after a rebuild, after kills in the middle, and with two projectors at once."""
# ruff: noqa: S311 - lives are to be the same in every run

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import asyncpg
import pytest
import pytest_asyncio

from domain.indicator.book import Cases
from domain.indicator.sets import SETS
from domain.item.state import evolve
from services.embedded.databases import DatabaseAddresses
from services.indicators.bulletins import FactsBehindError, caught_up
from services.projector.projector import Projector
from services.store.event_store import EventStore
from services.store.indicator_queries import CasePlace, Extent, one_moment
from services.store.pools import prepare
from services.store.projections import SUBSCRIPTION, FactProjection, rebuild_facts
from services.store.subscriptions import FencedOffError
from tests.domain.clocks import november
from tests.domain.item_samples import comment, void
from tests.domain.scenario import Scenario
from tests.services.fact_lives import counted, random_life
from tests.services.fact_samples import Facts, facts_in, life, stored

MOMENT = timedelta(microseconds=1)
NOTHING = {"item_fact": 0, "dispatch_fact": 0, "clock_fact": 0, "score_line": 0}
PROCESS = "from services.projector.projector import run; from services.settings import Settings; run(Settings())"


@pytest_asyncio.fixture
async def facts(database: DatabaseAddresses) -> AsyncIterator[Facts]:
    async with facts_in(database) as opened:
        yield opened


async def write_in_pieces(facts: Facts, lives: list[Scenario], random: Random, most: int = 6) -> None:
    """Write lives side by side, some events of each at a time, as they would come."""
    store, written = EventStore(facts.pool), dict.fromkeys(range(len(lives)), 0)
    while written:
        number = random.choice(list(written))
        history, done = lives[number].history, written[number]
        upto = min(len(history), done + random.randint(1, most))
        state = None
        for event in history[:upto]:
            state = evolve(state, event)
        await store.append([stored(history[:upto], state, done)])
        written[number] = upto
        if upto == len(history):
            del written[number]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_set_is_as_of_any_moment_what_the_events_until_then_say(facts: Facts, seed: int):
    random = Random(seed)
    lives = [random_life(random) for _ in range(25)]
    await facts.record(*lives)
    histories = [each.history for each in lives]
    instants = sorted({event.occurred_at for history in histories for event in history})
    dues = sorted({due for history in histories for event in history if (due := deadline(event))})
    moments = [*random.sample(instants, 12), *random.sample(dues, 6)]
    moments += [moment + step for moment in moments for step in (-MOMENT, MOMENT)]
    sides = {name: Cases(plus=(name,)) for name in SETS}
    async with one_moment(facts.pool) as queries:
        for at in (*moments, instants[-1] + timedelta(days=100)):
            found = (await queries.counts(list(sides.values()), Extent(), at))[None]
            expected = counted(histories, at)
            assert {name: found[side] for name, side in sides.items()} == {name: expected[name] for name in SETS}, at


def deadline(event: object) -> datetime | None:
    clock = getattr(event, "clock", None)
    return clock.due_at if clock else None


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_a_rebuild_finds_what_projecting_left(facts: Facts, batch: int):
    random = Random(batch)
    await write_in_pieces(facts, [random_life(random) for _ in range(8)], random)
    await facts.sequence()
    await facts.project(batch)
    before = await facts.tables()
    assert all(before.values())
    rebuilt = await rebuild_facts(facts.database.owner)
    assert (rebuilt.items, rebuilt.differing) == (8, NOTHING)
    assert await facts.tables() == before


async def test_a_rebuild_goes_no_further_than_the_projector_came(facts: Facts):
    random = Random(5)
    await write_in_pieces(facts, [random_life(random) for _ in range(5)], random)
    await facts.sequence()
    await facts.projection.step(40)
    rebuilt = await rebuild_facts(facts.database.superuser, replace=False)
    assert (rebuilt.position, rebuilt.differing) == (39, NOTHING)


async def test_a_rebuild_mends_what_was_damaged_and_a_check_only_tells(facts: Facts):
    kept, lost = await facts.record(life(), life())
    before = await facts.tables()
    owner = await asyncpg.connect(facts.database.owner)
    await owner.execute("UPDATE read.clock_fact SET due_at = now() WHERE item_id = $1", kept)
    await owner.execute("DELETE FROM read.item_fact WHERE item_id = $1", lost)
    await owner.close()
    damage = {**NOTHING, "item_fact": 2, "clock_fact": 2}
    assert (await rebuild_facts(facts.database.owner, replace=False)).differing == damage
    assert await facts.tables() != before
    assert (await rebuild_facts(facts.database.owner)).differing == damage
    assert await facts.tables() == before


async def test_a_rebuild_fences_off_the_projector_which_then_takes_its_place_again(facts: Facts):
    await facts.record(life())
    await rebuild_facts(facts.database.owner)
    await facts.write(life())
    with pytest.raises(FencedOffError):
        await facts.projection.step(10)
    assert await facts.projection.begin()
    await facts.project()
    assert await facts.count(november(17, 9), "open") == 2


async def test_a_projector_that_was_overtaken_writes_nothing(facts: Facts):
    await facts.write(life())
    owner = await asyncpg.connect(facts.database.owner)
    await owner.execute("UPDATE es.subscription SET epoch = epoch + 1 WHERE name = $1", SUBSCRIPTION)
    with pytest.raises(FencedOffError):
        await facts.projection.step(10)
    assert await facts.tables() == {table: [] for table in NOTHING}
    assert await owner.fetchval("SELECT pos FROM es.subscription WHERE name = $1", SUBSCRIPTION) == -1
    await owner.close()


async def test_a_second_projector_stands_by_until_the_first_is_gone(facts: Facts):
    connection = await asyncpg.connect(facts.database.app)
    await prepare(connection)
    second = FactProjection(connection)
    assert not await second.begin()
    await facts.record(life())
    assert await facts.projection._connection.fetchval("SELECT pg_advisory_unlock_all() IS NOT NULL")
    assert await second.begin()
    assert second.position == facts.projection.position
    with pytest.raises(FencedOffError):
        await facts.write(life())
        await facts.projection.step(10)
    assert await second.step(10) > 0
    await connection.close()


async def test_events_that_change_no_fact_move_the_position_alone(facts: Facts):
    one = life()
    await facts.record(one)
    before = await facts.tables()
    said = one.when(comment)
    await EventStore(facts.pool).append([stored(said.history, said.state, len(one.history))])
    await facts.sequence()
    await facts.project()
    assert facts.projection.position == len(said.history) - 1
    assert await facts.tables() == before


async def test_other_kinds_of_events_are_passed_over(facts: Facts):
    foreign = life()
    await EventStore(facts.pool).append([replace(stored(foreign.history, foreign.state), kind="parcel")])
    await facts.sequence()
    await facts.project()
    assert facts.projection.position == len(foreign.history) - 1
    assert await facts.tables() == {table: [] for table in NOTHING}


async def test_pages_of_cases_leave_out_nothing_and_repeat_nothing(facts: Facts):
    ids = await facts.record(*(life() for _ in range(23)))
    at, found, after = november(30, 9), [], None
    while page := await facts.cases(at, "accept_overdue", after=after, limit=5):
        found += page
        after = CasePlace(page[-1].at, page[-1].item_id, page[-1].key)
    assert sorted(case.item_id for case in found) == sorted(ids)
    assert {case.key for case in found} == {"accept-1"}
    assert all(case.number.startswith("2026-") for case in found)


@contextmanager
def process(database: DatabaseAddresses) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "DUBAN_DATABASE_APP_URL": database.app}
    running = subprocess.Popen([sys.executable, "-c", PROCESS], env=environment, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        yield running
    finally:
        running.kill()
        running.wait()


async def test_projectors_that_are_killed_and_run_twice_leave_exact_facts(database: DatabaseAddresses):
    random = Random(11)
    async with facts_in(database) as facts:
        await facts.projection._connection.execute("SELECT pg_advisory_unlock_all()")
        for _ in range(3):
            with process(database) as first, process(database):
                await write_in_pieces(facts, [random_life(random) for _ in range(6)], random)
                await facts.sequence()
                await moved_on(facts)
                first.send_signal(signal.SIGKILL)
                await write_in_pieces(facts, [random_life(random, 10) for _ in range(3)], random, most=40)
                await facts.sequence()
        with process(database), process(database):
            await caught_up(facts.pool, 60)
        rebuilt = await rebuild_facts(database.owner, replace=False)
        assert (rebuilt.items, rebuilt.differing) == (27, NOTHING)


async def moved_on(facts: Facts) -> None:
    """Wait until somebody has projected something, but not everything has to be done."""
    query = "SELECT pos FROM es.subscription WHERE name = $1"
    before = await facts.pool.fetchval(query, SUBSCRIPTION)
    async with asyncio.timeout(60):
        while await facts.pool.fetchval(query, SUBSCRIPTION) == before:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)


async def test_a_projector_catches_up_tells_that_it_is_ready_and_stops(database: DatabaseAddresses):
    ready, stopping = asyncio.Event(), asyncio.Event()
    async with facts_in(database) as facts:
        await facts.write(life(), life().when(void))
        with pytest.raises(FactsBehindError):
            await caught_up(facts.pool, 0.1)
        await facts.projection._connection.execute("SELECT pg_advisory_unlock_all()")
        running = asyncio.create_task(Projector(database.app, batch=2, on_ready=ready.set).run(stopping))
        await asyncio.wait_for(ready.wait(), 60)
        await caught_up(facts.pool, 30)
        stopping.set()
        await asyncio.wait_for(running, 60)
        assert await facts.count(november(17, 9), "reported") == 2
