"""Of any kind of aggregate, any past state that auditors see is the one stored then, and the fold of its events."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import AGGREGATES
from tests.services.audit_town import AuditedTown, audited_town
from tests.services.every_life import LIVES, REMEMBERS, live


@pytest_asyncio.fixture
async def superuser(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    await connection.execute(REMEMBERS)
    yield connection
    await connection.close()


@pytest_asyncio.fixture
async def place(superuser, database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


async def remembered(superuser: asyncpg.Connection) -> dict[UUID, dict[int, Any]]:
    """Each state as it was written, by stream and version."""
    found: dict[UUID, dict[int, Any]] = defaultdict(dict)
    for row in await superuser.fetch("SELECT stream_id, version, state FROM public.remembered"):
        found[row["stream_id"]][row["version"]] = orjson.loads(row["state"])
    return found


@pytest.mark.parametrize("seed", [71, 72])
async def test_every_past_state_of_every_kind_is_what_was_stored_then_and_the_fold_of_its_events(
    place, superuser, seed
):
    chance = random.Random(seed)  # noqa: S311 - the same in every run
    happened = {life.aggregate.kind: await live(place.town.city.parts.pool, life, chance) for life in LIVES}
    assert happened.keys() == AGGREGATES.keys(), "a kind of aggregate without a life"
    assert all(happened.values()), happened
    await place.sequence()
    events, states = defaultdict(list), await remembered(superuser)
    for event in await place.events():
        events[event.stream_id].append(event)
    for life in LIVES:
        aggregate, stream = life.aggregate, life.stream_id
        state, seen = None, 0
        for event in events[stream]:
            state = aggregate.evolve(state, aggregate.events.validate_json(event.data))
            folded = orjson.loads(aggregate.states.dump_json(state))
            for moment in ({"version": event.version}, {"position": event.position}):
                shown = (await place.get(f"/streams/{stream}", **moment)).json()
                assert (shown["version"], shown["kind"], shown["state"]) == (event.version, aggregate.kind, folded)
            if event.version in states[stream]:
                assert folded == states[stream][event.version], (aggregate.kind, event.version)
                seen += 1
        assert seen == len(states[stream])
        assert seen >= 1


async def test_a_moment_between_two_events_shows_what_was_known_of_any_kind(place):
    chance = random.Random(73)  # noqa: S311 - the same in every run
    for life in LIVES:
        await live(place.town.city.parts.pool, life, chance)
    await place.sequence()
    events = defaultdict(list)
    for event in await place.events():
        events[event.stream_id].append(event)
    for life in LIVES:
        whole = events[life.stream_id]
        for by, instant in (("recorded", "recorded_at"), ("occurred", "occurred_at")):
            moment = getattr(chance.choice(whole), instant)
            known = 0
            for event in whole:  # in the order of the stream, up to the first that came later
                if getattr(event, instant) > moment:
                    break
                known += 1
            shown = await place.get(f"/streams/{life.stream_id}", as_of=moment.isoformat(), by=by)
            assert shown.json()["version"] == known, life.aggregate.kind
