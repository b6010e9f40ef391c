"""Designations: granted to areas that can bear them, withdrawn with a reason, and counted against targets."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.actor import Actor, Role
from domain.campaign.plan import CampaignPlan, Target
from domain.designation.commands import GrantDesignation, WithdrawDesignation
from domain.designation.decisions import ALLOWED, check_eligible, decide
from domain.designation.events import DESIGNATION_EVENTS, DesignationGranted, DesignationWithdrawn
from domain.designation.rejections import (
    AlreadyDesignated,
    AreaOutsideCampaign,
    DesignationNotInForce,
    NoSuchDesignation,
    UnknownDesignation,
    WrongKindOfArea,
)
from domain.designation.state import DESIGNATIONS, ImpossibleDesignationHistoryError, evolve
from domain.designation.targets import Mark, candidates, measure
from domain.errors import Forbidden
from domain.organisation.state import Area
from domain.rulebook.rulebook import Rulebook, UnknownArea
from tests.domain.campaign_samples import MODELS, PLAN
from tests.domain.item_samples import text

AT = datetime(2026, 8, 20, 2, tzinfo=UTC)
SINCE = datetime(2026, 8, 12, 16, tzinfo=UTC)  # the phase opened as 13 August began in Shanghai
LEADER = Actor(principal="l", role=Role.LEADER)
ZONE = "Asia/Shanghai"
AREAS = {
    area.code: area
    for area in (
        Area(code="city", name=text("全市"), kind="city"),
        Area(code="east", name=text("东街"), kind="street", parent="city"),
        Area(code="west", name=text("西街"), kind="street", parent="city"),
        *(Area(code=f"e{number}", name=text("小区"), kind="community", parent="east") for number in range(1, 11)),
        Area(code="w1", name=text("小区"), kind="community", parent="west"),
        Area(code="gone", name=text("小区"), kind="community", parent="east", abolished=True),
    )
}
RULES = Rulebook(areas=AREAS)
SHARE = Target(
    target_id="most",
    name=text("达标小区"),
    designation="qualified",
    area_kind="community",
    by=date(2026, 12, 31),
    share=Decimal("0.8"),
)


def grant(area: str = "e1", *, role: Role = Role.LEADER, at: datetime = AT) -> GrantDesignation:
    actor = LEADER.model_copy(update={"role": role})
    return GrantDesignation(
        command_id="g", at=at, actor=actor, campaign_id="county-2026", designation="model", area=area
    )


def withdraw(at: datetime = AT) -> WithdrawDesignation:
    return WithdrawDesignation(command_id="w", at=at, actor=LEADER, reason="复查不合格")


def after(*commands: Any) -> Any:
    state = None
    for command in commands:
        for event in decide(command, state, RULES):
            assert DESIGNATION_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            state = evolve(state, event)
        assert DESIGNATIONS.validate_json(state.model_dump_json()) == state
    return state


def test_an_area_is_designated_loses_the_designation_and_gets_it_again():
    assert [type(event) for event in decide(grant(), None, RULES)] == [DesignationGranted]
    lost = after(grant(), withdraw())
    assert (lost.status, lost.reason) == ("withdrawn", "复查不合格")
    again = after(grant(), withdraw(), grant(at=AT + timedelta(days=1)))
    assert (again.status, again.grant.granted_at) == ("granted", AT + timedelta(days=1))


def test_time_never_goes_back_when_the_clocks_of_two_machines_differ():
    [event] = decide(withdraw(AT - timedelta(minutes=1)), after(grant()), RULES)
    assert event.occurred_at == AT


@pytest.mark.parametrize(
    ("before", "command", "reason"),
    [
        ((grant(),), grant(), AlreadyDesignated),
        ((), withdraw(), NoSuchDesignation),
        ((grant(), withdraw()), withdraw(), DesignationNotInForce),
        ((), grant("nowhere"), UnknownArea),
        ((), grant("gone"), UnknownArea),
    ],
)
def test_what_cannot_be_designated_is_refused(before, command, reason):
    with pytest.raises(reason):
        decide(command, after(*before), RULES)


@pytest.mark.parametrize("role", [role for role in Role if role not in ALLOWED[GrantDesignation]])
def test_only_the_office_and_the_leading_group_designate(role):
    with pytest.raises(Forbidden):
        decide(grant(role=role), None, RULES)


@pytest.mark.parametrize(
    ("designation", "area", "reason"),
    [
        ("beautiful", "e1", UnknownDesignation),
        ("model", "east", WrongKindOfArea),
        ("model", "w1", AreaOutsideCampaign),
        ("model", "nowhere", UnknownArea),
    ],
)
def test_an_area_that_no_target_counts_is_not_eligible(designation, area, reason):
    with pytest.raises(reason):
        check_eligible(PLAN, designation, area, RULES)


def test_an_area_below_the_areas_of_the_campaign_is_eligible_and_any_in_a_city_wide_one():
    check_eligible(PLAN, "model", "e1", RULES)
    everywhere = CampaignPlan.model_validate({**dict(PLAN), "areas": ()})
    check_eligible(everywhere, "model", "w1", RULES)
    assert candidates(MODELS, PLAN, RULES) == {f"e{number}" for number in range(1, 11)}
    assert candidates(MODELS, everywhere, RULES) == {f"e{number}" for number in range(1, 11)} | {"w1"}


def test_a_history_that_cannot_be_is_damage():
    with pytest.raises(ImpossibleDesignationHistoryError):
        evolve(None, DesignationWithdrawn(occurred_at=AT, reason="x"))


def marks(*days: int, granted: bool = True) -> list[Mark]:
    """One more area after so many days of the phase."""
    return [Mark(SINCE + timedelta(days=day), f"e{number}", granted) for number, day in enumerate(days, 1)]


def measured(target: Target = MODELS, days: float = 8, course: tuple[Mark, ...] | list[Mark] = ()) -> Any:
    areas = candidates(target, PLAN, RULES)
    return measure(target, course, areas, since=SINCE, at=SINCE + timedelta(days=days), timezone=ZONE)


def test_the_pace_so_far_is_carried_on_to_the_deadline():
    # 2 in 8 days; 11 days are left until 31 August ends: 2 + 2 x 11/8 = 4.75, and the third to fifth take 12 days.
    found = measured(course=marks(3, 6))
    assert (found.value, found.goal, found.total, found.met) == (2, 5, 10, False)
    assert found.deadline == datetime(2026, 8, 31, 16, tzinfo=UTC)
    forecast = found.forecast
    assert (forecast.outcome, forecast.value, forecast.per_week) == ("late", 4, Decimal("1.75"))
    assert forecast.reaches_on == date(2026, 9, 2)


def test_a_pace_that_suffices_is_in_time_to_the_minute():
    # 3 in 12 days, 7 days left: nothing but 2 more in 8 days. 4 in 12: 1 more in 3 days.
    assert measured(days=12, course=marks(3, 6, 9)).forecast.outcome == "late"
    found = measured(days=12, course=marks(3, 6, 9, 11)).forecast
    assert (found.outcome, found.reaches_on, found.value) == ("in_time", date(2026, 8, 28), 6)


def test_what_was_designated_before_the_phase_counts_and_sets_no_pace():
    found = measured(course=[Mark(SINCE - timedelta(days=30), "e9", granted=True)])
    assert (found.value, found.forecast.outcome, found.forecast.value) == (1, "never", 1)
    assert found.forecast.reaches_on is None


def test_a_withdrawal_counts_against_the_pace_and_breaks_what_was_met():
    lost = [*marks(1, 2, 3, 4, 5), Mark(SINCE + timedelta(days=6), "e1", granted=False)]
    assert measured(days=5.5, course=lost).met
    found = measured(course=lost)
    assert (found.value, found.met, found.forecast.outcome) == (4, False, "in_time")
    again = measured(course=[*lost, Mark(SINCE + timedelta(days=7), "e1", granted=True)])
    assert (again.met, again.met_at) == (True, SINCE + timedelta(days=7))
    losing = [Mark(SINCE - timedelta(days=9), "e2", granted=True), Mark(SINCE + timedelta(days=2), "e2", granted=False)]
    assert measured(course=losing).forecast.outcome == "never"


def test_a_met_target_knows_since_when_and_needs_no_forecast():
    found = measured(course=marks(1, 2, 3, 4, 5, 6))
    assert (found.met, found.met_at, found.forecast) == (True, SINCE + timedelta(days=5), None)


def test_a_deadline_that_is_over_and_a_phase_that_just_began_have_no_forecast():
    over = measured(days=19, course=marks(1))
    assert (over.over, over.met, over.forecast) == (True, False, None)
    assert measured(days=0.5, course=marks(0)).forecast is None


def test_a_share_asks_for_whole_areas_and_a_share_of_nothing_for_none():
    found = measured(SHARE, course=marks(1, 2, 3))
    assert (found.goal, found.share) == (8, Decimal("0.3000"))
    nothing = measure(SHARE, [], frozenset(), since=SINCE, at=AT, timezone=ZONE)
    assert (nothing.goal, nothing.share, nothing.met, nothing.forecast) == (None, None, None, None)


def test_a_count_beyond_all_areas_is_never_reached():
    many = Target.model_validate({**dict(MODELS), "count": 50})
    found = measured(many, course=marks(1, 2, 3)).forecast
    assert (found.outcome, found.value) == ("never", 7)


def test_areas_that_do_not_count_and_what_happened_later_are_left_out():
    course = [
        Mark(SINCE, "w1", granted=True),
        Mark(SINCE, "gone", granted=True),
        Mark(SINCE + timedelta(days=9), "e1", granted=True),
    ]
    assert measured(course=course).value == 0


def test_a_pace_of_centuries_is_never():
    slow = [Mark(SINCE + timedelta(days=1), "e1", granted=True)]
    target = Target.model_validate({**dict(MODELS), "by": date(2099, 12, 31), "count": 10})
    areas = candidates(target, PLAN, RULES)
    found = measure(target, slow, areas, since=SINCE, at=SINCE + timedelta(days=3000), timezone=ZONE)
    assert found.forecast is not None
    assert found.forecast.outcome == "never"
