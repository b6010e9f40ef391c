"""The judge reads a real store: what was written, with its place in the log or without."""

import asyncpg

from services.embedded.databases import DatabaseAddresses
from services.store.event_store import EventStore
from services.store.pools import open_pool
from tests.faults.stored import stored
from tests.services.store_samples import AT, command


async def test_events_commands_and_states_are_read_as_they_lie_there(database: DatabaseAddresses) -> None:
    written = command(key="a key", events=2)
    async with await open_pool(database.app, max_size=1) as pool:
        await EventStore(pool).append([written])
    waiting = await stored(database.superuser, AT)
    mine = [event for event in waiting.events if event.stream == str(written.stream_id)]
    assert [(event.version, event.position, event.data) for event in mine] == [(1, None, {"n": 1}), (2, None, {"n": 1})]
    connection = await asyncpg.connect(database.sequencer)
    try:
        await connection.fetchval("SELECT es.sequence_tick()")
    finally:
        await connection.close()
    store = await stored(database.superuser, AT)
    assert None not in {event.position for event in store.events}
    assert [(each.stream, each.version, each.answer) for each in store.commands if each.key == "a key"] == [
        (str(written.stream_id), 2, {"ok": True})
    ]
    assert [(each.version, each.open) for each in store.states if each.stream == str(written.stream_id)] == [(2, True)]
    assert list(store.deliveries) == []
