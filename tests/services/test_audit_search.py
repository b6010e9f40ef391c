"""Every question finds what a walk through the whole log would find, page by page, whatever is written meanwhile."""

import random
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
import pytest_asyncio

from domain.wording import written_in
from services.embedded.databases import DatabaseAddresses
from services.store.audit_filter import AuditFilter
from services.store.audit_queries import AuditQueries
from services.store.records import StoredEvent
from tests.services.audit_town import AuditedTown, audited_town

QUESTIONS = 120
TEXTS = ("垃圾", "现场", "不属于", "WRONG unit", "降雨", "没有这几个字", "复上")


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


def holds(wanted: AuditFilter, reported: set[UUID]) -> Callable[[StoredEvent], bool]:
    """The same question, asked of one event."""

    def condition(event: StoredEvent) -> bool:
        position = event.position or 0
        return all(
            (
                wanted.streams is None or event.stream_id in wanted.streams,
                wanted.person is None or event.actor == wanted.person or event.stream_id in reported,
                wanted.units is None or event.unit in wanted.units,
                wanted.areas is None or event.area in wanted.areas,
                wanted.types is None or event.type in wanted.types,
                wanted.campaigns is None or event.campaign_id in wanted.campaigns,
                wanted.text is None or wanted.text.lower() in written_in(orjson.loads(event.data)).lower(),
                not wanted.without_evidence or orjson.loads(event.data).get("evidence") == [],
                wanted.occurred_from is None or event.occurred_at >= wanted.occurred_from,
                wanted.occurred_to is None or event.occurred_at < wanted.occurred_to,
                wanted.recorded_from is None or event.recorded_at >= wanted.recorded_from,
                wanted.recorded_to is None or event.recorded_at < wanted.recorded_to,
                position >= (wanted.position_from or 0),
                wanted.position_to is None or position < wanted.position_to,
            )
        )

    return condition


def question(chance: random.Random, events: list[StoredEvent]) -> AuditFilter:
    """One to three filters, with values that occur, and some that do not."""
    some = chance.sample(events, 3)
    at, other = sorted((some[0].occurred_at, some[1].occurred_at))
    written, later = sorted((some[0].recorded_at, some[1].recorded_at))
    low, high = sorted(chance.sample(range(len(events)), 2))
    every: list[dict[str, Any]] = [
        {"streams": [some[0].stream_id, some[1].stream_id]},
        {"person": some[0].actor},
        {"units": ["cleaning", "nobody"]},
        {"areas": ["east", "east-1"]},
        {"areas": ["west", *(f"area-{number}" for number in range(30))]},
        {"areas": ["west", *(f"area-{number}" for number in range(500))]},
        {"types": [some[0].type]},
        {"types": list({event.type for event in some})},
        {"campaigns": ["no such campaign"]},
        {"text": chance.choice(TEXTS)},
        {"without_evidence": True},
        {"occurred_from": at, "occurred_to": other},
        {"occurred_to": at},
        {"recorded_from": written, "recorded_to": later},
        {"position_from": low, "position_to": high},
        {"position_from": low},
    ]
    chosen: dict[str, Any] = {}
    for part in chance.sample(every, chance.choice((1, 1, 2, 3))):
        chosen |= part
    return AuditFilter(**chosen)


@pytest.mark.parametrize(("seed", "searchable"), [(1, 0), (2, 100), (3, 100_000)])
async def test_pages_of_any_question_are_what_a_walk_through_the_log_finds(place, seed, searchable):
    await place.live(seed, 60)
    await place.make_searchable(searchable)
    events, chance = await place.events(), random.Random(seed)  # noqa: S311
    queries = AuditQueries(place.town.city.parts.pool)
    size = await queries.log_size()
    for _ in range(QUESTIONS):
        wanted = question(chance, events)
        expected = {event.position for event in events if holds(wanted, set())(event)}
        orders = {}
        for order in ("newest", "oldest"):
            found: list[int] = []
            after = None
            while page := await queries.page(wanted, size=size, order=order, after=after, limit=7):
                found += [event.position for event in page]
                after = found[-1]
            assert set(found) == expected, wanted
            assert len(found) == len(expected), wanted
            orders[order] = found
        assert orders["newest"] == orders["oldest"][::-1], wanted


async def test_a_result_stays_what_it_was_while_others_write(place):
    await place.live(3, 20)
    first = (await place.get("/events", area="city", limit=5)).json()
    await place.live(4, 30)
    pages, cursor = [*first["events"]], first["next_cursor"]
    while cursor is not None:
        page = (await place.get("/events", area="city", limit=5, cursor=cursor)).json()
        assert page["log_size"] == first["log_size"]
        pages += page["events"]
        cursor = page["next_cursor"]
    positions = [event["position"] for event in pages]
    assert positions == sorted(set(positions), reverse=True)
    assert positions[0] == max(
        event.position
        for event in await place.events()
        if event.area is not None and event.position < first["log_size"]
    )


async def test_what_is_not_in_the_log_yet_is_not_found(place):
    item = await place.town.reported()
    before = (await place.get("/events", item=item)).json()
    await place.sequence()
    after = (await place.get("/events", item=item)).json()
    assert (before["events"], len(after["events"])) == ([], 3)


async def test_a_person_leads_to_what_became_of_their_report(place):
    item = await place.town.reported(channel="complaint", reporter={"name": "王女士", "phone": "13800000000"})
    await place.town.does("cleaner", item, "accept")
    await place.sequence()
    reporter = (await place.town.get("office", f"/v1/items/{item}")).json()["reporter"]
    found = (await place.get("/events", person=reporter)).json()["events"]
    assert [event["type"] for event in found][::-1] == [
        "item.reported.v1",
        "item.registered.v1",
        "item.dispatched.v1",
        "item.accepted.v1",
    ]


async def test_words_are_found_across_stretches_and_regions_of_a_long_log(place, database):
    """Sequence numbers jump over a stretch and over a region, as they do where millions of events lie in between."""
    await place.live(5, 40)
    await place.make_searchable()
    owner = place.sequencer
    for step in (1 << 15, 1 << 20, 1 << 20):
        await owner.execute("SELECT es.ensure_partitions()")
        await _jump(database, step)
        await owner.execute("SELECT es.ensure_partitions()")
        await place.make_searchable()  # all but what the last of these left
        await place.live(step, 40)
    events, queries = await place.events(), AuditQueries(place.town.city.parts.pool)
    for text in TEXTS:
        wanted = AuditFilter(text=text)
        expected = [event.position for event in events if holds(wanted, set())(event)]
        for limit in (3, 1000):
            for order, target in (("newest", expected[::-1]), ("oldest", expected)):
                found = await queries.page(wanted, size=len(events), order=order, limit=limit)
                assert [event.position for event in found] == target[:limit], (text, order)


async def _jump(database: DatabaseAddresses, step: int) -> None:
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("SELECT setval('es.event_seq', (SELECT last_value FROM es.event_seq) + $1)", step)
    await connection.close()


async def test_people_are_seen_with_all_they_did(place):
    await place.live(6, 60)
    events = await place.events()
    [inspector] = {event.actor for event in events if event.type in {"item.check_passed.v1", "item.sent_back.v1"}}
    answer = (await place.get(f"/people/{inspector}/activity")).json()
    mine = [event for event in events if event.actor == inspector]
    assert (answer["counted"], answer["complete"]) == (len(mine), True)
    assert {deed["type"]: deed["times"] for deed in answer["deeds"]} == {
        name: sum(event.type == name for event in mine) for name in {event.type for event in mine}
    }
    without = (await place.get("/events", person=inspector, evidence="none")).json()["events"]
    assert {event["type"] for event in without} <= {"item.check_passed.v1", "item.sent_back.v1"}
