"""Appending: what becomes of each command of a batch, alone and under competition."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.records import Append, Outcome
from tests.services.store_samples import AT, command

SOMEBODY_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database())"
)


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app, max_size=16) as opened:
        yield opened


@pytest.fixture
def store(pool: asyncpg.Pool) -> EventStore:
    return EventStore(pool)


async def outcomes(store: EventStore, *commands: Append) -> list[Outcome]:
    return [appended.outcome for appended in await store.append(commands)]


async def test_a_new_stream_is_written_with_its_events_and_state(store: EventStore) -> None:
    written = command(events=3)
    [appended] = await store.append([written])
    assert (appended.outcome, appended.version, appended.answer) == (Outcome.APPENDED, 3, written.answer)

    events = await store.stream(written.stream_id)
    assert [event.version for event in events] == [1, 2, 3]
    assert [event.event_id for event in events] == [event.event_id for event in written.events]
    assert {event.occurred_at for event in events} == {AT}
    assert (events[0].actor, events[0].unit, events[0].area, events[0].campaign_id) == (
        "principal-1",
        "unit-7",
        "area-3",
        None,
    )

    state = await store.state(written.stream_id)
    assert state is not None
    assert (state.version, state.row, state.updated_at) == (3, written.row, AT)
    assert orjson.loads(state.state) == orjson.loads(written.state)


async def test_the_next_command_continues_the_stream(store: EventStore) -> None:
    first = command(events=2)
    await store.append([first])
    second = command(stream=first.stream_id, expected=2, events=2, status="dispatched")
    assert (await store.append([second]))[0].version == 4
    assert [event.version for event in await store.stream(first.stream_id, after_version=1)] == [2, 3, 4]
    state = await store.state(first.stream_id)
    assert state is not None
    assert (state.version, state.row.status) == (4, "dispatched")


async def test_the_same_key_and_request_is_answered_again_and_writes_nothing(store: EventStore) -> None:
    written = command(events=2)
    await store.append([written])
    await store.append([command(stream=written.stream_id, expected=2)])
    [replayed] = await store.append([written])
    assert (replayed.outcome, replayed.version, replayed.answer) == (Outcome.REPLAYED, 2, written.answer)
    assert len(await store.stream(written.stream_id)) == 3
    assert await store.answer_for(written.key) == (written.request_sha256, written.answer)


async def test_the_same_key_with_another_request_is_refused(store: EventStore) -> None:
    written = command(key="k")
    await store.append([written])
    [refused] = await store.append([command(key="k", body=b"other")])
    assert (refused.outcome, refused.version, refused.answer) == (Outcome.KEY_REUSED, 0, None)


async def test_an_outdated_version_conflicts_and_leaves_its_key_free(store: EventStore) -> None:
    stream = uuid4()
    await store.append([command(stream=stream)])
    assert await outcomes(store, command(key="late", stream=stream, expected=0)) == [Outcome.CONFLICT]
    assert await outcomes(store, command(key="late", stream=stream, expected=2)) == [Outcome.CONFLICT]
    assert await store.answer_for("late") is None
    assert await outcomes(store, command(key="late", stream=stream, expected=1)) == [Outcome.APPENDED]


async def test_a_stream_of_another_kind_conflicts(store: EventStore) -> None:
    stream = uuid4()
    await store.append([command(stream=stream)])
    other = command(stream=stream, expected=1)
    object.__setattr__(other, "kind", "campaign")
    assert await outcomes(store, other) == [Outcome.CONFLICT]


async def test_commands_of_a_batch_stand_for_themselves(store: EventStore) -> None:
    moved, steady = uuid4(), uuid4()
    await store.append(
        [command(stream=moved, events=2), command(stream=steady), command(key="known"), command(key="used")]
    )
    known = await store.answer_for("known")
    assert known is not None
    batch = [
        command(events=3),
        command(key="stale", stream=moved, expected=1, events=2),
        command(key="known"),
        command(stream=steady, expected=1, events=2),
        command(key="used", body=b"other"),
        command(),
    ]
    results = await store.append(batch)
    assert [result.outcome for result in results] == [
        Outcome.APPENDED,
        Outcome.CONFLICT,
        Outcome.REPLAYED,
        Outcome.APPENDED,
        Outcome.KEY_REUSED,
        Outcome.APPENDED,
    ]
    assert [result.version for result in results] == [3, 0, 1, 3, 0, 1]
    assert len(await store.stream(moved)) == 2
    assert [event.event_id for event in await store.stream(batch[0].stream_id)] == [
        event.event_id for event in batch[0].events
    ]
    assert len(await store.stream(steady)) == 3
    assert await store.answer_for("stale") is None
    assert set(await store.states([moved, steady, uuid4()])) == {moved, steady}


@pytest.mark.parametrize("twice", ["key", "stream"])
async def test_a_batch_that_names_something_twice_is_refused_whole(store: EventStore, twice: str) -> None:
    stream = uuid4()
    pair = {"key": [command(key="k"), command(key="k")], "stream": [command(stream=stream), command(stream=stream)]}[
        twice
    ]
    with pytest.raises(asyncpg.PostgresError):
        await store.append(pair)
    assert await store.state(pair[0].stream_id) is None


async def test_of_many_writers_of_one_version_exactly_one_wins(store: EventStore) -> None:
    stream = uuid4()
    for expected in range(10):
        results = await asyncio.gather(*(store.append([command(stream=stream, expected=expected)]) for _ in range(8)))
        assert sorted(result.outcome for [result] in results) == [Outcome.APPENDED] + [Outcome.CONFLICT] * 7
    assert [event.version for event in await store.stream(stream)] == list(range(1, 11))


async def test_the_same_command_sent_many_times_at_once_is_written_once(store: EventStore) -> None:
    for _ in range(10):
        written = command(events=2)
        results = await asyncio.gather(*(store.append([written]) for _ in range(8)))
        assert sorted(result.outcome for [result] in results) == [Outcome.APPENDED] + [Outcome.REPLAYED] * 7
        assert {(result.version, result.answer) for [result] in results} == {(2, written.answer)}
        assert len(await store.stream(written.stream_id)) == 2


async def test_a_key_whose_first_owner_rolled_back_is_free_for_the_one_who_waited(
    pool: asyncpg.Pool, store: EventStore
) -> None:
    written = command()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
        await EventStore(_one(connection)).append([written])
        waiting = asyncio.create_task(store.append([written]))
        while not await pool.fetchval(SOMEBODY_WAITS):
            assert not waiting.done()
        await transaction.rollback()
    [appended] = await waiting
    assert appended.outcome is Outcome.APPENDED


async def test_overlapping_batches_in_opposite_order_do_not_deadlock(store: EventStore) -> None:
    streams = sorted(uuid4() for _ in range(40))
    await store.append([command(stream=stream) for stream in streams])
    for version in range(1, 6):
        forth = [command(stream=stream, expected=version) for stream in streams]
        back = [command(stream=stream, expected=version) for stream in reversed(streams)]
        results = await asyncio.gather(store.append(forth), store.append(back))
        won = [result.outcome for batch in results for result in batch].count(Outcome.APPENDED)
        assert won == len(streams)


async def test_item_numbers_are_never_given_twice(store: EventStore) -> None:
    drawn = await asyncio.gather(*(store.next_item_numbers(50) for _ in range(6)))
    assert len({number for numbers in drawn for number in numbers}) == 300


def _one(connection: object) -> asyncpg.Pool:
    """A connection offers the same fetch as a pool."""
    return connection  # type: ignore[return-value]
