"""A plan is drawn up, refused where it cannot be, changed before the start, and started."""

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from domain.campaign.events import CampaignPlanChanged, CampaignPlanned, CampaignStarted
from domain.campaign.plan import CampaignPlan, Condition, DutyKind, Gate, PhaseKind
from domain.campaign.rejections import (
    CampaignAlreadyPlanned,
    CampaignAlreadyStarted,
    CampaignIdCannotChange,
    CampaignInThePast,
    NoSuchCampaign,
    UnknownIndicator,
    UnknownPolicy,
    UnknownStandard,
    UnusableDutyRule,
)
from domain.errors import Rejection
from domain.rulebook.rulebook import NoPolicyPublished, UnknownArea, UnknownUnit
from domain.rulebook.standard import Standard, StandardNode
from tests.domain import campaign_samples as s
from tests.domain.calendars import shanghai
from tests.domain.item_samples import RULES, text

BEFORE = shanghai(2026, 7, 20, 9)


def planning(plan: CampaignPlan) -> s.Campaigning:
    return s.Campaigning(BEFORE).when(s.plan.with_(plan=plan))


class TestTheShapeOfAPlan:
    def test_neighbouring_phases_may_overlap_by_the_days_the_plan_allows(self):
        overlapping = s.RECTIFICATION.model_copy(update={"first_day": date(2026, 8, 12)})
        assert s.with_phases(s.MOBILISATION, overlapping).phases[1].first_day == date(2026, 8, 12)

    @pytest.mark.parametrize(
        "phases",
        [
            (s.MOBILISATION, s.RECTIFICATION.model_copy(update={"first_day": date(2026, 8, 11)})),
            (s.RECTIFICATION, s.MOBILISATION),
            (s.MAINTENANCE, s.phase("later", PhaseKind.SPRINT, date(2028, 1, 1), date(2028, 2, 1))),
            (s.MOBILISATION, s.MOBILISATION),
            (s.RECTIFICATION, s.SPRINT.model_copy(update={"duties": (s.DAILY,)})),
            (s.RECTIFICATION, s.SPRINT.model_copy(update={"targets": (s.MODELS,)})),
            (),
        ],
        ids=["overlap", "backwards", "after the endless one", "same id", "same duty", "same target", "none"],
    )
    def test_phases_that_do_not_fit_together_are_refused(self, phases):
        with pytest.raises(ValidationError):
            s.with_phases(*phases)

    @pytest.mark.parametrize(
        ("kind", "last", "gate"),
        [
            (PhaseKind.SPRINT, date(2026, 7, 31), None),
            (PhaseKind.SPRINT, None, None),
            (PhaseKind.MAINTENANCE, None, s.CLOSURE),
            (PhaseKind.SPRINT, date(2100, 1, 1), None),
        ],
        ids=["reversed", "no last day", "gate without an end", "beyond every calendar"],
    )
    def test_a_window_that_cannot_be_is_refused(self, kind, last, gate):
        with pytest.raises(ValidationError):
            s.phase("odd", kind, date(2026, 8, 1), last, gate=gate)

    def test_a_phase_of_a_single_day_is_a_phase(self):
        assert s.phase("kick-off", PhaseKind.MOBILISATION, date(2026, 8, 1), date(2026, 8, 1)).last_day

    @pytest.mark.parametrize("bounds", [{}, {"at_least": 1, "at_most": 2}])
    def test_a_condition_has_exactly_one_bound(self, bounds):
        with pytest.raises(ValidationError):
            Condition(indicator="closure", **bounds)

    @pytest.mark.parametrize("measure", [{"count": None}, {"share": "0.5"}, {"area_kind": "continent"}])
    def test_a_target_is_measured_once_on_a_kind_of_area(self, measure):
        with pytest.raises(ValidationError):
            type(s.MODELS).model_validate({**dict(s.MODELS), **measure})

    @pytest.mark.parametrize("units", [(), ("sanitation", "sanitation")])
    def test_units_take_part_once_each_and_at_least_one(self, units):
        with pytest.raises(ValidationError):
            s.with_phases(s.SPRINT, units=units)

    def test_a_duty_is_owed_once_by_each_unit(self):
        twice = s.DAILY.model_copy(update={"owed_by": ("sanitation", "sanitation")})
        with pytest.raises(ValidationError):
            s.with_phases(s.SPRINT.model_copy(update={"duties": (twice,)}))


class TestPlanning:
    def test_a_plan_may_name_a_standard_that_is_published(self):
        plan = s.PLAN.model_copy(update={"standard_id": "city"})
        measure = StandardNode(code="1", name=text("环境卫生"))
        standard = Standard(standard_id="city", version=1, name=text("测评体系"), nodes=(measure,))
        rules = replace(RULES, standards={standard.ref: standard})
        s.Campaigning(BEFORE, rules).when(s.plan.with_(plan=plan)).then(CampaignPlanned)

    def test_a_plan_that_names_what_exists_is_accepted(self):
        campaign = planning(s.PLAN).then(CampaignPlanned)
        assert campaign.state.plan == s.PLAN
        assert campaign.due is None

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"calendar_id": "nowhere"}, NoPolicyPublished),
            ({"catalogue_id": "nowhere"}, NoPolicyPublished),
            ({"leading_group": "nobody"}, UnknownUnit),
            ({"office": "nobody"}, UnknownUnit),
            ({"working_groups": ("nobody",)}, UnknownUnit),
            ({"units": ("old-squad",)}, UnknownUnit),
            ({"areas": ("drowned",)}, UnknownArea),
            ({"standard_id": "unheard-of"}, UnknownStandard),
        ],
    )
    def test_a_plan_that_names_what_does_not_exist_is_refused(self, changes, reason):
        planning(s.PLAN.model_copy(update=changes)).rejected(reason)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"policy_id": "unheard-of"}, UnknownPolicy),
            ({"gate": Gate(conditions=(Condition(indicator="happiness", at_least=1),))}, UnknownIndicator),
            ({"duties": (s.DAILY.model_copy(update={"owed_by": ("nobody",)}),)}, UnknownUnit),
            ({"duties": (s.duty("odd", DutyKind.PATROL, "FREQ=NOW"),)}, UnusableDutyRule),
            ({"duties": (s.duty("odd", DutyKind.PATROL, "FREQ=YEARLY;BYMONTH=3"),)}, UnusableDutyRule),
            ({"duties": (s.duty("odd", DutyKind.PATROL, "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),)}, UnusableDutyRule),
        ],
        ids=["policy", "indicator", "duty's unit", "unreadable rule", "rule of other months", "rule that never recurs"],
    )
    def test_a_phase_that_names_what_does_not_exist_is_refused(self, changes, reason):
        planning(s.with_phases(s.SPRINT.model_copy(update=changes))).rejected(reason)

    def test_a_campaign_is_planned_once(self):
        s.planned(at=BEFORE).when(s.plan).rejected(CampaignAlreadyPlanned)

    @pytest.mark.parametrize("deed", [deed for deed in s.DEEDS if deed is not s.plan], ids=lambda d: d.command.__name__)
    def test_nothing_can_be_done_with_what_was_never_planned(self, deed):
        s.Campaigning(BEFORE).when(deed).rejected(NoSuchCampaign)


class TestChangingThePlan:
    def test_it_changes_until_the_start(self):
        shorter = s.with_phases(s.SPRINT)
        campaign = s.planned(at=BEFORE).when(s.change_plan.with_(plan=shorter)).then(CampaignPlanChanged)
        assert campaign.state.plan == shorter

    def test_its_identity_stays(self):
        other = s.PLAN.model_copy(update={"campaign_id": "another"})
        s.planned(at=BEFORE).when(s.change_plan.with_(plan=other)).rejected(CampaignIdCannotChange)

    def test_the_changed_plan_names_only_what_exists(self):
        other = s.PLAN.model_copy(update={"office": "nobody"})
        s.planned(at=BEFORE).when(s.change_plan.with_(plan=other)).rejected(UnknownUnit)

    def test_a_started_campaign_keeps_its_plan(self):
        s.started(at=BEFORE).when(s.change_plan).rejected(CampaignAlreadyStarted)


class TestStarting:
    def test_days_become_instants_of_the_calendars_time_zone(self):
        windows = {window.phase_id: window for window in s.started(at=BEFORE).last(CampaignStarted).windows}
        assert windows["mobilisation"].opens_at == shanghai(2026, 8, 3)
        assert windows["mobilisation"].assess_at == shanghai(2026, 8, 13)
        assert windows["mobilisation"].closes_at == shanghai(2026, 8, 15)
        assert windows["rectification"].assess_at == shanghai(2026, 10, 31)
        assert windows["maintenance"].closes_at is None

    @pytest.mark.parametrize(("days_before", "day"), [(0, 15), (1, 14), (90, 3)])
    def test_a_gate_is_assessed_so_many_days_before_the_end_but_not_before_the_phase(self, days_before, day):
        gate = s.LETTERS.model_copy(update={"assess_days_before": days_before})
        campaign = s.started(s.with_phases(s.MOBILISATION.model_copy(update={"gate": gate})), at=BEFORE)
        assert campaign.phase("mobilisation").assess_at == shanghai(2026, 8, day)

    def test_it_starts_once(self):
        s.started(at=BEFORE).when(s.start).rejected(CampaignAlreadyStarted)

    def test_phases_that_are_over_are_passed_over_and_the_start_says_so(self):
        campaign = s.started(at=shanghai(2026, 11, 5, 9))
        assert campaign.last(CampaignStarted).passed_over == ("mobilisation", "rectification")
        assert campaign.phase("rectification").status == "passed_over"
        assert campaign.due is not None
        assert campaign.due.phase_id == "sprint"

    def test_a_campaign_that_is_over_already_does_not_start(self):
        s.planned(s.with_phases(s.SPRINT), at=BEFORE).when(s.start.at(shanghai(2027, 1, 1))).rejected(CampaignInThePast)

    def test_the_newest_calendar_counts(self):
        assert s.started(at=BEFORE).last(CampaignStarted).calendar_version == "cn@1"

    def test_a_start_without_a_calendar_is_refused(self):
        campaign = s.planned(at=BEFORE).under(replace(RULES, calendars={}))
        assert isinstance(campaign.when(s.start).outcome, Rejection)
