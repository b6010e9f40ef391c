"""Tasks, letters and duties over HTTP: assigned, reported, signed, accepted, counted, each within its scope."""

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from domain.actor import Role
from domain.campaign.plan import DutyKind
from domain.limits import Limit, LimitKind
from domain.obligation.commands import AssignDuty
from domain.obligation.decisions import ALLOWED
from domain.obligation.identity import duty_key
from domain.obligation.values import DutyOwed
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.gateway.obligation_bodies import LETTERS, TASK
from services.gateway.obligation_commands import OBLIGATION_COMMANDS
from services.handling.aggregates import OBLIGATION
from services.handling.command_handler import Wish
from services.handling.folding import fold
from services.store.rebuild import rebuild_current_states
from tests.services.campaign_city import CAMPAIGN_ID, MARCH, WORKER, CampaignTown, campaign_town
from tests.services.gateway_samples import text

TASKS = f"/v1/campaigns/{CAMPAIGN_ID}/tasks"
LETTER = f"/v1/campaigns/{CAMPAIGN_ID}/letters"
STICKERS = "清理小广告（张）"


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with campaign_town(database) as opened:
        await opened.started()
        opened.go_to(MARCH)
        yield opened


async def assigned(people: CampaignTown, **changes: Any) -> str:
    answer = await people.post("office", TASKS, {**TASK, **changes})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/obligations/{answer.json()['id']}"
    return answer.json()["id"]


async def called(people: CampaignTown, unit: str = "cleaning", days: int = 0, **changes: Any) -> str:
    """What the workflow does when a duty recurs."""
    occurrence = datetime.fromisoformat("2027-03-19T18:00:00+08:00") + timedelta(days=days)
    owed = {
        "phase_id": "rectification",
        "duty_id": "daily-report",
        "duty_kind": DutyKind.DAILY_REPORT,
        "occurrence": occurrence,
        "quantities": (text(STICKERS),),
        **changes,
    }
    stream = OBLIGATION.stream(duty_key(CAMPAIGN_ID, owed["duty_id"], occurrence, unit))
    command = AssignDuty(
        command_id=str(uuid4()),
        at=people.city.clock.at,
        actor=WORKER,
        obligation_id=stream,
        campaign_id=CAMPAIGN_ID,
        unit=unit,
        title=text("日报"),
        owed=DutyOwed.model_validate(owed),
        limit=Limit(kind=LimitKind.URGENT_HOURS, amount=20),
    )
    await people.city.parts.handler.handle(Wish(OBLIGATION, stream, command))
    return str(stream)


async def does(people: CampaignTown, who: str, obligation: str, command: str, body: Any = None) -> dict[str, Any]:
    answer = await people.post(who, f"/v1/obligations/{obligation}/{command}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(people: CampaignTown, who: str, obligation: str, command: str, body: Any = None) -> tuple[int, str]:
    answer = await people.post(who, f"/v1/obligations/{obligation}/{command}", body)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def shown(people: CampaignTown, obligation: str, who: str = "office") -> dict[str, Any]:
    answer = await people.get(who, f"/v1/obligations/{obligation}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_task_goes_from_assignment_over_progress_to_acceptance(
    people: CampaignTown, database: DatabaseAddresses
) -> None:
    task = await assigned(people)
    seen = await shown(people, task, "cleaner")
    assert (seen["status_text"], seen["kind_text"], seen["next_due"]) == ("待完成", "任务", "milestone")
    assert [each["milestone_id"] for each in seen["owed"]["milestones"]] == ["half-way", "self-check"]
    assert datetime.fromisoformat(seen["due_at"]) == datetime.fromisoformat("2027-06-20T00:00:00+08:00")
    await does(people, "cleaner", task, "report-progress", {"percent": 50, "account": "过半", "reached": ["half-way"]})
    seen = await shown(people, task)
    assert (seen["reached"], seen["percent"]) == (["half-way"], 50)
    await does(people, "cleaner", task, "submit", {"account": "完成"})
    again = await does(people, "inspector", task, "return", {"reason": "三号楼未完成"})
    assert again["status"] == "open"
    await does(people, "cleaner", task, "submit", {"account": "补齐"})
    await does(people, "office", task, "accept", {"note": "合格"})
    seen = await shown(people, task)
    assert (seen["status_text"], seen["returns"]) == ("已完成", 1)
    assert (seen["report"]["account"], seen["report"]["late"]) == ("补齐", False)
    history = (await people.get("cleaner", f"/v1/obligations/{task}/history")).json()["events"]
    assert [event["name"] for event in history][:2] == ["下达任务", "上报进度"]
    assert all("—" not in event["sentence"] for event in history)
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


async def test_letters_are_issued_to_many_units_signed_and_counted(people: CampaignTown) -> None:
    signatures = [{"unit": unit, "signatory": "p"} for unit in ("cleaning", "parks", "nobody")]
    answer = await people.post("office", LETTER, {**LETTERS, "letters": signatures}, key="letters-1")
    assert answer.status_code == 200
    assert [(each["unit"], each["status"]) for each in answer.json()] == [
        ("cleaning", 201),
        ("parks", 201),
        ("nobody", 422),
    ]
    assert answer.json()[2]["problem"]["code"] == "unknown_unit"
    again = await people.post("office", LETTER, {**LETTERS, "letters": signatures}, key="letters-1")
    assert again.json() == answer.json()
    other = await people.post("office", LETTER, {**LETTERS, "letters": signatures[:1]}, key="letters-2")
    assert other.json()[0]["problem"]["code"] == "already_assigned"

    mine, theirs = (each["receipt"]["id"] for each in answer.json()[:2])
    await does(people, "cleaner", mine, "sign")
    people.wait(days=30)
    counted = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/counts")).json()["letters"]
    assert counted == {"total": 2, "done": 1, "waiting": 0, "open": 1, "late": 1}
    await does(people, "office", theirs, "withdraw", {"reason": "机构改革"})
    counted = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/counts")).json()["letters"]
    assert (counted["total"], counted["done"]) == (1, 1)


async def test_a_duty_is_reported_in_quantities_and_summed(people: CampaignTown) -> None:
    for days, amount in enumerate(("1200", "300.5")):
        duty = await called(people, days=days)
        missing = await refused(people, "cleaner", duty, "report", {"quantities": []})
        assert missing == (422, "quantity_missing")
        quantities = [{"kind": STICKERS, "amount": amount}]
        await does(people, "cleaner", duty, "report", {"account": "x", "quantities": quantities})
    parks = await called(people, "parks")
    await does(people, "gardener", parks, "report", {"quantities": [{"kind": STICKERS, "amount": "10"}]})

    async def summed(who: str = "office", **parameters: object) -> list[tuple[str | None, str, int]]:
        answer = await people.get(who, f"/v1/campaigns/{CAMPAIGN_ID}/quantities", **parameters)
        assert answer.status_code == 200, answer.text
        return [(each["by"], each["amount"], each["reports"]) for each in answer.json()]

    assert await summed() == [(None, "1510.5", 3)]
    assert await summed(by="unit") == [("cleaning", "1500.5", 2), ("parks", "10", 1)]
    assert await summed(by="day") == [("2027-03-19", "1210", 2), ("2027-03-20", "300.5", 1)]
    assert await summed(by="duty") == [("daily-report", "1510.5", 3)]
    assert await summed("cleaner") == [(None, "1500.5", 2)]
    assert await summed(**{"from": "2027-03-20T00:00:00+08:00"}) == [(None, "300.5", 1)]
    assert await summed(to="2027-03-01T00:00:00+08:00") == []
    counted = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/counts")).json()["duties"]
    assert (counted["total"], counted["done"], counted["late"]) == (3, 3, 0)


async def test_material_that_was_returned_and_handed_in_again_counts_once(people: CampaignTown) -> None:
    material = await called(people, duty_kind=DutyKind.ARCHIVE_MATERIAL)
    for amount in ("5", "7"):
        await does(people, "cleaner", material, "report", {"quantities": [{"kind": STICKERS, "amount": amount}]})
        if amount == "5":
            await does(people, "inspector", material, "return", {"reason": "缺页"})
    [summed] = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/quantities")).json()
    assert (summed["amount"], summed["reports"]) == ("7", 1)
    counted = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/counts")).json()["duties"]
    assert counted["waiting"] == 1


async def test_a_late_report_is_late_and_the_ladder_was_climbed(people: CampaignTown) -> None:
    duty = await called(people)
    people.wait(days=20)
    await does(people, "cleaner", duty, "report", {"quantities": [{"kind": STICKERS, "amount": "0"}]})
    seen = await shown(people, duty)
    assert seen["late"]
    assert [mark["kind"] for mark in seen["marks"]] == ["duty"]
    assert seen["highest_rung"] == seen["climbs"][-1]["rung"]


async def test_a_unit_appeals_against_its_mark_and_the_office_rules_and_the_fact_stays(
    people: CampaignTown, database: DatabaseAddresses
) -> None:
    duty = await called(people)
    appeal = {"clock_id": "duty-1", "reason": "系统停机"}
    assert await refused(people, "cleaner", duty, "appeal", appeal) == (409, "no_overdue_mark")
    people.wait(days=20)
    await does(people, "cleaner", duty, "report", {"quantities": [{"kind": STICKERS, "amount": "0"}]})
    ruling = {"clock_id": "duty-1", "granted": True, "reason": "情况属实"}
    assert await refused(people, "office", duty, "rule-on-appeal", ruling) == (409, "no_appeal_pending")
    assert await refused(people, "office", duty, "appeal", appeal) == (403, "role_not_allowed")
    assert await refused(people, "gardener", duty, "appeal", appeal) == (404, "no_such_obligation")
    await does(people, "cleaner", duty, "appeal", appeal)
    assert await refused(people, "cleaner", duty, "appeal", appeal) == (409, "already_appealed")
    assert await refused(people, "cleaner", duty, "rule-on-appeal", ruling) == (403, "role_not_allowed")
    receipt = await does(people, "office", duty, "rule-on-appeal", ruling)
    assert receipt["events"] == ["obligation.overdue_appeal_granted.v1"]
    seen = await shown(people, duty)
    assert ([mark["appeal"] for mark in seen["marks"]], seen["late"], seen["status"]) == (
        ["granted"],
        True,
        "fulfilled",
    )
    history = (await people.get("office", f"/v1/obligations/{duty}/history")).json()["events"]
    assert [event["name"] for event in history][-2:] == ["超期申诉", "申诉成立"]
    assert all("—" not in event["sentence"] for event in history)
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


async def test_everybody_sees_the_obligations_of_their_own(people: CampaignTown) -> None:
    task = await assigned(people, supporting=["parks"])
    duty = await called(people)

    async def seen(who: str, **parameters: object) -> set[str]:
        answer = await people.get(who, "/v1/obligations", **parameters)
        assert answer.status_code == 200, answer.text
        return {each["id"] for each in answer.json()["obligations"]}

    assert await seen("office") == await seen("cleaner") == await seen("leader") == {task, duty}
    assert await seen("gardener") == {task}, "supporting units see it"
    assert await seen("crew") == set(), "what the unit above owes is not theirs to see"
    assert await seen("east leader") == {task, duty}, "cleaning owns places in the east"
    await people.city.admit("street", Standing(role=Role.INSPECTOR, area="east-1"))
    assert await seen("street") == set()
    assert await seen("hotline") == set()
    answer = await people.get("gardener", f"/v1/obligations/{duty}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_obligation")
    assert (await people.get("gardener", f"/v1/obligations/{duty}/history")).status_code == 404
    report = {"quantities": [{"kind": STICKERS, "amount": "0"}]}
    assert await refused(people, "gardener", duty, "report", report) == (404, "no_such_obligation")
    assert await refused(people, "gardener", task, "submit", {"account": "x"}) == (409, "not_your_unit")
    assert await refused(people, "office", str(uuid4()), "withdraw", {"reason": "x"}) == (404, "no_such_obligation")


async def test_lists_filter_by_campaign_kind_unit_status_and_lateness(people: CampaignTown) -> None:
    task = await assigned(people)
    duty = await called(people)
    letters = {**LETTERS, "letters": [{"unit": "parks", "signatory": "p"}]}
    letter = (await people.post("office", LETTER, letters)).json()[0]["receipt"]["id"]
    await does(people, "gardener", letter, "sign")

    async def listed(**parameters: object) -> list[str]:
        answer = await people.get("office", "/v1/obligations", **parameters)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["obligations"]]

    assert set(await listed(campaign=CAMPAIGN_ID)) == {task, duty, letter}
    assert await listed(campaign="other") == []
    assert await listed(kind="letter") == [letter]
    assert set(await listed(kind=["task", "duty"])) == {task, duty}
    assert await listed(unit="parks") == [letter]
    assert await listed(status="fulfilled") == [letter]
    assert await listed(open="false") == [letter]
    assert await listed(text="楼道") == [task]
    assert await listed(text=f"{CAMPAIGN_ID}/stairwells") == [task]
    assert await listed(order="due") == [duty, task]
    assert await listed(due_before="2027-04-01T00:00:00Z") == [duty]
    people.wait(days=10)
    assert await listed(overdue="true") == [duty]
    assert set(await listed(overdue="false")) == {task, letter}
    counts = (await people.get("office", "/v1/obligations/counts", by="kind,late")).json()
    assert counts["total"] == 3
    assert {(row["kind"], row["late"]): row["obligations"] for row in counts["counts"]} == {
        ("duty", True): 1,
        ("task", False): 1,
        ("letter", False): 1,
    }
    for by in ("kind", "status", "unit", "campaign", "highest_rung", "late"):
        assert (await people.get("office", "/v1/obligations/counts", by=by)).json()["total"] == 3, by


@pytest.mark.parametrize("order", ["number", "due"])
async def test_pages_give_every_obligation_once(people: CampaignTown, order: str) -> None:
    everything = {await called(people, days=days) for days in range(5)}
    found: list[str] = []
    parameters: dict[str, object] = {"limit": 2, "order": order}
    for _ in range(5):
        page = (await people.get("office", "/v1/obligations", **parameters)).json()
        found += [each["id"] for each in page["obligations"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert len(found) == 5
    assert set(found) == everything
    nul = base64.urlsafe_b64encode(b'{"order":"number","number":"\\u0000"}').decode()
    assert (await people.get("office", "/v1/obligations", cursor=nul)).json()["code"] == "cursor_malformed"
    other = {"limit": 2, "order": "due" if order == "number" else "number", "cursor": parameters["cursor"]}
    assert (await people.get("office", "/v1/obligations", **other)).json()["code"] == "cursor_malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "chore"), ("status", "closed"), ("order", "random"), ("limit", "0"), ("nothing", "x"), ("overdue", "?")],
)
async def test_a_filter_that_makes_no_sense_is_pointed_at(people: CampaignTown, name: str, value: str) -> None:
    answer = await people.get("office", "/v1/obligations", **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"].startswith(f"/query/{name}")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"unit": "nobody"}, 422, "unknown_unit"),
        ({"supporting": ["cleaning"]}, 422, "lead_unit_supports_itself"),
        ({"complete_by": "2027-03-01"}, 422, "due_in_past"),
        ({"inspection_day": "2027-03-21"}, 422, "due_in_past"),
        ({"milestones": [TASK["milestones"][0]] * 2}, 422, "milestone_given_twice"),
        ({"task_id": "Not An Id"}, 422, "input_invalid"),
        ({"leader": ""}, 422, "input_invalid"),
        ({"colour": "red"}, 422, "input_invalid"),
    ],
)
async def test_a_task_that_cannot_be_is_refused(
    people: CampaignTown, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await people.post("office", TASKS, {**TASK, **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_task_without_any_day_of_inspection_is_pointed_at(people: CampaignTown) -> None:
    campaign = await people.started(campaign_id="open-end", inspection_day=None)
    answer = await people.post("office", f"/v1/campaigns/{campaign}/tasks", TASK)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/inspection_day")


async def test_tasks_are_assigned_once_by_the_office_in_a_campaign_that_is_not_over(people: CampaignTown) -> None:
    first = await people.post("office", TASKS, TASK, key="task-1")
    assert (await people.post("office", TASKS, TASK, key="task-2")).json()["code"] == "already_assigned"
    assert (await people.post("cleaner", TASKS, {**TASK, "task_id": "b"})).json()["code"] == "role_not_allowed"
    assert (await people.post("east office", TASKS, {**TASK, "task_id": "c"})).status_code == 201
    everywhere = await people.started(campaign_id="all-2027", areas=[])
    beyond = await people.post("east office", f"/v1/campaigns/{everywhere}/tasks", TASK)
    assert (beyond.status_code, beyond.json()["code"]) == (403, "role_not_allowed")
    assert (await people.post("office", "/v1/campaigns/none/tasks", TASK)).json()["code"] == "no_such_campaign"
    await people.steers("office", CAMPAIGN_ID, "end", {"reason": "结束"})
    again = await people.post("office", TASKS, TASK, key="task-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (await people.post("office", TASKS, {**TASK, "task_id": "d"})).json()["code"] == "campaign_is_over"
    late = await people.post("office", LETTER, LETTERS)
    assert (late.status_code, late.json()["code"]) == (409, "campaign_is_over")


async def test_letters_name_each_unit_once(people: CampaignTown) -> None:
    twice = {**LETTERS, "letters": LETTERS["letters"] * 2}
    assert (await people.post("office", LETTER, twice)).json()["code"] == "input_invalid"
    assert (await people.post("office", LETTER, {**LETTERS, "letters": []})).json()["code"] == "input_invalid"
    by_unit = await people.post("cleaner", LETTER, LETTERS)
    assert by_unit.json()[0]["problem"]["code"] == "role_not_allowed"


@pytest.mark.parametrize("kind", OBLIGATION_COMMANDS, ids=lambda kind: kind.path)
async def test_the_roles_that_are_documented_are_those_that_may(people: CampaignTown, kind: Any) -> None:
    task = await assigned(people)
    for role in Role:
        bounds = {Role.HANDLER: {"unit": "cleaning"}, Role.SYSTEM: {"sources": ("a system",)}}
        await people.city.admit(f"a {role}", Standing.model_validate({"role": role, **bounds.get(role, {})}))
    for role in Role:
        answer = await people.post(f"a {role}", f"/v1/obligations/{task}/{kind.path}", kind.example or None)
        may = role in ALLOWED[kind.command] and role is not Role.SYSTEM
        assert (answer.status_code in (403, 404)) != may, (role, answer.text)


async def test_a_stale_version_and_a_wrong_step_are_refused(people: CampaignTown) -> None:
    task = await assigned(people)
    path = f"/v1/obligations/{task}/submit"
    answer = await people.post("cleaner", path, {"account": "x"}, **{"If-Match": '"7"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    assert await refused(people, "office", task, "accept") == (409, "obligation_not_in_step")
    assert await refused(people, "cleaner", task, "sign") == (409, "wrong_kind_of_obligation")


async def test_a_unit_never_accepts_its_own_work(people: CampaignTown) -> None:
    task = await assigned(people)
    await does(people, "cleaner", task, "submit", {"account": "完成"})
    assert await refused(people, "own inspector", task, "accept") == (409, "checked_by_own_unit")
