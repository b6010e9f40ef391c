"""The whole life of an item over HTTP, one route after the other."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.handling.folding import fold
from services.store.rebuild import rebuild_current_states
from tests.services.gateway_samples import NOW, issue_data
from tests.services.item_city import DONE, PHOTO, Town, town


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


async def test_an_item_goes_from_report_to_archive(people: Town) -> None:
    answer = await people.post("office", "/v1/items", issue_data())
    receipt = answer.json()
    assert (answer.status_code, receipt["status"]) == (201, "dispatched")
    assert answer.headers["location"] == f"/v1/items/{receipt['id']}"
    assert answer.headers["etag"] == f'"{receipt["version"]}"'

    item = receipt["id"]
    assert (await people.does("cleaner", item, "accept"))["status"] == "rectifying"
    assert (await people.does("cleaner", item, "submit", DONE))["status"] == "submitted"
    assert (await people.does("inspector", item, "send-back", {"reason": "仍有垃圾"}))["status"] == "rectifying"
    await people.does("cleaner", item, "submit", DONE)
    assert (await people.does("inspector", item, "pass", {"note": "到位"}))["status"] == "closed"
    assert (await people.does("inspector", item, "confirm-recheck"))["status"] == "archived"


async def test_a_refused_item_is_dispatched_to_another_unit_with_support_and_transferred(people: Town) -> None:
    item = await people.reported()
    assert (await people.does("cleaner", item, "refuse", {"reason": "不在辖区"}))["status"] == "registered"
    await people.does("office", item, "dispatch", {"unit": "parks", "supporting": ["cleaning"]})
    assert (await people.get("cleaner", f"/v1/items/{item}")).status_code == 200, "supporting units see it"
    await people.does("gardener", item, "accept")
    await people.does("office", item, "transfer", {"unit": "cleaning", "reason": "属环卫"})
    assert (await people.get("gardener", f"/v1/items/{item}")).status_code == 404
    out = await people.does("office", item, "transfer-out", {"authority": "铁路局", "reason": "红线内"})
    assert out["status"] == "transferred_out"


async def test_supporting_units_see_an_item_while_it_is_suspended_and_after_a_rebuild(
    people: Town, database: DatabaseAddresses
) -> None:
    item = await people.reported()
    await people.does("office", item, "dispatch", {"unit": "parks", "supporting": ["cleaning-1"]})
    review_on = (NOW + timedelta(days=20)).isoformat()
    await people.does("office", item, "suspend", {"reason": "需资金", "review_on": review_on})
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0
    for who in ("crew", "cleaner", "gardener"):
        assert [each["id"] for each in (await people.get(who, "/v1/items")).json()["items"]] == [item], who


async def test_an_extension_is_asked_granted_and_another_refused(people: Town) -> None:
    item = await people.reported()
    await people.does("cleaner", item, "accept")
    wish = {"by": {"kind": "working_days", "amount": 2}, "reason": "等配件"}
    before = (await people.get("office", f"/v1/items/{item}")).json()["clock"]["due_at"]
    await people.does("cleaner", item, "request-extension", wish)
    granted = await people.does("office", item, "grant-extension")
    assert granted["due_at"] > before
    await people.does("cleaner", item, "request-extension", wish)
    await people.does("office", item, "refuse-extension", {"reason": "不充分"})
    assert (await people.get("office", f"/v1/items/{item}")).json()["extensions"] == 1


async def test_a_suspended_item_shows_a_paused_clock_and_resumes(people: Town) -> None:
    item = await people.reported()
    await people.does("cleaner", item, "accept")
    review_on = (NOW + timedelta(days=20)).isoformat()
    await people.does("office", item, "suspend", {"reason": "需资金", "review_on": review_on})
    shown = (await people.get("office", f"/v1/items/{item}")).json()
    assert shown["clock"]["paused"]
    assert shown["clock"]["due_at"] is None
    assert shown["next_due"]["what"] == "review"
    people.city.clock.pass_by(timedelta(days=2))
    assert (await people.does("office", item, "resume", {"reason": "到位"}))["status"] == "rectifying"
    shown = (await people.get("office", f"/v1/items/{item}")).json()
    assert shown["clock"]["remaining_seconds"] == 8 * 3600


async def test_items_are_voided_and_merged_by_the_office(people: Town) -> None:
    kept, doubled, wrong = [await people.reported() for _ in range(3)]
    await people.does("office", doubled, "merge", {"into": kept, "reason": "重复"})
    assert (await people.get("office", f"/v1/items/{doubled}")).json()["merged_into"] == kept
    await people.does("office", wrong, "void", {"reason": "查无此事"})
    assert await people.refused("office", kept, "merge", {"into": wrong, "reason": "重复"}) == (
        409,
        "merge_target_not_open",
    )


async def test_an_item_is_not_archived_before_its_recheck(people: Town) -> None:
    assert await people.refused("office", await people.closed(), "archive", {}) == (409, "recheck_pending")


async def test_a_recurrence_names_the_item_that_carries_on(people: Town) -> None:
    item = await people.closed()
    await people.does("inspector", item, "recur", {"note": "再次堆放", "evidence": [PHOTO]})
    shown = (await people.get("office", f"/v1/items/{item}")).json()
    assert shown["status"] == "recurred"
    assert shown["new_item"]


async def test_an_overdue_mark_is_appealed_and_ruled_on(people: Town) -> None:
    item = await people.reported()
    await people.does("cleaner", item, "accept")
    people.city.clock.pass_by(timedelta(days=30))
    await people.does("cleaner", item, "submit", DONE)
    shown = (await people.get("office", f"/v1/items/{item}")).json()
    assert [mark["clock_id"] for mark in shown["marks"]] == ["rectify-1"]
    assert shown["climbs"][-1]["rung"] == "hold_to_account"
    await people.does("cleaner", item, "appeal", {"clock_id": "rectify-1", "reason": "台风"})
    await people.does("office", item, "rule-on-appeal", {"clock_id": "rectify-1", "granted": True, "reason": "属实"})
    shown = (await people.get("office", f"/v1/items/{item}")).json()
    assert shown["marks"][0]["appeal"] == "granted"
    counted = (await people.get("office", "/v1/rungs/counts")).json()
    assert counted["climbed"]["warn"] == 1
    assert (counted["climbed_twice"], counted["accountability_due"]) == (0, 1)


async def test_the_unit_that_lost_points_appeals_even_after_the_item_went_to_another(people: Town) -> None:
    item, other = await people.reported(), await people.reported()
    await people.does("cleaner", item, "accept")
    people.city.clock.pass_by(timedelta(days=30))
    await people.does("office", item, "transfer", {"unit": "parks", "reason": "属园林职责"})
    appeal = {"clock_id": "rectify-1", "reason": "台风"}
    for path in ("", "/history", "/as-of"):
        assert (await people.get("cleaner", f"/v1/items/{item}{path}")).status_code == 200
    assert await people.refused("gardener", item, "appeal", appeal) == (409, "not_your_unit")
    assert await people.refused("cleaner", item, "submit", DONE) == (404, "no_such_item"), "nothing else is theirs now"
    await people.does("cleaner", item, "appeal", appeal)
    assert await people.refused("gardener", other, "appeal", appeal) == (404, "no_such_item")
    assert (await people.get("gardener", f"/v1/items/{other}")).status_code == 404
    marks = (await people.get("cleaner", f"/v1/items/{item}")).json()["marks"]
    assert [(mark["unit"], mark["appeal"]) for mark in marks if mark["appeal"] != "none"] == [("cleaning", "pending")]


async def test_an_issue_fixed_on_the_spot_is_closed_at_once(people: Town) -> None:
    body = {name: value for name, value in issue_data().items() if name != "evidence"} | {"evidence": [PHOTO]}
    answer = await people.post("inspector", "/v1/items/fixed-on-the-spot", body)
    assert (answer.status_code, answer.json()["status"]) == (201, "closed")


async def test_commands_that_do_not_fit_are_refused_with_their_code(people: Town) -> None:
    item = await people.reported()
    assert await people.refused("office", item, "register") == (409, "wrong_step")
    assert await people.refused("office", item, "close") == (409, "wrong_step")
    assert await people.refused("office", item, "accept") == (403, "role_not_allowed")
    assert await people.refused("office", item, "dispatch", {"unit": "nobody"}) == (422, "unknown_unit")
    assert await people.refused("office", item, "recompute-deadline", {"reason": "新"}) == (409, "deadline_unchanged")
    await people.does("office", item, "comment", {"text": "已联系"})
    submitted = await people.submitted()
    assert await people.refused("own inspector", submitted, "pass") == (409, "checked_by_own_unit")


async def test_a_reporter_is_kept_apart_and_can_be_erased_for_good(people: Town) -> None:
    body = issue_data(channel="complaint", reporter={"name": "王女士", "phone": "13800000000"})
    first = await people.post("office", "/v1/items", body, key="report-1")
    item = first.json()["id"]
    person = (await people.get("office", f"/v1/items/{item}")).json()["reporter"]
    history = await people.get("office", f"/v1/items/{item}/history")
    assert "王女士" not in history.text
    assert (await people.get("office", f"/v1/people/{person}", reason="回访")).json()["name"] == "王女士"
    assert (await people.get("cleaner", f"/v1/people/{person}")).status_code == 403
    assert (await people.erase("office", person)).status_code == 403
    assert (await people.erase("administrator", person)).status_code == 204
    again = await people.post("office", "/v1/items", body, key="report-1")
    assert again.json() == first.json()
    assert (await people.get("office", f"/v1/people/{person}")).json()["name"] is None


async def test_what_people_may_not_claim_about_time_is_refused(people: Town) -> None:
    future = (NOW + timedelta(hours=1)).isoformat()
    past = (NOW - timedelta(hours=1)).isoformat()
    answer = await people.post("office", "/v1/items", issue_data(reported_at=future))
    assert (answer.status_code, answer.json()["code"]) == (422, "reported_in_future")
    answer = await people.post("office", "/v1/items", issue_data(rectify_by=past))
    assert (answer.status_code, answer.json()["code"]) == (422, "due_in_past")
    answer = await people.post("office", "/v1/items", issue_data(category="nothing"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_category")


async def test_the_same_key_gets_the_same_answer_even_once_the_item_is_out_of_sight(people: Town) -> None:
    item = await people.reported()
    path, body = f"/v1/items/{item}/refuse", {"reason": "不在辖区"}
    first = await people.post("cleaner", path, body, key="once")
    assert (await people.get("cleaner", f"/v1/items/{item}")).status_code == 404
    again = await people.post("cleaner", path, body, key="once")
    assert (again.status_code, again.json()) == (200, first.json())
    other = await people.post("cleaner", path, {"reason": "另一个理由"}, key="once")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


async def test_reporting_again_under_the_same_key_is_the_same_item(people: Town) -> None:
    first = await people.post("office", "/v1/items", issue_data(), key="k")
    people.city.clock.pass_by(timedelta(seconds=5))
    again = await people.post("office", "/v1/items", issue_data(), key="k")
    assert again.json() == first.json()
    other = await people.post("office", "/v1/items", issue_data(title="别的"), key="k")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    somebody_else = await people.post("inspector", "/v1/items", issue_data(), key="k")
    assert somebody_else.json()["id"] != first.json()["id"]


async def test_if_match_holds_a_command_to_the_version_that_was_read(people: Town) -> None:
    item = await people.reported()
    read = await people.get("office", f"/v1/items/{item}")
    path = f"/v1/items/{item}/comment"
    kept = await people.post("office", path, {"text": "一"}, **{"If-Match": read.headers["etag"]})
    assert kept.status_code == 200
    late = await people.post("office", path, {"text": "二"}, **{"If-Match": read.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
    assert (await people.post("office", path, {"text": "三"}, **{"If-Match": "*"})).status_code == 200
