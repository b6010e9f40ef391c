"""The log holds every committed event once, without gaps, each stream in order, whoever fails on the way."""

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.sequencer.sequencer import Sequencer
from services.store.event_store import EventStore
from services.store.pools import open_pool, prepare
from services.store.records import Outcome
from tests.services.store_samples import command

WRITERS = 8
WAIT_SECONDS = 60.0


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app, max_size=WRITERS + 4) as opened:
        yield opened


async def write(database: DatabaseAddresses, seed: int, rounds: int) -> int:
    """Append in transactions of uneven length, a third of which roll back; return the events committed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    connection = await asyncpg.connect(database.app)
    await prepare(connection)
    store = EventStore(connection)  # type: ignore[arg-type] - offers the same fetch as a pool
    versions: dict[UUID, int] = {}
    committed = 0
    for _ in range(rounds):
        batch = [
            command(stream=stream, expected=versions.get(stream, 0), events=chance.randint(1, 3))
            for stream in {chance.choice([*versions, uuid4()]) for _ in range(chance.randint(1, 4))}
        ]
        transaction = connection.transaction()
        await transaction.start()
        results = await store.append(batch)
        assert all(result.outcome is Outcome.APPENDED for result in results)
        await asyncio.sleep(chance.choice([0, 0, 0.002, 0.01]))  # so that transactions overlap and end out of order
        if chance.random() < 1 / 3:
            await transaction.rollback()
            continue
        await transaction.commit()
        for append in batch:
            versions[append.stream_id] = append.version
            committed += len(append.events)
    await connection.close()
    return committed


async def logged(pool: asyncpg.Pool, size: int) -> None:
    while await EventStore(pool).log_size() < size:  # noqa: ASYNC110 - another process would ask the same way
        await asyncio.sleep(0.01)


async def assert_complete(pool: asyncpg.Pool, committed: int) -> None:
    events = await EventStore(pool).log_after(-1, committed + 1000)
    assert [event.position for event in events] == list(range(committed))
    assert len({event.event_id for event in events}) == committed
    assert await pool.fetchval("SELECT count(*) FROM es.event") == committed
    versions: dict[UUID, int] = {}
    for event in events:
        assert event.version == versions.get(event.stream_id, 0) + 1
        versions[event.stream_id] = event.version
    assert await pool.fetchval(
        "SELECT bool_and(l.leaf_hash = sha256('\\x00' || e.entry)) FROM es.log l JOIN es.event e USING (seq)"
    )


async def test_everything_committed_by_concurrent_writers_is_delivered(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    stopping = asyncio.Event()
    running = [asyncio.create_task(Sequencer(database.sequencer).run(stopping)) for _ in range(2)]
    committed = sum(await asyncio.gather(*(write(database, seed, 60) for seed in range(WRITERS))))
    await logged(pool, committed)
    stopping.set()
    await asyncio.gather(*running)
    await assert_complete(pool, committed)


async def test_killed_sequencers_leave_nothing_behind_and_others_go_on(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    writers = asyncio.gather(*(write(database, seed, 40) for seed in range(WRITERS)))
    while not writers.done():
        running = asyncio.create_task(Sequencer(database.sequencer).run(asyncio.Event()))
        await asyncio.sleep(0.03)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    committed = sum(await writers)
    stopping = asyncio.Event()
    running = asyncio.create_task(Sequencer(database.sequencer).run(stopping))
    await logged(pool, committed)
    stopping.set()
    await running
    await assert_complete(pool, committed)


async def test_a_transaction_that_stays_open_holds_nobody_up_and_is_delivered_when_it_ends(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    ticker = await asyncpg.connect(database.sequencer)
    slow = await asyncpg.connect(database.app)
    await prepare(slow)
    transaction = slow.transaction()
    await transaction.start()
    first = command()
    await EventStore(slow).append([first])  # type: ignore[arg-type] - as above
    store = EventStore(pool)
    await store.append([command()])
    assert await ticker.fetchval("SELECT es.sequence_tick()") == 1
    assert await ticker.fetchval("SELECT es.sequence_tick()") == 0
    await store.append([command()])
    assert await ticker.fetchval("SELECT es.sequence_tick()") == 1
    await transaction.commit()
    assert await ticker.fetchval("SELECT es.sequence_tick()") == 1
    assert (await store.log_after(1, 10))[0].event_id == first.events[0].event_id
    await slow.close()
    await ticker.close()
    await assert_complete(pool, 3)


async def test_an_idle_tick_writes_nothing(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    ticker = await asyncpg.connect(database.sequencer)
    await EventStore(pool).append([command()])
    assert await ticker.fetchval("SELECT es.sequence_tick()") == 1
    async with ticker.transaction():
        assert await ticker.fetchval("SELECT es.sequence_tick()") == 0
        assert await ticker.fetchval("SELECT pg_current_xact_id_if_assigned()") is None
    await ticker.close()


async def test_only_one_sequencer_ticks_at_a_time(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    one, other = await asyncpg.connect(database.sequencer), await asyncpg.connect(database.sequencer)
    await EventStore(pool).append([command(events=2)])
    transaction = one.transaction()
    await transaction.start()
    assert await one.fetchval("SELECT es.sequence_tick()") == 2
    assert await other.fetchval("SELECT es.sequence_tick()") is None
    await transaction.rollback()
    assert await other.fetchval("SELECT es.sequence_tick()") == 2
    await one.close()
    await other.close()
    await assert_complete(pool, 2)


async def test_a_store_restored_from_a_dump_is_sequenced_on(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    owner = await asyncpg.connect(database.superuser)
    store = EventStore(pool)
    await store.append([command(events=2)])
    await owner.execute("SELECT es.sequence_tick()")
    await store.append([command(events=3)])
    # As after a restore: the snapshot speaks of transactions that this cluster has never had.
    await owner.execute("UPDATE es.sequencer SET cluster = cluster - 1, snap = '999999999:999999999:'")
    stopping = asyncio.Event()
    running = asyncio.create_task(Sequencer(database.sequencer).run(stopping))
    await logged(pool, 5)
    await store.append([command(events=2)])
    await logged(pool, 7)
    stopping.set()
    await running
    await owner.close()
    await assert_complete(pool, 7)


async def test_restored_events_are_not_taken_for_new_ones_when_transaction_ids_come_as_far_as_theirs(
    database: DatabaseAddresses, pool: asyncpg.Pool
) -> None:
    owner = await asyncpg.connect(database.superuser)
    store = EventStore(pool)
    # As in a restored store: what the log holds was written under ids that this cluster has yet to reach.
    ahead = 30 + await owner.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    await owner.execute(f"ALTER TABLE es.event ALTER COLUMN xid SET DEFAULT '{ahead}'")
    await store.append([command(events=2)])
    await owner.execute("ALTER TABLE es.event ALTER COLUMN xid SET DEFAULT pg_current_xact_id()")
    await owner.execute("UPDATE es.sequencer SET cluster = cluster - 1")
    stopping = asyncio.Event()
    running = asyncio.create_task(Sequencer(database.sequencer).run(stopping))
    await logged(pool, 2)
    for size in range(3, 63):
        await store.append([command()])
        async with asyncio.timeout(WAIT_SECONDS):
            await logged(pool, size)
    stopping.set()
    await running
    assert await owner.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint") > ahead
    assert await owner.fetchval("SELECT es.sequence_tick()") == 0
    await owner.close()
    await assert_complete(pool, 62)


async def test_a_lost_connection_is_made_again(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    ready, stopping = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(Sequencer(database.sequencer, on_ready=ready.set).run(stopping))
    await ready.wait()
    owner = await asyncpg.connect(database.superuser)
    for size in range(1, 4):
        await owner.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE usename = 'duban_sequencer' AND datname = current_database()"""
        )
        await EventStore(pool).append([command()])
        await logged(pool, size)
    stopping.set()
    await running
    await owner.close()
