"""The rehearsed campaign is a plan the rules take, walks all its phases, and is counted from the log alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.actor import Actor, Role
from domain.campaign import commands as c
from domain.campaign.decisions import decide
from domain.campaign.due import next_due
from domain.campaign.events import CampaignEvent
from domain.campaign.in_force import in_force
from domain.campaign.plan import CampaignPlan
from domain.campaign.state import Campaign, evolve
from domain.clock import ClockKind
from domain.rulebook.documents import Policy
from domain.rulebook.rulebook import Rulebook
from services.demo.course import Course
from services.demo.narration import beside_line
from services.demo.result import DemoResult
from services.demo.season import Season, plan, policies
from services.demo.supervised import Supervised
from services.demo.tally import RungDelays
from services.handling.command_handler import new_event
from services.store.records import StoredEvent
from tests.services.test_demo_tally import rulebook

# A second before midnight in Shanghai, so that phases and duties lie on both sides of it.
BEGAN = datetime(2026, 11, 20, 15, 59, 55, tzinfo=UTC)
FIRING_SECONDS = 40.0
SEASON = Season.beginning(BEGAN, FIRING_SECONDS)
OFFICE = Actor(principal="office", role=Role.OFFICE)
LEADER = Actor(principal="leader", role=Role.LEADER)
SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
ORDER = ["mobilisation", "rectification", "sprint", "maintenance"]


def rules() -> Rulebook:
    city = rulebook()
    made = [Policy.model_validate(each) for each in policies(city.newest_policy("city").model_dump(mode="json"))]
    return replace(city, policies={**city.policies, **{policy.ref: policy for policy in made}})


def the_plan() -> CampaignPlan:
    return CampaignPlan.model_validate(plan(SEASON, "Asia/Shanghai"))


def answer(state: Campaign, at: datetime) -> c.CampaignCommand:
    """What the workflow does about what is due, and the leading group about a gate."""
    due = next_due(state)
    assert due is not None
    said = {"command_id": "1", "at": at, "actor": SERVICE}
    match due.what:
        case "assess_gate":
            values = {"open_items_above_supervision": 3}
            return c.RecordGateAssessment.model_validate(
                {**said, "phase_id": due.phase_id, "as_of": at, "values": values}
            )
        case "open_duty":
            duty = {"duty_id": due.duty_id, "occurrence": due.occurrence, "count": 2}
            return c.RecordDutyObligations.model_validate({**said, **duty})
        case "recompute_items":
            operation = {"phase_id": due.phase_id, "operation_id": UUID(int=1)}
            return c.RecordRecomputation.model_validate({**said, **operation})
        case _:
            return c.FollowUpCampaign.model_validate(said)


def played(until: datetime) -> list[CampaignEvent]:
    """The events of the campaign up to an instant; the gate is overridden as soon as the leading group is asked."""
    book, events = rules(), list[CampaignEvent]()
    state: Campaign | None = None
    said = {"command_id": "1", "at": BEGAN - timedelta(seconds=2), "actor": OFFICE}
    to_do: list[c.CampaignCommand] = [
        c.PlanCampaign.model_validate({**said, "plan": the_plan()}),
        c.StartCampaign.model_validate(said),
    ]
    while to_do:
        for event in decide(to_do.pop(0), state, book):
            state = evolve(state, event)
            events.append(event)
            if event.type == "campaign.gate_referred.v1":
                gate = {"at": event.occurred_at, "actor": LEADER, "phase_id": event.phase_id, "reason": "会议决定"}
                to_do.append(c.OverrideGate.model_validate({"command_id": "2", **gate}))
        due = next_due(state) if state is not None else None
        if not to_do and state is not None and due is not None and due.at <= until:
            to_do.append(answer(state, max(due.at, state.updated_at)))
    return events


def stored(events: Sequence[CampaignEvent]) -> list[StoredEvent]:
    return [_stored(event, number) for number, event in enumerate(events)]


def _stored(event: CampaignEvent, number: int) -> StoredEvent:
    made = new_event(event)
    return StoredEvent(
        position=number,
        seq=number,
        stream_id=UUID(int=9),
        version=number + 1,
        event_id=made.event_id,
        kind="campaign",
        type=made.type,
        schema_version=made.schema_version,
        occurred_at=made.occurred_at,
        recorded_at=made.occurred_at,
        actor="service:worker",
        campaign_id=None,
        unit=None,
        area=None,
        data=made.data,
    )


def course_until(until: datetime) -> Course:
    course = Course()
    for event in stored(played(until)):
        course.take(event)
    return course


def result(course: Course) -> DemoResult:
    return DemoResult(
        issues_fired=0,
        items=0,
        by_status={},
        rungs_climbed={},
        rung_delay_seconds=RungDelays(median=0, longest=0),
        campaign=course.played,
        items_lost=0,
        commands_acknowledged=0,
        commands_lost=0,
        rungs_climbed_twice=0,
        impossible_events=0,
        api_disagrees=False,
        accountability_due=0,
        supervision=Supervised().result,
        documents=[],
        items_stuck=0,
        log_size=0,
        refused_inputs={},
        surprises=[],
        duplicates_sent=0,
        duplicates_recognised=0,
        refused_commands={},
        faults={},
        retries=0,
        restarts={},
        seconds=0,
    )


def test_the_plan_is_one_that_the_rules_take_and_walks_its_four_phases_in_order() -> None:
    course = course_until(SEASON.maintenance + timedelta(seconds=20))
    assert course.played is not None
    assert [phase.phase_id for phase in course.played.phases] == ORDER
    assert [phase.opened_at for phase in course.played.phases] == [
        SEASON.mobilisation,
        SEASON.rectification,
        SEASON.sprint,
        SEASON.maintenance,
    ]
    assert course.phase_in_force == "maintenance"
    assert course.played.complete


def test_every_phase_has_a_duty_that_recurs_once_in_the_play() -> None:
    course = course_until(SEASON.maintenance + timedelta(seconds=20))
    assert course.played is not None
    assert [phase.duties_called for phase in course.played.phases] == [1, 1, 1, 1]


@pytest.mark.parametrize("seconds", [0, 2, 12, 28])
def test_a_campaign_short_of_its_last_phase_makes_the_demo_fail(seconds: int) -> None:
    assert not result(course_until(BEGAN + timedelta(seconds=seconds))).flawless


def test_a_campaign_in_its_last_phase_lets_the_demo_succeed() -> None:
    assert result(course_until(SEASON.maintenance + timedelta(seconds=20))).flawless
    assert result(Course()).flawless


def test_the_gate_of_the_rectification_is_decided_by_the_leading_group() -> None:
    course = course_until(SEASON.maintenance)
    assert course.played is not None
    assert [phase.gate for phase in course.played.phases] == ["none", "overridden", "none", "none"]


def test_items_count_under_the_phase_in_force_as_they_come_in() -> None:
    course = Course()
    for event in stored(played(SEASON.maintenance + timedelta(seconds=20))):
        course.take(event)
        if event.type == "campaign.phase_opened.v1":
            course.item_reported("wanglan-rehearsal")
            course.item_registered("city@1")
    course.item_reported(None)
    assert course.played is not None
    assert [phase.items for phase in course.played.phases] == [1, 1, 1, 1]
    assert course.played.items_outside == 1
    assert course.played.items_by_policy == {"city@1": 4}


def test_the_sprint_is_stricter_than_the_phases_around_it() -> None:
    book, state, limits = rules(), None, dict[str, int]()
    for event in played(SEASON.maintenance):
        state = evolve(state, event)
        campaign = in_force(state)
        if event.type == "campaign.phase_opened.v1" and campaign is not None:
            regime = replace(book, campaigns={campaign.campaign_id: campaign}).regime(campaign.campaign_id)
            limits[event.phase_id] = regime.policy.limits[ClockKind.RECTIFY].amount
    assert limits["sprint"] < min(limits["rectification"], limits["maintenance"])


def test_every_event_of_the_campaign_has_a_line_of_its_own() -> None:
    events = stored(played(SEASON.maintenance + timedelta(seconds=20)))
    assert not [line for event in events if event.type in (line := beside_line(event))]
