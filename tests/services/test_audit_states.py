"""Any past state is the fold of the events up to then, and the last one is what people see now."""

from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest
import pytest_asyncio

from domain.item.events import ITEM_EVENTS
from domain.item.state import Item, evolve
from services.embedded.databases import DatabaseAddresses
from services.gateway.audit_states import differences
from services.handling.folding import fold
from services.store.records import StoredEvent
from tests.services.audit_town import AuditedTown, audited_town


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


def streams(events: list[StoredEvent]) -> dict[str, list[StoredEvent]]:
    found: dict[str, list[StoredEvent]] = {}
    for event in events:
        found.setdefault(str(event.stream_id), []).append(event)
    return found


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_every_past_state_is_the_fold_of_its_events_and_the_last_is_the_current_one(place, seed):
    await place.live(seed, 40)
    for stream, events in streams(await place.events()).items():
        for count, event in enumerate(events, start=1):
            answer = (await place.get(f"/streams/{stream}", position=event.position)).json()
            assert answer["version"] == count
            assert answer["state"] == orjson.loads(fold(events[:count])[0])
        current = await place.town.city.parts.store.state(events[0].stream_id)
        assert current is not None
        assert (current.version, orjson.loads(current.state)) == (len(events), answer["state"])


async def test_items_stood_as_the_rules_alone_fold_them(place):
    items = await place.live(14, 50)
    everything = streams(await place.events())
    for item in items:
        state: Item | None = None
        for event in everything[item]:
            state = evolve(state, ITEM_EVENTS.validate_json(event.data))
            answer = (await place.get(f"/streams/{item}", version=event.version)).json()
            assert answer["state"] == orjson.loads(state.model_dump_json())


async def test_a_moment_is_what_was_known_then_or_what_had_happened_then(place):
    clock = place.town.city.clock
    item = await place.town.reported(reported_at=(clock.at - timedelta(hours=2)).isoformat())
    await place.sequence()
    await place.town.does("cleaner", item, "accept")
    await place.sequence()
    events = streams(await place.events())[item]
    for event in events:  # those of one command may be written down in the same microsecond
        known = (await place.get(f"/streams/{item}", as_of=event.recorded_at.isoformat())).json()
        assert known["version"] == sum(each.recorded_at <= event.recorded_at for each in events)
    happened = (await place.get(f"/streams/{item}", as_of=events[0].occurred_at.isoformat(), by="occurred")).json()
    assert happened["version"] == sum(event.occurred_at <= events[0].occurred_at for event in events)
    long_ago = await place.get(f"/streams/{item}", as_of="2020-01-01T00:00:00Z")
    assert (long_ago.status_code, long_ago.json()["code"]) == (404, "no_such_stream")


async def test_a_difference_leads_from_one_state_to_the_other(place):
    items = await place.live(15, 50)
    everything = streams(await place.events())
    for item in items:
        events = everything[item]
        for start in range(len(events)):
            answer = (
                await place.get(
                    f"/streams/{item}/difference",
                    from_position=events[start].position,
                    to_position=events[-1].position,
                )
            ).json()
            before, after = (orjson.loads(fold(events[:count])[0]) for count in (start + 1, len(events)))
            assert (answer["before"], answer["after"]) == (start + 1, len(events))
            for change in answer["changes"]:
                assert at(before, change["path"]) == change["before"]
                assert at(after, change["path"]) == change["after"]
            assert len(answer["events"]) == len(events) - start - 1
            assert bool(answer["changes"]) == (before != after)
    born = (await place.get(f"/streams/{items[0]}/difference")).json()
    assert (born["before"], born["after"]) == (0, len(everything[items[0]]))


def at(value: object, path: str) -> object:
    for step in path.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def test_changes_name_their_place_as_json_pointers_do():
    before = {"a/b": 1, "list": [1, {"x": 1}], "same": {"y": [1]}, "gone": 2}
    after = {"a/b": 2, "list": [1, {"x": 3}, 4], "same": {"y": [1]}, "~": 5}
    found = {(change.path, change.before, change.after) for change in differences("", before, after)}
    assert found == {("/a~1b", 1, 2), ("/list/1/x", 1, 3), ("/list/2", None, 4), ("/gone", 2, None), ("/~0", None, 5)}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("?position=99999999", 404, "beyond_the_log"),
        ("?position=-1", 422, "input_invalid"),
        ("?as_of=1234567890", 422, "input_invalid"),
        ("?when=2026-01-01T00:00:00Z", 422, "input_invalid"),
        ("/difference?from_position=5&to_position=4", 400, "range_reversed"),
        ("/difference?from=2026-11-20T00:00:00Z&to=2026-11-19T00:00:00Z", 400, "range_reversed"),
        ("/difference?to_position=99999999", 404, "beyond_the_log"),
    ],
)
async def test_moments_that_cannot_be_are_answered_precisely(place, path, status, code):
    item = await place.town.reported()
    await place.sequence()
    answer = await place.get(f"/streams/{item}{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_lies_outside_an_auditors_area_is_not_there(place):
    west = await place.town.reported(area="west")
    east = await place.town.reported(area="east-1")
    await place.sequence()
    for path in ("", "/history", "/difference"):
        assert (await place.get(f"/streams/{west}{path}", "east auditor")).status_code == 404
        assert (await place.get(f"/streams/{east}{path}", "east auditor")).status_code == 200
    unknown = await place.get("/streams/00000000-0000-4000-8000-000000000000")
    assert unknown.json()["code"] == "no_such_stream"
