"""Campaigns over HTTP: planned, started, steered through their phases, and shown as they stand and stood."""

import base64
import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
import pytest_asyncio

from domain.actor import Role
from domain.campaign.commands import CampaignCommand
from domain.campaign.decisions import ALLOWED
from domain.campaign.due import CampaignDue
from domain.campaign.plan import PhaseKind, Title
from domain.campaign.state import PhaseState
from domain.designation.commands import DesignationCommand
from domain.designation.targets import Outcome
from domain.obligation.commands import ObligationCommand
from domain.obligation.due import ObligationDue
from domain.principal.state import Standing
from services.campaigns.template import shipped_templates
from services.embedded.databases import DatabaseAddresses
from services.gateway.campaign_bodies import FROM_TEMPLATE
from services.gateway.campaign_commands import CAMPAIGN_COMMANDS
from services.handling.folding import fold
from services.messages.catalogue import section
from services.store.rebuild import rebuild_current_states
from tests.services.campaign_city import CAMPAIGN_ID, MARCH, CampaignTown, campaign_town, plan


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with campaign_town(database) as opened:
        yield opened


async def test_a_campaign_is_planned_started_steered_and_ended(
    people: CampaignTown, database: DatabaseAddresses
) -> None:
    answer = await people.post("office", "/v1/campaigns", {"plan": plan()})
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/campaigns/east-2027")
    shown = await people.campaign()
    assert (shown["status"], shown["status_text"], shown["policy_in_force"]) == ("planned", "未启动", None)
    assert [phase["status"] for phase in shown["phases"]] == ["waiting"] * 3

    await people.steers("office", CAMPAIGN_ID, "start")
    shown = await people.campaign()
    assert (shown["next_due"], shown["next_due_text"]) == ("open_phase", "阶段开始")
    assert datetime.fromisoformat(shown["next_due_at"]) == datetime.fromisoformat("2027-03-01T00:00:00+08:00")

    people.go_to(datetime.fromisoformat("2027-03-05T10:00:00+08:00"))
    await people.follow_up()
    shown = await people.campaign()
    assert [phase["name"] for phase in shown["open_phases"]] == ["动员部署"]
    assert shown["policy_in_force"] == "city"

    await people.steers("leader", CAMPAIGN_ID, "override-gate", {"phase_id": "mobilisation", "reason": "会议决定"})
    extension = {"phase_id": "mobilisation", "last_day": "2027-03-16", "reason": "责任书未签完"}
    assert (await people.steers("leader", CAMPAIGN_ID, "extend-phase", extension))["events"] == [
        "campaign.phase_extended.v1"
    ]
    await people.steers("office", CAMPAIGN_ID, "pause", {"reason": "台风"})
    assert (await people.campaign())["status"] == "paused"
    people.wait(days=2)
    await people.steers("office", CAMPAIGN_ID, "resume", {"reason": "台风过境"})
    phases = (await people.campaign())["phases"]
    assert datetime.fromisoformat(phases[1]["opens_at"]) == datetime.fromisoformat("2027-03-17T00:00:00+08:00")
    await people.steers("leader", CAMPAIGN_ID, "close-phase", {"phase_id": "mobilisation", "reason": "提前完成"})
    await people.steers("office", CAMPAIGN_ID, "end", {"reason": "通过验收"})
    shown = await people.campaign()
    assert (shown["status"], shown["open_phases"]) == ("ended", [])
    assert (await rebuild_current_states(database.superuser, fold)).differing == 0


@pytest.mark.parametrize("name", sorted(shipped_templates()))
async def test_every_shipped_template_becomes_a_campaign(people: CampaignTown, name: str) -> None:
    body = {"from_template": {**FROM_TEMPLATE, "template": name}}
    answer = await people.post("office", "/v1/campaigns", body)
    assert answer.status_code == 201, answer.text
    shown = await people.campaign("sunshine-2027")
    listed = (await people.get("office", f"/v1/campaign-templates/{name}")).json()
    assert [phase["phase_id"] for phase in shown["phases"]] == [phase["phase_id"] for phase in listed["phases"]]
    assert shown["plan"]["calendar_id"] == "cn"
    assert listed["yaml"].startswith("#")


async def test_templates_are_listed_and_an_unknown_one_is_not_found(people: CampaignTown) -> None:
    listed = (await people.get("cleaner", "/v1/campaign-templates")).json()
    assert {template["template"] for template in listed} == set(shipped_templates())
    missing = await people.get("cleaner", "/v1/campaign-templates/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_template")
    unknown = {"from_template": {**FROM_TEMPLATE, "template": "none"}}
    assert (await people.post("office", "/v1/campaigns", unknown)).json()["code"] == "no_such_template"


async def test_what_does_not_fit_a_template_names_its_line(people: CampaignTown) -> None:
    window = {"first_day": "2027-09-01", "last_day": "2027-08-01"}
    body = {"from_template": {**FROM_TEMPLATE, "days": {"no-such-phase": window}}}
    answer = await people.post("office", "/v1/campaigns", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "template_does_not_fit")
    assert "line" in answer.json()["errors"][0]["detail"]
    twice = {"from_template": {**FROM_TEMPLATE, "units": ["cleaning", "cleaning"]}}
    answer = await people.post("office", "/v1/campaigns", twice)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")
    assert answer.json()["errors"][0]["pointer"].startswith("/from_template")


async def test_the_plan_is_replaced_until_the_start(people: CampaignTown) -> None:
    campaign = await people.planned()
    changed = {"plan": plan(overlap_days=3), "reason": "调整"}
    key = {"Idempotency-Key": "change-1"}
    answer = await people.ask("office", "PUT", f"/v1/campaigns/{campaign}/plan", json=changed, headers=key)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    stale = {"Idempotency-Key": "change-2", "If-Match": '"1"'}
    answer = await people.ask("office", "PUT", f"/v1/campaigns/{campaign}/plan", json=changed, headers=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "version_mismatch")
    other = {"plan": plan(campaign_id="other"), "reason": "改号"}
    answer = await people.ask(
        "office", "PUT", f"/v1/campaigns/{campaign}/plan", json=other, headers={"Idempotency-Key": "change-3"}
    )
    assert answer.json()["code"] == "campaign_id_cannot_change"
    await people.steers("office", campaign, "start")
    late = {"Idempotency-Key": "change-4"}
    answer = await people.ask("office", "PUT", f"/v1/campaigns/{campaign}/plan", json=changed, headers=late)
    assert (answer.status_code, answer.json()["code"]) == (409, "campaign_already_started")


async def test_a_repeated_key_is_answered_as_the_first_time(people: CampaignTown) -> None:
    body = {"from_template": FROM_TEMPLATE}
    first = await people.post("office", "/v1/campaigns", body, key="plan-1")
    again = await people.post("office", "/v1/campaigns", body, key="plan-1")
    assert (again.status_code, again.json()) == (201, first.json())
    reused = await people.post("office", "/v1/campaigns", {"plan": plan()}, key="plan-1")
    assert reused.json()["code"] == "idempotency_key_reused"
    other = await people.post("office", "/v1/campaigns", body, key="plan-2")
    assert (other.status_code, other.json()["code"]) == (409, "campaign_already_planned")


def _with(**changes: Any) -> dict[str, Any]:
    """The plan with its second phase changed."""
    changed = plan()
    changed["phases"][1] |= changes
    return changed


@pytest.mark.parametrize(
    ("broken", "status", "code"),
    [
        (_with(first_day="2027-03-01"), 422, "input_invalid"),
        (_with(last_day="2027-03-02"), 422, "input_invalid"),
        (_with(colour="red"), 422, "input_invalid"),
        (_with(policy_id="unknown"), 422, "unknown_policy"),
        (
            _with(gate={"conditions": [{"indicator": "happiness", "at_least": "1"}], "assess_days_before": 1}),
            422,
            "unknown_indicator",
        ),
        (plan(units=["nobody"]), 422, "unknown_unit"),
        (plan(areas=["nowhere"]), 422, "unknown_area"),
        (plan(calendar_id="martian"), 422, "no_policy_published"),
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    people: CampaignTown, broken: dict[str, Any], status: int, code: str
) -> None:
    answer = await people.post("office", "/v1/campaigns", {"plan": broken})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await people.get("office", "/v1/campaigns")).json()["campaigns"] == []


@pytest.mark.parametrize("body", [None, {}, {"plan": plan(), "from_template": FROM_TEMPLATE}, {"plan": None}, []])
async def test_a_campaign_is_planned_in_exactly_one_way(people: CampaignTown, body: Any) -> None:
    answer = await people.post("office", "/v1/campaigns", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


async def test_what_does_not_fit_the_state_is_refused(people: CampaignTown) -> None:
    campaign = await people.planned()
    phase = {"phase_id": "mobilisation", "reason": "x"}
    assert await people.no_steering("office", campaign, "pause", {"reason": "x"}) == (409, "campaign_not_running")
    assert await people.no_steering("office", campaign, "close-phase", phase) == (409, "campaign_not_running")
    await people.steers("office", campaign, "start")
    assert await people.no_steering("office", campaign, "start") == (409, "campaign_already_started")
    assert await people.no_steering("office", campaign, "resume", {"reason": "x"}) == (409, "campaign_not_paused")
    assert await people.no_steering("leader", campaign, "close-phase", phase) == (409, "phase_not_open")
    unknown = {"phase_id": "none", "reason": "x"}
    assert await people.no_steering("leader", campaign, "override-gate", unknown) == (422, "unknown_phase")
    await people.steers("office", campaign, "end", {"reason": "取消"})
    assert await people.no_steering("office", campaign, "start") == (409, "campaign_is_over")
    assert await people.no_steering("office", "none", "start") == (404, "no_such_campaign")


@pytest.mark.parametrize("kind", CAMPAIGN_COMMANDS, ids=lambda kind: kind.path)
async def test_the_roles_that_are_documented_are_those_that_may(people: CampaignTown, kind: Any) -> None:
    campaign = await people.started()
    people.go_to(MARCH)
    for role in Role:
        bounds = {Role.HANDLER: {"unit": "cleaning"}, Role.SYSTEM: {"sources": ("a system",)}}
        await people.city.admit(f"a {role}", Standing.model_validate({"role": role, **bounds.get(role, {})}))
    for role in Role:
        answer = await people.post(f"a {role}", f"/v1/campaigns/{campaign}/{kind.path}", kind.example or None)
        refused = answer.status_code in (403, 404)
        assert refused == (role not in ALLOWED[kind.command]), (role, answer.text)


async def test_people_see_the_campaigns_that_concern_them(people: CampaignTown) -> None:
    east = await people.planned()
    everywhere = await people.planned(campaign_id="all-2027", areas=[], units=["parks"])

    async def seen(who: str) -> list[str]:
        return [each["campaign_id"] for each in (await people.get(who, "/v1/campaigns")).json()["campaigns"]]

    assert await seen("office") == await seen("auditor") == [everywhere, east]
    assert await seen("cleaner") == [east]
    assert await seen("crew") == [east], "a unit above takes part"
    assert await seen("gardener") == [everywhere]
    assert await seen("west leader") == [everywhere]
    assert await seen("east office") == [everywhere, east]
    assert await seen("hotline") == []
    for path in ("", "/history", "/as-of", "/schedule", "/targets", "/designations"):
        answer = await people.get("gardener", f"/v1/campaigns/{east}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_campaign"), path


async def test_whoever_is_bound_to_an_area_steers_no_campaign_beyond_it(people: CampaignTown) -> None:
    east = await people.planned()
    everywhere = await people.planned(campaign_id="all-2027", areas=[])
    assert await people.no_steering("east office", everywhere, "start") == (403, "role_not_allowed")
    assert (await people.steers("east office", east, "start"))["status"] == "running"
    answer = await people.post("east office", "/v1/campaigns", {"plan": plan(campaign_id="west", areas=["west"])})
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    widened = {"plan": plan(areas=["east", "west"]), "reason": "扩大"}
    headers = {"Idempotency-Key": "widen"}
    answer = await people.ask("east office", "PUT", f"/v1/campaigns/{east}/plan", json=widened, headers=headers)
    assert answer.status_code == 403


async def test_pages_give_every_campaign_once(people: CampaignTown) -> None:
    names = sorted(f"campaign-{number}" for number in range(7))
    for name in names:
        await people.planned(campaign_id=name)
    await people.steers("office", names[0], "start")
    found: list[str] = []
    parameters: dict[str, object] = {"limit": 3}
    for _ in range(5):
        page = (await people.get("office", "/v1/campaigns", **parameters)).json()
        found += [each["campaign_id"] for each in page["campaigns"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert found == names
    running = (await people.get("office", "/v1/campaigns", status="running")).json()["campaigns"]
    assert [each["campaign_id"] for each in running] == names[:1]
    with_nul = base64.urlsafe_b64encode(b'{"number":"\\u0000"}').decode()
    for cursor in ("x", "e30", with_nul):
        answer = await people.get("office", "/v1/campaigns", cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed")


async def test_a_campaign_is_shown_as_it_stood_and_tells_its_history(people: CampaignTown) -> None:
    campaign = await people.planned()
    people.wait(hours=1)
    await people.steers("office", campaign, "start")
    path = f"/v1/campaigns/{campaign}/as-of"
    assert (await people.get("office", path, version=1)).json()["status"] == "planned"
    then = (people.city.clock.at - timedelta(minutes=30)).isoformat()
    assert (await people.get("office", path, at=then)).json()["status"] == "planned"
    assert (await people.get("office", path)).json()["status"] == "running"
    assert (await people.get("office", path, at="2020-01-01T00:00:00Z")).status_code == 404
    events = (await people.get("office", f"/v1/campaigns/{campaign}/history")).json()["events"]
    assert [event["name"] for event in events] == ["编制方案", "活动启动"]


async def test_the_schedule_shows_phases_duties_gates_and_targets(people: CampaignTown) -> None:
    campaign = await people.planned()
    people.go_to(datetime.fromisoformat("2027-03-01T08:00:00+08:00"))
    path = f"/v1/campaigns/{campaign}/schedule"
    shown = (await people.get("cleaner", path)).json()
    assert shown["assumption"] == "started_now"
    whats = [entry["what"] for entry in shown["entries"]]
    assert whats.count("call_duty") == 76, "every day at 18:00 from 15 March to 29 May"
    assert (whats.count("open_phase"), whats.count("assess_gate"), whats.count("target")) == (2, 1, 1)
    instants = [entry["at"] for entry in shown["entries"]]
    assert instants == sorted(instants)
    duty = next(entry for entry in shown["entries"] if entry["what"] == "call_duty")
    assert (duty["duty_name"], duty["owed_by"], duty["phase_name"]) == ("日报", 1, "集中整治")

    await people.steers("office", campaign, "start")
    await people.steers("office", campaign, "pause", {"reason": "台风"})
    people.wait(days=3)
    paused = (await people.get("office", path, days=20)).json()
    assert paused["assumption"] == "resumed_now"
    opening = next(entry for entry in paused["entries"] if entry["phase_id"] == "rectification")
    assert datetime.fromisoformat(opening["at"]) == datetime.fromisoformat("2027-03-18T00:00:00+08:00")
    await people.steers("office", campaign, "end", {"reason": "取消"})
    assert (await people.get("office", path)).json()["entries"] == []
    assert (await people.get("office", path, days=367)).status_code == 422


async def test_a_schedule_of_too_much_is_cut_off_and_says_so(people: CampaignTown) -> None:
    duty = {**plan()["phases"][1]["duties"][0], "rrule": "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))}
    busy = _with(duties=[{**duty, "duty_id": f"duty-{number}"} for number in range(3)])
    answer = await people.post("office", "/v1/campaigns", {"plan": busy})
    assert answer.status_code == 201, answer.text
    people.go_to(datetime.fromisoformat("2027-03-10T08:00:00+08:00"))
    shown = (await people.get("office", f"/v1/campaigns/{CAMPAIGN_ID}/schedule")).json()
    assert shown["cut_off"]
    assert len(shown["entries"]) <= 2001


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("status", ("planned", "running", "paused", "ended", "granted", "withdrawn")),
        ("phase_status", get_args(PhaseState.model_fields["status"].annotation)),
        ("gate", get_args(PhaseState.model_fields["gate"].annotation)),
        ("phase_kind", PhaseKind),
        ("campaign_title", Title),
        ("campaign_due", (*get_args(CampaignDue.model_fields["what"].annotation), "target")),
        ("obligation_kind", ("duty", "task", "letter")),
        ("obligation_status", ("open", "submitted", "fulfilled", "withdrawn")),
        (
            "obligation_due",
            [each for each in get_args(ObligationDue.model_fields["what"].annotation) if each != "rung"],
        ),
        ("forecast", (*get_args(Outcome), "method")),
        ("command", [each.__name__ for each in (*get_args(CampaignCommand), *get_args(ObligationCommand))]),
        ("command", [each.__name__ for each in get_args(DesignationCommand)]),
    ],
)
def test_every_word_about_campaigns_is_in_both_languages(group: str, values: Iterable[str]) -> None:
    for value in values:
        words = section("words")[group][value]
        assert re.search(r"[\u4e00-\u9fff]", words["zh"]), value
        assert not re.search(r"[\u4e00-\u9fff]", words["en"]), value
