"""Designations and targets over HTTP: areas are named, lose their names, are counted, and the pace is carried on."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.handling.folding import fold
from services.store.rebuild import rebuild_current_states
from tests.services.campaign_city import CAMPAIGN_ID, MARCH, CampaignTown, campaign_town

PATH = f"/v1/campaigns/{CAMPAIGN_ID}/designations"


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with campaign_town(database) as opened:
        await opened.started()
        opened.go_to(MARCH)
        yield opened


async def test_areas_are_named_counted_against_the_target_and_forecast(
    people: CampaignTown, database: DatabaseAddresses
) -> None:
    path = f"/v1/campaigns/{CAMPAIGN_ID}/targets"
    [target] = (await people.get("cleaner", path)).json()["targets"]
    assert (target["measured"]["value"], target["measured"]["goal"], target["outcome"]) == (0, 2, "never")
    answer = await people.named("east-a")
    assert answer.status_code == 201, answer.text
    [target] = (await people.get("cleaner", path)).json()["targets"]
    # Since 15 March 00:00 five days and ten hours: one designation; the next follows after as many.
    assert (target["outcome"], target["outcome_text"]) == ("in_time", "按目前进度可按期达到。")
    assert target["measured"]["forecast"]["reaches_on"] == "2027-03-25"
    assert "每周 1.29 个" in target["method"]
    people.wait(days=1)
    await people.named("east-b", who="office")
    [target] = (await people.get("cleaner", path)).json()["targets"]
    assert (target["outcome"], target["measured"]["share"], target["method"]) == ("met", "0.6667", None)
    [before] = (await people.get("office", path, at=(MARCH + timedelta(hours=1)).isoformat())).json()["targets"]
    assert before["measured"]["value"] == 1
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


async def test_a_designation_is_withdrawn_and_granted_again(people: CampaignTown) -> None:
    await people.named("east-a")
    people.wait(hours=1)
    withdrawn = await people.post("leader", f"{PATH}/model/east-a/withdraw", {"reason": "复查不合格"})
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    [shown] = (await people.get("cleaner", PATH)).json()["designations"]
    assert (shown["status_text"], shown["reason"], shown["area_name"]) == ("已撤销", "复查不合格", "east-a")
    assert (await people.get("cleaner", PATH, status="granted")).json()["designations"] == []
    people.wait(hours=1)
    assert (await people.named("east-a")).status_code == 201
    events = (await people.get("cleaner", f"{PATH}/model/east-a/history")).json()["events"]
    assert [event["name"] for event in events] == ["命名", "撤销命名", "命名"]
    assert (await people.get("cleaner", f"{PATH}/model/east-b/history")).status_code == 404


@pytest.mark.parametrize(
    ("area", "designation", "status", "code"),
    [
        ("nowhere", "model", 422, "unknown_area"),
        ("east", "model", 422, "wrong_kind_of_area"),
        ("west-a", "model", 422, "area_outside_campaign"),
        ("east-a", "beautiful", 422, "unknown_designation"),
        ("east-b", "model", 409, "already_designated"),
    ],
)
async def test_what_cannot_be_named_is_refused(
    people: CampaignTown, area: str, designation: str, status: int, code: str
) -> None:
    await people.named("east-b")
    answer = await people.named(area, designation=designation)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_designations_follow_roles_and_areas(people: CampaignTown) -> None:
    assert (await people.named("east-a", who="cleaner")).json()["code"] == "role_not_allowed"
    assert (await people.named("east-a", who="gardener")).json()["code"] == "no_such_campaign"
    assert (await people.named("east-a", who="west leader")).json()["code"] == "no_such_campaign"
    assert (await people.named("east-a", who="east leader")).status_code == 201
    answer = await people.post("leader", f"{PATH}/model/east-c/withdraw", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_designation")
    await people.post("leader", f"{PATH}/model/east-a/withdraw", {"reason": "x"})
    answer = await people.post("leader", f"{PATH}/model/east-a/withdraw", {"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "designation_not_in_force")


async def test_nothing_is_named_before_the_start_or_after_the_end_but_a_retry_is_answered(people: CampaignTown) -> None:
    planned = await people.planned(campaign_id="later")
    body = {"designation": "model", "area": "east-a"}
    early = await people.post("office", f"/v1/campaigns/{planned}/designations", body)
    assert (early.status_code, early.json()["code"]) == (409, "campaign_not_running")
    first = await people.post("office", PATH, body, key="name-1")
    await people.steers("office", CAMPAIGN_ID, "end", {"reason": "结束"})
    again = await people.post("office", PATH, body, key="name-1")
    assert (again.status_code, again.json()) == (201, first.json())
    late = await people.post("office", PATH, {**body, "area": "east-b"})
    assert (late.status_code, late.json()["code"]) == (409, "campaign_is_over")


async def test_pages_give_every_designation_once(people: CampaignTown) -> None:
    for area in ("east-c", "east-a", "east-b"):
        await people.named(area)
    first = (await people.get("office", PATH, limit=2)).json()
    second = (await people.get("office", PATH, limit=2, cursor=first["next_cursor"])).json()
    assert [each["area"] for each in first["designations"] + second["designations"]] == ["east-a", "east-b", "east-c"]
    assert second["next_cursor"] is None


async def test_a_target_before_its_phase_and_after_its_deadline_says_so(people: CampaignTown) -> None:
    path = f"/v1/campaigns/{CAMPAIGN_ID}/targets"
    early = datetime.fromisoformat("2027-03-15T06:00:00+08:00").isoformat()
    [target] = (await people.get("office", path, at=early)).json()["targets"]
    assert target["outcome"] == "too_early"
    people.go_to(datetime.fromisoformat("2027-05-02T06:00:00+08:00"))
    [target] = (await people.get("office", path)).json()["targets"]
    assert (target["outcome"], target["measured"]["over"]) == ("over", True)
