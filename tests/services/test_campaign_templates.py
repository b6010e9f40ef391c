"""Campaign templates: the four real schedules are shipped and can be played; a wrong line is named."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.campaign.events import CampaignPlanned, CampaignStarted, DutyCalled, PhaseClosed, PhaseOpened
from domain.campaign.plan import CampaignPlan, PhaseKind
from domain.rulebook.documents import CalendarDocument
from domain.text import Text
from services.campaigns.template import Days, Template, instantiate, read_template, shipped_templates
from services.marked_yaml import UnusableDocumentError
from tests.domain import campaign_samples as s
from tests.domain.calendars import CHINA, SHANGHAI, shanghai
from tests.domain.item_samples import POLICY, RULES

TEMPLATES = shipped_templates()
SPRINT_POLICY = POLICY.model_copy(update={"policy_id": "city-sprint"})
RULES_FOR_YEARS = replace(
    RULES,
    policies={**RULES.policies, SPRINT_POLICY.ref: SPRINT_POLICY},
    calendars={
        "cn@1": CalendarDocument(
            calendar_id="cn",
            version=1,
            calendar=CHINA.model_copy(update={"announced_until": date(2029, 12, 31)}),
        )
    },
)


def planned(template: Template, **changes: object) -> CampaignPlan:
    arguments = {
        "campaign_id": "trial",
        "year": 2026,
        "units": ("sanitation", "east-street"),
        "leading_group": "city-management",
        "office": "inspection",
        "working_groups": ("inspection", "market-squad"),
        "areas": ("east",),
        "calendar_id": "cn",
        **changes,
    }
    return instantiate(template, **arguments)


def shipped(name: str) -> Template:
    return read_template(TEMPLATES[name])


def windows(plan: CampaignPlan) -> list[tuple[PhaseKind, date, date | None]]:
    return [(phase.kind, phase.first_day, phase.last_day) for phase in plan.phases]


class TestShipped:
    def test_the_four_real_schedules_are_shipped(self):
        assert set(TEMPLATES) == {"town", "county-communities", "community", "district-three-years"}
        for name in TEMPLATES:
            assert shipped(name).file.template == name

    def test_a_town_prepares_in_may_corrects_until_august_and_sums_up_until_december(self):
        assert windows(planned(shipped("town"))) == [
            (PhaseKind.MOBILISATION, date(2026, 5, 1), date(2026, 5, 25)),
            (PhaseKind.RECTIFICATION, date(2026, 5, 20), date(2026, 8, 31)),
            (PhaseKind.SPRINT, date(2026, 9, 1), date(2026, 12, 31)),
        ]

    def test_a_county_makes_five_models_then_fifty_then_four_in_five(self):
        plan = planned(shipped("county-communities"))
        targets = [target for phase in plan.phases for target in phase.targets]
        assert [(target.by, target.count, target.share) for target in targets] == [
            (date(2026, 8, 31), 5, None),
            (date(2026, 10, 31), 50, None),
            (date(2027, 12, 31), None, Decimal("0.8")),
        ]
        assert windows(plan)[-1] == (PhaseKind.MAINTENANCE, date(2027, 1, 1), date(2027, 12, 31))

    def test_a_community_begins_on_the_tenth_of_august_and_goes_on_without_end(self):
        assert windows(planned(shipped("community"))) == [
            (PhaseKind.MOBILISATION, date(2026, 8, 10), date(2026, 8, 10)),
            (PhaseKind.RECTIFICATION, date(2026, 8, 11), date(2026, 9, 30)),
            (PhaseKind.MAINTENANCE, date(2026, 10, 1), None),
        ]

    def test_a_district_has_three_years_and_upkeep_after_them(self):
        assert windows(planned(shipped("district-three-years"))) == [
            (PhaseKind.MOBILISATION, date(2026, 1, 5), date(2026, 4, 20)),
            (PhaseKind.RECTIFICATION, date(2026, 4, 21), date(2026, 9, 30)),
            (PhaseKind.SPRINT, date(2026, 10, 1), date(2026, 12, 31)),
            (PhaseKind.RECTIFICATION, date(2027, 1, 1), date(2027, 12, 31)),
            (PhaseKind.SPRINT, date(2028, 1, 1), date(2028, 9, 30)),
            (PhaseKind.MAINTENANCE, date(2028, 10, 1), None),
        ]

    @pytest.mark.parametrize("name", sorted(TEMPLATES))
    @pytest.mark.parametrize("year", [2026, 2028])
    def test_each_is_planned_started_and_played_to_its_end(self, name, year):
        plan = planned(shipped(name), year=year)
        campaign = s.planned(plan, at=shanghai(year - 1, 12, 20, 9), rules=RULES_FOR_YEARS).when(s.start)
        assert campaign.last(CampaignPlanned).plan == plan
        assert campaign.last(CampaignStarted).passed_over == ()
        last = max(phase.last_day or phase.first_day for phase in plan.phases)
        end = shanghai(last.year, last.month, last.day) + timedelta(days=60)
        played = campaign.until(end)
        opened = {event.phase_id: event.occurred_at.astimezone(SHANGHAI).date() for event in played.all(PhaseOpened)}
        closed = {event.phase_id: event.occurred_at.astimezone(SHANGHAI).date() for event in played.all(PhaseClosed)}
        assert opened == {phase.phase_id: phase.first_day for phase in plan.phases}
        assert closed == {phase.phase_id: phase.last_day + timedelta(days=1) for phase in plan.phases if phase.last_day}
        calls = Counter((call.duty_id, call.occurrence) for call in played.all(DutyCalled))
        assert set(calls.values()) == {1}
        assert {duty for duty, _ in calls} == {duty.duty_id for phase in plan.phases for duty in phase.duties}

    @pytest.mark.parametrize("name", sorted(TEMPLATES))
    def test_everything_is_named_in_both_languages(self, name):
        file = shipped(name).file
        duties = [duty for phase in file.phases for duty in phase.duties]
        texts = [file.name, file.description, *(phase.name for phase in file.phases), *(duty.name for duty in duties)]
        texts += [text for duty in duties for text in duty.quantities]
        assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text.zh) for text in texts)
        assert not any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in text.en)


class TestInstantiating:
    def test_policies_are_given_by_the_names_the_template_has_for_them(self):
        plan = planned(shipped("town"), policies={"sprint": "city-sprint"})
        assert [phase.policy_id for phase in plan.phases] == ["city", "city", "city-sprint"]
        assert shipped("town").policies == {"routine", "sprint"}

    def test_working_groups_owe_what_is_theirs_and_the_office_where_there_are_none(self):
        def owed(plan: CampaignPlan) -> object:
            return next(duty.owed_by for duty in plan.phases[1].duties if duty.duty_id == "inspection")

        assert owed(planned(shipped("town"))) == ("inspection", "market-squad")
        assert owed(planned(shipped("town"), working_groups=())) == "office"

    def test_days_name_and_inspection_can_be_given(self):
        plan = planned(
            shipped("community"),
            days={"start": Days(date(2026, 8, 3), date(2026, 8, 5))},
            inspection_day=date(2026, 11, 11),
            name=Text(zh="东街社区", en="East Street"),
        )
        assert plan.phases[0].first_day == date(2026, 8, 3)
        assert (plan.inspection_day, plan.name.zh) == (date(2026, 11, 11), "东街社区")
        assert planned(shipped("town")).inspection_day == date(2026, 12, 15)

    def test_given_days_that_do_not_fit_are_refused_at_the_phase(self):
        template = shipped("community")
        days = {"start": Days(date(2026, 8, 3), date(2026, 8, 20))}
        assert problems(lambda: planned(template, days=days)) == [
            line_of(TEMPLATES["community"].read_text(encoding="utf-8"), "first_day: 08-11")
        ]

    def test_phases_and_policies_the_template_does_not_have_are_refused(self):
        days = {"odd": Days(date(2026, 8, 3), date(2026, 8, 5))}
        assert len(problems(lambda: planned(shipped("community"), days=days, policies={"odd": "city"}))) == 2

    @pytest.mark.parametrize("changes", [{"units": ()}, {"campaign_id": "NOT AN ID"}, {"year": 1850}])
    def test_other_arguments_are_held_to_the_plan(self, changes):
        with pytest.raises(ValidationError):
            planned(shipped("town"), **changes)


def line_of(text: str, part: str) -> int:
    assert part in text
    return text[: text.index(part)].count("\n") + 1


def problems(doing) -> list[int]:
    """The lines that are named as wrong."""
    with pytest.raises(UnusableDocumentError) as caught:
        doing()
    return [problem.line for problem in caught.value.problems]


SMALL = """\
template: small
name: 小 / Small
description: 一个小模板 / A small template
title: town
overlap_days: 2
phases:
  - phase_id: one
    kind: mobilisation
    name: 一 / One
    first_day: 05-01
    last_day: 05-31
    gate:
      conditions:
        - {indicator: closure, at_least: 90 %}
    targets:
      - {target_id: five, name: 五个 / Five, designation: model, area_kind: community, by: 05-31, count: 5}
    duties:
      - duty_id: report
        kind: daily_report
        name: 日报 / Daily report
        rrule: FREQ=DAILY;BYHOUR=18
        limit: 3 urgent hours
        owed_by: [sanitation]
  - phase_id: two
    kind: maintenance
    name: 二 / Two
    first_day: 06-01
"""

MISTAKES = [
    ("first_day: 06-01", "first_day: 05-29", "first_day: 05-29"),
    ("first_day: 06-01", "first_day: 04-30", "first_day: 04-30"),
    ("last_day: 05-31", "last_day: 04-01", "last_day: 04-01"),
    ("    last_day: 05-31\n", "", "  - phase_id: one"),
    ("kind: maintenance", "kind: sprint", "- phase_id: two"),
    ("        - {indicator: closure, at_least: 90 %}\n", "        []\n", "gate:"),
    ("indicator: closure", "indicator: happiness", "indicator: happiness"),
    ("at_least: 90 %", "at_least: 90 %, at_most: 3", "at_most: 3"),
    ("at_least: 90 %", "at_least: most", "at_least: most"),
    ("FREQ=DAILY;BYHOUR=18", "FREQ=HOURLY", "rrule: FREQ=HOURLY"),
    ("FREQ=DAILY;BYHOUR=18", "every day", "rrule: every day"),
    ("3 urgent hours", "3 fortnights", "limit: 3 fortnights"),
    ("phase_id: two", "phase_id: one", "- phase_id: one\n    kind: maintenance"),
    ("first_day: 05-01", "first_day: 02-29", "first_day: 02-29"),
    ("first_day: 05-01", "first_day: 13-01", "first_day: 13-01"),
    ("first_day: 05-01", "first_day: 1 May", "first_day: 1 May"),
    ("by: 05-31, count: 5", "by: 04-30, count: 5", "by: 04-30"),
    ("count: 5", "count: 5, share: 50 %", "share: 50 %"),
    ("area_kind: community", "area_kind: continent", "area_kind: continent"),
    ("一 / One", "One", "name: One"),
    ("kind: daily_report", "kind: daily_raport", "kind: daily_raport"),
    ("title: town", "title: empire", "title: empire"),
    ("overlap_days: 2", "overlap_days: 99", "overlap_days: 99"),
    ("overlap_days: 2", "overlap: 2", "overlap: 2"),
]


class TestMistakes:
    def test_the_small_template_is_right(self):
        plan = planned(read_template(SMALL))
        assert plan.phases[0].duties[0].owed_by == ("sanitation",)
        assert plan.phases[0].gate is not None
        assert plan.phases[0].gate.conditions[0].at_least == Decimal("0.9")

    @pytest.mark.parametrize(("right", "wrong", "part"), MISTAKES, ids=[wrong for _, wrong, _ in MISTAKES])
    def test_a_mistake_is_named_with_its_line(self, right, wrong, part):
        text = SMALL.replace(right, wrong, 1)
        assert problems(lambda: read_template(text)) == [line_of(text, part)]

    def test_two_duties_or_targets_of_the_same_name_are_refused(self):
        duty = SMALL[SMALL.index("    duties:") : SMALL.index("  - phase_id: two")]
        text = SMALL + duty
        assert problems(lambda: read_template(text)) == [text[: text.rindex("duty_id")].count("\n") + 1]
        target = SMALL[SMALL.index("    targets:") : SMALL.index("    duties:")].replace("05-31", "06-30")
        assert problems(lambda: read_template(SMALL + target)) == [SMALL.count("\n") + 2]

    def test_every_mistake_is_named_at_once(self):
        text = SMALL.replace("indicator: closure", "indicator: happiness").replace("FREQ=DAILY;BYHOUR=18", "daily")
        assert problems(lambda: read_template(text)) == [line_of(text, "happiness"), line_of(text, "rrule: daily")]

    def test_a_unit_that_does_not_exist_is_named_with_its_line(self):
        template = read_template(SMALL)
        assert planned(template, known_units={"sanitation", "office"})
        assert problems(lambda: planned(template, known_units={"office"})) == [line_of(SMALL, "owed_by")]

    def test_what_is_not_a_template_is_refused(self, tmp_path):
        for text in ("", "- 1", "a: [", "template: {}"):
            assert problems(lambda text=text: read_template(text))
        file = tmp_path / "bad.yaml"
        file.write_bytes(b"template: \xff")
        assert problems(lambda: read_template(file)) == [1]
