"""Issue events: three modes, recognised when they come again, each answered for itself."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from domain.item.state import ITEMS
from services.embedded.databases import DatabaseAddresses
from services.gateway.intake import CLOCK_SKEW
from tests.services.gateway_samples import NOW, SOURCE, City, issue_data, issue_event, small_city

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


async def fire(city: City, event: Any, who: str = "hotline", media_type: str = STRUCTURED) -> httpx.Response:
    async with city.client(who) as client:
        return await client.post("/v1/events", content=json.dumps(event), headers={"Content-Type": media_type})


async def fire_batch(city: City, *events: Any) -> list[dict[str, Any]]:
    answer = await fire(city, events, media_type=BATCHED)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["problem"]["code"] if "problem" in answer else "taken" for answer in answers]


async def test_a_structured_event_becomes_a_dispatched_item(city: City) -> None:
    answer = await fire(city, issue_event())
    receipt = answer.json()
    assert answer.status_code == 200
    assert (receipt["status"], receipt["version"]) == ("dispatched", 3)
    assert receipt["events"] == ["item.reported.v1", "item.registered.v1", "item.dispatched.v1"]
    assert (answer.headers["etag"], answer.headers["location"]) == ('"3"', f"/v1/items/{receipt['id']}")
    async with city.client("office") as client:
        item = (await client.get(answer.headers["location"])).json()
    assert (item["number"], item["status"]) == (receipt["number"], "dispatched")


async def test_time_says_when_the_issue_was_seen(city: City) -> None:
    receipt = (await fire(city, issue_event(time="2026-11-19T08:00:00+08:00"))).json()
    stored = await city.parts.store.state(UUID(receipt["id"]))
    assert stored is not None
    assert ITEMS.validate_json(stored.state).dossier.reported_at == NOW - timedelta(hours=27)


async def test_an_event_without_time_was_seen_now_and_is_recognised_later(city: City) -> None:
    event = issue_event()
    del event["time"]
    first = await fire(city, event)
    city.clock.pass_by(timedelta(hours=2))
    again = await fire(city, event)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_events_of_the_standard_library_are_understood(city: City) -> None:
    for number, write in enumerate((to_structured_event, to_binary_event)):
        attributes: dict[str, Any] = {"type": "duban.issue.reported.v1", "source": SOURCE, "id": f"编号 {number}%"}
        message = write(CloudEvent({**attributes, "time": NOW, "subject": "东街"}, issue_data()))
        headers = {"content-type": "application/json", **message.headers}
        async with city.client() as client:
            answer = await client.post("/v1/events", content=message.body, headers=headers)
        assert answer.status_code == 200, answer.text
        stored = await city.parts.store.stream(UUID(answer.json()["id"]))
        assert json.loads(stored[0].data)["issue"]["source_id"] == f"编号 {number}%"


async def test_a_redelivery_is_answered_as_the_first_time_and_writes_nothing(city: City) -> None:
    first = await fire(city, issue_event())
    city.clock.pass_by(timedelta(days=30))
    again = await fire(city, issue_event(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert await city.events_in_store() == 3


async def test_a_redelivery_after_its_deadline_has_passed_is_answered_as_the_first_time(city: City) -> None:
    event = issue_event(data=issue_data(rectify_by="2026-11-21T18:00:00+08:00"))
    first = await fire(city, event)
    city.clock.pass_by(timedelta(days=3))
    assert (await fire(city, event)).json() == first.json()


async def test_the_same_id_with_other_content_is_refused(city: City) -> None:
    await fire(city, issue_event())
    answer = await fire(city, issue_event(data=issue_data(title="另一件事")))
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


async def test_the_same_id_from_another_source_is_another_item(city: City) -> None:
    first = await fire(city, issue_event())
    other = await fire(city, issue_event(source="inspection-app"), who="app")
    assert first.json()["id"] != other.json()["id"]


async def test_ids_of_the_longest_kind_are_recognised(city: City) -> None:
    event = issue_event(id="号" * 200)
    assert (await fire(city, event)).json() == (await fire(city, event)).json()
    assert await city.events_in_store() == 3


async def test_a_source_is_used_by_its_own_system_only(city: City) -> None:
    for who in ("app", "office", "auditor", "administrator"):
        answer = await fire(city, issue_event(), who=who)
        assert (answer.status_code, answer.json()["code"]) == (403, "source_not_yours")
    assert await city.events_in_store() == 0


async def test_nobody_fires_without_a_key(city: City) -> None:
    async with city.client() as client:
        answer = await client.post("/v1/events", json=issue_event(), headers={"Authorization": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_a_clock_slightly_ahead_is_forgiven_and_one_far_ahead_is_not(city: City) -> None:
    ahead = issue_event(1, time=(NOW + CLOCK_SKEW).isoformat())
    first = await fire(city, ahead)
    assert first.status_code == 200
    city.clock.pass_by(timedelta(hours=1))
    assert (await fire(city, ahead)).json() == first.json()
    far = await fire(city, issue_event(2, time=(city.clock() + CLOCK_SKEW + timedelta(seconds=1)).isoformat()))
    assert (far.status_code, far.json()["code"]) == (422, "reported_in_future")


async def test_an_issue_corrected_at_once_is_closed(city: City) -> None:
    data = issue_data(evidence=[{"uri": "https://photos.example/2.jpg", "kind": "after"}])
    event = issue_event(source="inspection-app", type="duban.issue.fixed_on_the_spot.v1", data=data)
    receipt = (await fire(city, event, who="app")).json()
    assert receipt["status"] == "closed"
    assert "item.fixed_on_the_spot.v1" in receipt["events"]


async def test_who_reported_stands_in_no_event(city: City) -> None:
    data = issue_data(reporter={"name": "王女士", "phone": "13800000000"})
    receipt = (await fire(city, issue_event(data=data))).json()
    events = await city.parts.store.stream(UUID(receipt["id"]))
    reporter = json.loads(events[0].data)["issue"]["reporter"]
    assert not [event for event in events if "王女士".encode() in event.data or b"13800000000" in event.data]
    person = (await city.parts.people.find([UUID(reporter)]))[UUID(reporter)]
    assert (person.name, person.phone) == ("王女士", "13800000000")


async def test_a_refused_event_leaves_no_person_behind(city: City) -> None:
    data = issue_data(category="unheard-of", reporter={"name": "王女士"})
    assert (await fire(city, issue_event(data=data))).status_code == 422
    assert await city.parts.pool.fetchval("SELECT count(*) FROM private.person WHERE name IS NOT NULL") == 0


async def test_a_batch_answers_for_each_event_in_order(city: City) -> None:
    await fire(city, issue_event(1))
    answers = await fire_batch(
        city,
        issue_event(1),
        issue_event(2),
        issue_event(3, data=issue_data(category="unheard-of")),
        issue_event(2),
        issue_event(2, data=issue_data(title="另一件事")),
        issue_event(4, source="inspection-app"),
        "not even an object",
        issue_event(5, data=issue_data(title="a\0b")),
        issue_event(6, specversion="0.3"),
        issue_event(7),
    )
    assert codes(answers) == [
        "taken",
        "taken",
        "unknown_category",
        "taken",
        "idempotency_key_reused",
        "source_not_yours",
        "input_invalid",
        "unstorable_text",
        "input_invalid",
        "taken",
    ]
    assert [answer["status"] for answer in answers] == [200, 200, 422, 200, 409, 403, 422, 400, 422, 200]
    assert answers[1]["receipt"] == answers[3]["receipt"]
    assert (answers[8]["id"], answers[8]["problem"]["errors"][0]["pointer"]) == ("case-6", "/specversion")
    assert "id" not in answers[6] or answers[6]["id"] is None
    assert await city.events_in_store() == 9


async def test_a_batch_that_comes_again_is_answered_as_the_first_time(city: City) -> None:
    events = [issue_event(number) for number in range(50)]
    first = await fire_batch(city, *events)
    assert await fire_batch(city, *events) == first
    assert len({answer["receipt"]["number"] for answer in first}) == 50
    assert await city.events_in_store() == 150


async def test_a_batch_and_single_events_recognise_each_other(city: City) -> None:
    [answer] = await fire_batch(city, issue_event())
    assert (await fire(city, issue_event())).json() == answer["receipt"]


async def test_an_empty_batch_has_no_answers(city: City) -> None:
    assert await fire_batch(city) == []


async def test_a_batch_is_one_transaction(city: City) -> None:
    await fire_batch(city, *(issue_event(number) for number in range(1000)))
    assert await city.parts.pool.fetchval("SELECT count(DISTINCT xid::text) FROM es.event WHERE kind = 'item'") == 1


async def test_a_batch_takes_a_thousand_events_and_no_more(city: City) -> None:
    answer = await fire(city, [{}] * 1001, media_type=BATCHED)
    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_large")
