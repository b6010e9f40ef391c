"""Lists, counts, histories and past states: what they show, and in which order."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.gateway_samples import NOW, SOURCE, issue_event
from tests.services.item_city import Town, town


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


async def listed(people: Town, who: str = "office", **parameters: object) -> list[str]:
    answer = await people.get(who, "/v1/items", **parameters)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize("order", ["reported", "due"])
async def test_pages_give_every_item_once_in_order(people: Town, order: str) -> None:
    for minutes in (30, 10, 20, 10, 10, 40, 5):
        await people.reported(reported_at=(NOW - timedelta(minutes=minutes)).isoformat())
        people.city.clock.pass_by(timedelta(minutes=1))
    found: list[dict[str, str]] = []
    parameters: dict[str, object] = {"limit": 3, "order": order}
    for _ in range(10):
        page = (await people.get("office", "/v1/items", **parameters)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert len({item["id"] for item in found}) == len(found) == 7
    keys = [item["reported_at" if order == "reported" else "due_at"] for item in found]
    assert keys == sorted(keys, reverse=order == "reported")


async def test_filters_choose_the_items_they_name(people: Town) -> None:
    east = await people.reported(title="东街路灯")
    below = await people.reported(area="east-1", channel="patrol", reported_at=(NOW - timedelta(days=3)).isoformat())
    west = await people.reported(area="west")
    await people.does("cleaner", west, "accept")
    await people.does("office", below, "void", {"reason": "查无此事"})
    number = (await people.get("office", f"/v1/items/{east}")).json()["number"]

    assert set(await listed(people, area="east")) == {east, below}
    assert await listed(people, status="rectifying") == [west]
    assert set(await listed(people, status=["rectifying", "dispatched"])) == {east, west}
    assert await listed(people, open="false") == [below]
    assert await listed(people, channel="patrol") == [below]
    assert await listed(people, text="路灯") == [east]
    assert await listed(people, text=number) == [east]
    assert await listed(people, reported_to=(NOW - timedelta(days=1)).isoformat()) == [below]
    assert await listed(people, unit="parks") == []
    assert await listed(people, source=SOURCE) == []
    assert set(await listed(people, category="rubbish", due_before="2027-01-01T00:00:00Z")) == {east, west}
    people.city.clock.pass_by(timedelta(days=10))
    assert set(await listed(people, overdue="true")) == {east, west}
    assert await listed(people, overdue="false") == [below]


async def test_an_unescaped_plus_in_an_instant_is_understood(people: Town) -> None:
    item = await people.reported()
    assert await listed(people, reported_from="2026-11-20T00:00:00 08:00") == [item]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "x"),
        ("channel", "pigeon"),
        ("highest_rung", "ladder"),
        ("order", "random"),
        ("reported_from", "2026-11-20T00:00:00"),
        ("reported_from", "1700000000"),
        ("reported_to", "-1.7e9"),
        ("due_before", "99999-01-01T00:00:00Z"),
        ("nothing", "x"),
        ("open", "perhaps"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_pointed_at(people: Town, name: str, value: str) -> None:
    answer = await people.get("office", "/v1/items", **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"].startswith(f"/query/{name}")


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "e30", "bnVsbA", "a" * 300, "eyJvcmRlciI6ImR1ZSJ9", "ÿ", "%00"])
async def test_a_cursor_of_no_list_is_refused(people: Town, cursor: str) -> None:
    answer = await people.get("office", "/v1/items", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


async def test_a_cursor_of_another_order_is_refused(people: Town) -> None:
    for _ in range(2):
        await people.reported()
    page = (await people.get("office", "/v1/items", limit=1)).json()
    answer = await people.get("office", "/v1/items", cursor=page["next_cursor"], order="due")
    assert answer.json()["code"] == "cursor_malformed"


async def test_counts_add_up_by_every_dimension(people: Town) -> None:
    await people.reported(reported_at="2026-10-31T16:30:00Z")  # the first of November in Shanghai
    await people.reported(area="west", channel="patrol", reported_at="2026-10-31T15:30:00Z")
    await people.reported()
    for by in ("category", "status", "unit", "area", "channel", "source", "highest_rung", "month"):
        counted = (await people.get("office", "/v1/items/counts", by=by)).json()
        assert counted["total"] == sum(row["items"] for row in counted["counts"]) == 3, by
    months = (await people.get("office", "/v1/items/counts", by="month")).json()["counts"]
    assert months == [{"month": "2026-11", "items": 2}, {"month": "2026-10", "items": 1}]
    both = (await people.get("office", "/v1/items/counts", by="area,channel", area="west")).json()["counts"]
    assert both == [{"area": "west", "channel": "patrol", "items": 1}]
    nothing = (await people.get("office", "/v1/items/counts", by="area", status="archived")).json()
    assert nothing == {"total": 0, "counts": []}


@pytest.mark.parametrize("by", ["", "stream_id", "area,area", "area,unit,status,month", "state;--"])
async def test_counting_by_what_is_no_dimension_is_refused(people: Town, by: str) -> None:
    assert (await people.get("office", "/v1/items/counts", by=by)).status_code == 422
    assert (await people.get("office", "/v1/items/counts")).status_code == 422


async def test_the_history_tells_each_event_in_both_languages(people: Town) -> None:
    item = await people.closed()
    chinese = (await people.get("office", f"/v1/items/{item}/history")).json()["events"]
    english = await people.ask("office", "GET", f"/v1/items/{item}/history", headers={"Accept-Language": "en-GB"})
    assert [event["version"] for event in chinese] == list(range(1, len(chinese) + 1))
    assert chinese[3]["type"] == "item.accepted.v1"
    assert chinese[3]["sentence"] == "cleaning签收，整改期限 2026-11-23 11:00。"
    assert english.json()["events"][3]["name"] == "Accepted"
    assert all("—" not in event["sentence"] for event in chinese)


async def test_an_item_is_shown_as_it_stood_at_any_moment(people: Town) -> None:
    item = await people.reported()
    people.city.clock.pass_by(timedelta(hours=1))
    await people.does("cleaner", item, "accept")
    path = f"/v1/items/{item}/as-of"
    assert (await people.get("office", path, version=1)).json()["status"] == "reported"
    assert (await people.get("office", path, version=2**31)).json()["status"] == "rectifying"
    then = (NOW + timedelta(minutes=30)).isoformat()
    shown = (await people.get("office", path, at=then)).json()
    assert (shown["status"], shown["version"]) == ("dispatched", 3)
    assert (await people.get("office", path)).json()["status"] == "rectifying"
    before = await people.get("office", path, at="2026-01-01T00:00:00Z")
    assert (before.status_code, before.json()["code"]) == (404, "no_such_item")
    assert (await people.get("office", path, known_at="2026-01-01T00:00:00Z")).status_code == 404


async def test_an_item_of_a_source_whose_clock_is_ahead_stands_now_as_well(people: Town) -> None:
    ahead = (people.city.clock.at + timedelta(minutes=4)).isoformat()
    headers = {"Content-Type": "application/cloudevents+json"}
    taken = await people.ask("hotline", "POST", "/v1/events", json=issue_event(time=ahead), headers=headers)
    path = f"{taken.headers['location']}/as-of"
    assert (await people.get("office", path, at=people.city.clock.at.isoformat())).json()["status"] == "dispatched"


async def test_a_system_lists_what_it_reported_itself(people: Town) -> None:
    own = await people.reported("hotline")
    await people.reported()
    assert await listed(people, "hotline") == [own]
    assert await listed(people, source=SOURCE) == [own]
    assert await listed(people, "app") == []
