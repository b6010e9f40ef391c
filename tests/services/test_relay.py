"""What is committed reaches a workflow, once or more often, whatever is away in between."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.service import RPCError, RPCStatusCode

from domain.item import commands as c
from domain.ladder import RUNGS
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM
from services.relay.relay import Relay, Shard
from services.relay.worth_telling import streams_to_tell
from services.sequencer.sequencer import Sequencer
from services.store.pools import open_pool
from services.store.standings import LogEntry, StandingRow
from services.store.subscriptions import Subscriptions
from services.temporal.arming import Armed
from tests.workflows.town import OFFICE, Town, town, working

LATER = timedelta(hours=1)


class Recorder:
    """Stands where Temporal stands, and may be away for the first calls."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.told: list[tuple[UUID, int, str]] = []

    async def arm_all(self, standings: Iterable[StandingRow], armed: Callable[[], None] = lambda: None) -> Armed:
        if self.away > 0:
            self.away -= 1
            raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")
        told = [(standing.stream_id, standing.version, standing.step) for standing in standings]
        self.told += told
        return Armed(running=len(told), ended=0)

    @property
    def items(self) -> set[UUID]:
        return {item_id for item_id, _, _ in self.told}


@asynccontextmanager
async def relaying(database: DatabaseAddresses, arming: Any, shard: Shard | None = None) -> AsyncIterator[Relay]:
    """A sequencer and a relay at work."""
    pool = await open_pool(database.app)
    relay, stopping = Relay(pool, arming, shard), asyncio.Event()
    tasks = [asyncio.create_task(each.run(stopping)) for each in (Sequencer(database.sequencer), relay)]
    try:
        yield relay
    finally:
        stopping.set()
        await asyncio.gather(*tasks)
        await pool.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the condition lies in other processes
            await asyncio.sleep(0.02)


async def caught_up(place: Town, database: DatabaseAddresses, shard: Shard | None = None) -> None:
    """Wait until the relay has dealt with every event there is."""
    async with await open_pool(database.owner) as pool:
        subscriptions, name = Subscriptions(pool), (shard or Shard()).subscription

        async def done() -> bool:
            committed = await pool.fetchval("SELECT count(*) FROM es.event")
            return await subscriptions.position(name) == committed - 1

        await until(done)


async def test_a_reported_issue_climbs_the_ladder_without_anybody_doing_anything(
    database: DatabaseAddresses, temporal_server: Any
):
    client = await temporal_server.connect()
    async with town(database.app, client, datetime.now(UTC), hasty=True) as place:
        async with relaying(database, place.arming), working(place):
            item_id = await place.report(datetime.now(UTC))

            async def on_top() -> bool:
                return len(await place.events(item_id, "item.rung_climbed.v1")) >= len(RUNGS)

            await until(on_top)
            await place.give(c.VoidItem, item_id, datetime.now(UTC), OFFICE, reason="演练结束")
            assert await place.workflow(item_id).result() == "voided"
        assert [event.rung for event in await place.events(item_id, "item.rung_climbed.v1")] == list(RUNGS)


async def test_nothing_is_lost_while_temporal_is_away(database: DatabaseAddresses, temporal_server: Any):
    arming = Recorder(away=3)
    async with town(database.app, await temporal_server.connect(), datetime.now(UTC)) as place:
        async with relaying(database, arming):
            items = {await place.report(datetime.now(UTC)) for _ in range(20)}
            await caught_up(place, database)
        assert arming.away == 0
        assert arming.items == items


async def test_the_position_stays_until_temporal_has_taken_the_batch(database: DatabaseAddresses, temporal_server: Any):
    away, back = Recorder(away=1_000_000), Recorder()
    async with town(database.app, await temporal_server.connect(), datetime.now(UTC)) as place:
        item_id = await place.report(datetime.now(UTC))
        async with relaying(database, away):

            async def tried() -> bool:
                return away.away < 1_000_000

            await until(tried)
        async with relaying(database, back):
            await caught_up(place, database)
        assert back.items == {item_id}


async def test_an_item_is_told_once_per_batch_and_as_it_stands_now(database: DatabaseAddresses, temporal_server: Any):
    arming, now = Recorder(), datetime.now(UTC)
    async with town(database.app, await temporal_server.connect(), now) as place:
        item_id = await place.report(now)
        await place.accept(item_id, now)
        last = await place.submit(item_id, now)
        async with relaying(database, arming):
            await caught_up(place, database)
        assert arming.told[-1] == (item_id, last.version, "submitted")


@pytest.mark.parametrize("outcome", ["closed", "voided", "transferred_out"])
async def test_finished_rows_of_an_old_ledger_never_reach_temporal(
    database: DatabaseAddresses, temporal_server: Any, outcome: str
):
    arming, now = Recorder(), datetime.now(UTC)
    async with town(database.app, await temporal_server.connect(), now - LATER) as place:
        for ending in (outcome, "rectifying"):
            item_id = ITEM.stream(f"ledger\n{uuid4()}")
            await place.take_over(item_id, now, now - LATER, ending)
        async with relaying(database, arming):
            await caught_up(place, database)
        assert [(item, step) for item, _, step in arming.told] == [(item_id, "rectifying")]


async def test_the_end_of_an_item_is_told_although_its_beginning_stands_in_the_same_batch(
    database: DatabaseAddresses, temporal_server: Any
):
    arming, now = Recorder(), datetime.now(UTC)
    async with town(database.app, await temporal_server.connect(), now) as place:
        item_id = await place.report(now)
        await place.give(c.VoidItem, item_id, now, OFFICE, reason="误报")
        async with relaying(database, arming):
            await caught_up(place, database)
        assert [(item, step) for item, _, step in arming.told] == [(item_id, "voided")]


async def test_two_shards_share_the_items(database: DatabaseAddresses, temporal_server: Any):
    shards = (Shard(0, 2), Shard(1, 2))
    first, second = Recorder(), Recorder()
    async with town(database.app, await temporal_server.connect(), datetime.now(UTC)) as place:
        items = {await place.report(datetime.now(UTC)) for _ in range(30)}
        async with relaying(database, first, shards[0]), relaying(database, second, shards[1]):
            for shard in shards:
                await caught_up(place, database, shard)
        assert first.items | second.items == items
        assert not first.items & second.items
        assert first.items and second.items


async def test_a_relay_whose_place_was_taken_starts_over_from_the_others_position(
    database: DatabaseAddresses, temporal_server: Any
):
    arming = Recorder()
    async with town(database.app, await temporal_server.connect(), datetime.now(UTC)) as place:
        async with relaying(database, arming):
            await place.report(datetime.now(UTC))
            await caught_up(place, database)
            async with await open_pool(database.app) as pool:
                await Subscriptions(pool).acquire(Shard().subscription)
            item_id = await place.report(datetime.now(UTC))
            await caught_up(place, database)
        assert item_id in arming.items


def entry(name: str, actor: str = "user:office") -> LogEntry:
    kind = name.partition(".")[0]
    return LogEntry(position=0, stream_id=uuid4(), version=9, kind=kind, type=name, actor=actor, transaction="1")


@pytest.mark.parametrize(
    ("told", "name", "actor"),
    [
        (True, "item.accepted.v1", "user:handler"),
        (True, "item.reported.v1", "service:worker"),
        (True, "item.rung_climbed.v1", "user:handler"),
        (True, "item.something_new.v1", "user:office"),
        (False, "item.rung_climbed.v1", "service:worker"),
        (False, "item.commented.v1", "user:office"),
        (True, "item.limit_changed.v1", "service:worker"),
        (True, "campaign.started.v1", "user:office"),
        (True, "campaign.phase_opened.v1", "user:office"),
        (False, "campaign.phase_opened.v1", "service:worker"),
        (True, "obligation.assigned.v1", "service:worker"),
        (True, "obligation.progress_reported.v1", "user:handler"),
        (False, "obligation.rung_climbed.v1", "service:worker"),
        (True, "bulk.started.v1", "service:worker"),
        (True, "bulk.paused.v1", "user:office"),
        (False, "bulk.progressed.v1", "service:worker"),
        (False, "policy.published.v1", "user:office"),
    ],
)
def test_workflows_are_told_what_they_do_not_know(told: bool, name: str, actor: str):
    assert bool(streams_to_tell([entry(name, actor)])) is told
