"""Current states can be made again from events alone, and come out the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store import rebuild
from services.store.event_store import EventStore
from services.store.pools import open_pool
from services.store.rebuild import count_events, rebuild_current_states
from services.store.records import Append, ListRow, StoredEvent
from tests.services.store_samples import AT, command

ROWS = "SELECT * FROM es.current_state ORDER BY stream_id"


@pytest_asyncio.fixture
async def pool(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(database.app) as opened:
        yield opened


def fold(events: Sequence[StoredEvent]) -> tuple[bytes, ListRow]:
    return (
        orjson.dumps({"types": [event.type for event in events]}),
        ListRow(status=events[-1].type, open=len(events) < 4, unit=events[0].unit, reported_at=AT, title="路灯"),
    )


def folded(stream: UUID, expected: int, events: int) -> Append:
    """A command whose state is what `fold` makes of its stream, all commands having numbered their events from 1."""
    plain = command(stream=stream, expected=expected, events=events)
    types = [f"item.tested{number}.v1" for number in [*range(1, expected + 1), *range(1, events + 1)]]
    return replace(
        plain,
        state=orjson.dumps({"types": types}),
        row=ListRow(status=types[-1], open=len(types) < 4, unit="unit-7", reported_at=AT, title="路灯"),
    )


async def fill(pool: asyncpg.Pool) -> list[UUID]:
    streams = [uuid4() for _ in range(30)]
    store = EventStore(pool)
    await store.append([folded(stream, 0, 1 + number % 3) for number, stream in enumerate(streams)])
    await store.append([folded(stream, 1 + number % 3, 2) for number, stream in enumerate(streams) if number % 2])
    return streams


async def test_rebuilt_states_are_identical(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    await fill(pool)
    before = await pool.fetch(ROWS)
    seen: list[int] = []
    rebuilt = await rebuild_current_states(database.owner, fold, progress=seen.append)
    assert (rebuilt.streams, rebuilt.differing, rebuilt.differences, rebuilt.broken_streams) == (30, 0, (), ())
    assert seen[-1] == rebuilt.events == await count_events(database.owner) == 90
    assert await pool.fetch(ROWS) == before


async def test_a_superuser_rebuilds_as_well(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    await fill(pool)
    assert (await rebuild_current_states(database.superuser, fold)).streams == 30


async def test_small_pages_give_the_same(
    database: DatabaseAddresses, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(pool)
    small_pages = rebuild._EVENTS_BY_STREAM.replace(f"LIMIT {rebuild._PAGE}", "LIMIT 2")
    monkeypatch.setattr(rebuild, "_EVENTS_BY_STREAM", small_pages)
    monkeypatch.setattr(rebuild, "_PAGE", 7)
    rebuilt = await rebuild_current_states(database.owner, fold)
    assert (rebuilt.streams, rebuilt.events, rebuilt.differing) == (30, 90, 0)


async def test_an_empty_store_rebuilds_to_nothing(database: DatabaseAddresses) -> None:
    assert (await rebuild_current_states(database.owner, fold)).streams == 0


async def test_what_differs_is_named_and_mended(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    changed, lost, *_ = await fill(pool)
    before = await pool.fetch(ROWS)
    owner = await asyncpg.connect(database.owner)
    invented = uuid4()
    await owner.execute("UPDATE es.current_state SET state = '{}', unit = NULL WHERE stream_id = $1", changed)
    await owner.execute("DELETE FROM es.current_state WHERE stream_id = $1", lost)
    await owner.execute(
        """INSERT INTO es.current_state (stream_id, kind, version, state, updated_at)
           VALUES ($1, 'item', 1, '{}', now())""",
        invented,
    )
    checked = await rebuild_current_states(database.owner, fold, replace=False)
    rebuilt = await rebuild_current_states(database.owner, fold)
    assert checked == rebuilt
    found = {difference.stream_id: difference for difference in rebuilt.differences}
    assert rebuilt.differing == len(found) == 3
    assert set(found[changed].columns) == {"state", "unit"}
    assert (found[lost].missing, found[invented].surplus) == (True, True)
    assert await pool.fetch(ROWS) == before
    await owner.close()


async def test_streams_that_do_not_add_up_are_named(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    broken, *_ = await fill(pool)
    owner = await asyncpg.connect(database.owner)
    await owner.execute("UPDATE es.stream SET version = version + 1 WHERE stream_id = $1", broken)
    assert (await rebuild_current_states(database.owner, fold)).broken_streams == (broken,)
    await owner.close()


async def test_writers_go_on_during_a_rebuild_and_lose_nothing(database: DatabaseAddresses, pool: asyncpg.Pool) -> None:
    streams = await fill(pool)
    store = EventStore(pool)
    versions = {stream: state.version for stream, state in (await store.states(streams)).items()}
    done = asyncio.Event()

    async def keep_writing() -> int:
        rounds = 0
        while not done.is_set() or rounds < 3:
            for stream in streams:
                await store.append([folded_on(await store.stream(stream), stream)])
                versions[stream] += 1
            rounds += 1
        return rounds

    writing = asyncio.create_task(keep_writing())
    for _ in range(3):
        assert (await rebuild_current_states(database.owner, fold)).differing == 0
    done.set()
    assert await writing >= 3
    assert {stream: state.version for stream, state in (await store.states(streams)).items()} == versions
    assert (await rebuild_current_states(database.owner, fold)).differing == 0


def folded_on(past: Sequence[StoredEvent], stream: UUID) -> Append:
    plain = command(stream=stream, expected=len(past))
    types = [*(event.type for event in past), plain.events[0].type]
    return replace(
        plain,
        state=orjson.dumps({"types": types}),
        row=ListRow(status=types[-1], open=len(types) < 4, unit="unit-7", reported_at=AT, title="路灯"),
    )
