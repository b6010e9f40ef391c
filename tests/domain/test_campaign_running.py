"""A running campaign by itself: phases open and close on their days, duties recur, gates are assessed and referred."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.campaign.events import (
    DutyCalled,
    DutyObligationsOpened,
    GateAssessed,
    GateOverridden,
    GateReferred,
    PhaseClosed,
    PhaseExtended,
    PhaseOpened,
    RecomputationStarted,
)
from domain.campaign.plan import DutyKind, PhaseKind
from domain.campaign.rejections import IndicatorMissing, UnknownDutyOccurrence, UnknownPhase
from domain.rulebook.documents import CalendarDocument
from tests.domain import campaign_samples as s
from tests.domain.calendars import CHINA, CHINA_2027, SHANGHAI, shanghai
from tests.domain.item_samples import RULES, RULES_WITH_2027

BEFORE = shanghai(2026, 7, 20, 9)
YEARS_AHEAD = replace(
    RULES,
    calendars={
        "cn@1": CalendarDocument(
            calendar_id="cn",
            version=1,
            calendar=CHINA.model_copy(update={"announced_until": date(2029, 12, 31)}),
        )
    },
)


def days(campaign, kind):
    return {event.phase_id: event.occurred_at.astimezone(SHANGHAI).date() for event in campaign.all(kind)}


class TestPhases:
    def test_each_opens_as_its_first_day_begins_and_closes_as_its_last_day_ends(self):
        campaign = s.started(at=BEFORE).until(shanghai(2027, 3, 1), s.ALL_SIGNED)
        assert days(campaign, PhaseOpened) == {
            "mobilisation": date(2026, 8, 3),
            "rectification": date(2026, 8, 13),
            "sprint": date(2026, 11, 1),
            "maintenance": date(2027, 1, 1),
        }
        assert days(campaign, PhaseClosed) == {
            "mobilisation": date(2026, 8, 15),
            "rectification": date(2026, 11, 1),
            "sprint": date(2027, 1, 1),
        }

    def test_one_closes_before_the_next_opens_at_the_same_instant(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 11, 1), s.ALL_SIGNED)
        assert [event.type for event in campaign.history[-3:]] == [
            "campaign.phase_closed.v1",
            "campaign.phase_opened.v1",
            "campaign.recomputation_started.v1",
        ]

    def test_the_recomputation_of_open_items_is_waited_for_whoever_opened_the_phase(self):
        before = s.started(at=BEFORE).until(shanghai(2026, 10, 31, 20), s.ALL_SIGNED)
        by_itself = before.when(s.follow_up.at(shanghai(2026, 11, 1)))
        by_somebody = before.when(s.pause.at(shanghai(2026, 11, 2)), s.resume.at(shanghai(2026, 11, 3)))
        for opened in (by_itself, by_somebody):
            assert opened.due is not None
            assert (opened.due.what, opened.due.phase_id) == ("recompute_items", "sprint")
            recorded = opened.when(s.recomputing.with_(phase_id="sprint")).then(RecomputationStarted)
            assert recorded.due is None or recorded.due.what != "recompute_items"
            recorded.when(s.recomputing.with_(phase_id="sprint")).then()

    def test_a_phase_that_leaves_open_items_alone_recomputes_nothing(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 10, 31), s.ALL_SIGNED)
        assert campaign.all(PhaseOpened)
        assert campaign.all(RecomputationStarted) == []

    def test_opening_says_which_policy_is_in_force_and_what_becomes_of_open_items(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 11, 1), s.ALL_SIGNED)
        assert (campaign.last(PhaseOpened).policy_id, campaign.last(PhaseOpened).open_items) == ("city", "recompute")

    def test_maintenance_goes_on_without_end(self):
        campaign = s.started(at=BEFORE, rules=YEARS_AHEAD).until(shanghai(2028, 1, 1), s.ALL_SIGNED)
        assert campaign.phase("maintenance").status == "open"
        assert campaign.due is not None

    def test_following_up_too_early_or_twice_adds_nothing(self):
        campaign = s.started(at=BEFORE).when(s.follow_up).then()
        campaign.when(s.follow_up.at(shanghai(2026, 8, 3))).then(PhaseOpened).when(s.follow_up).then()

    def test_a_campaign_that_is_over_is_followed_up_in_vain_but_without_complaint(self):
        ended = s.started(at=BEFORE).when(s.end)
        ended.when(s.follow_up).then()
        ended.when(s.assess.with_(phase_id="mobilisation", as_of=BEFORE, values={})).then()
        ended.when(s.record.with_(duty_id="daily-report", occurrence=BEFORE)).then()


class TestDuties:
    def test_each_is_called_exactly_once_per_occurrence_at_its_instant(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 11, 1), s.ALL_SIGNED)
        calls = campaign.all(DutyCalled)
        assert max(Counter((call.duty_id, call.occurrence) for call in calls).values()) == 1
        assert all(call.occurred_at == call.occurrence for call in calls)
        daily = [call.occurrence for call in calls if call.duty_id == "daily-report"]
        assert daily == [shanghai(2026, 8, 13, 18) + timedelta(days=day) for day in range(80)]
        assert campaign.phase("rectification").duties == ()
        assert len(campaign.all(DutyObligationsOpened)) == len(calls)

    def test_a_bulletin_on_a_holiday_waits_for_the_next_working_day(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 10, 20), s.ALL_SIGNED)
        bulletins = [call.occurrence for call in campaign.all(DutyCalled) if call.duty_id == "bulletin"]
        assert shanghai(2026, 9, 28, 9) in bulletins
        assert shanghai(2026, 10, 5, 9) not in bulletins  # the National Day week
        assert shanghai(2026, 10, 8, 9) in bulletins

    def test_an_outage_delays_the_call_but_loses_no_occurrence(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 8, 16), s.ALL_SIGNED)
        late = campaign.when(s.follow_up.at(shanghai(2026, 8, 18, 20)))
        assert [call.occurrence for call in late.led_to] == [
            shanghai(2026, 8, 16, 18),
            shanghai(2026, 8, 17, 9),
            shanghai(2026, 8, 17, 18),
            shanghai(2026, 8, 18, 18),
        ]

    def test_the_obligations_of_an_occurrence_are_waited_for(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 8, 13, 17), s.ALL_SIGNED)
        called = campaign.when(s.follow_up.at(shanghai(2026, 8, 13, 18))).then(DutyCalled)
        assert called.due is not None
        assert (called.due.what, called.due.occurrence) == ("open_duty", shanghai(2026, 8, 13, 18))
        recording = s.record.with_(duty_id="daily-report", occurrence=shanghai(2026, 8, 13, 18))
        recorded = called.when(recording).then(DutyObligationsOpened)
        assert recorded.due is not None
        assert recorded.due.what == "assess_gate" or recorded.due.at > shanghai(2026, 8, 13, 18)
        recorded.when(recording).then()

    def test_obligations_nobody_called_for_are_refused(self):
        odd = s.record.with_(duty_id="odd", occurrence=BEFORE)
        s.planned(at=BEFORE).when(odd).rejected(UnknownDutyOccurrence)
        s.started(at=BEFORE).when(odd).rejected(UnknownDutyOccurrence)

    def test_a_calendar_published_meanwhile_counts_from_the_next_occurrence_on(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 12, 31), s.ALL_SIGNED)
        opened = campaign.under(RULES_WITH_2027).until(shanghai(2027, 1, 2)).last(PhaseOpened)
        assert opened.calendar_version == CHINA_2027.version
        # Under the old calendar the first of January was an ordinary Friday.
        assert opened.duties[0].at == shanghai(2027, 2, 1, 8)
        assert campaign.until(shanghai(2027, 1, 2)).last(PhaseOpened).duties[0].at == shanghai(2027, 1, 1, 8)


class TestGates:
    def test_a_gate_that_holds_lets_the_phase_close_on_its_day(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 8, 15), s.ALL_SIGNED)
        assert campaign.last(GateAssessed).passed
        assert campaign.phase("mobilisation").status == "closed"

    @pytest.mark.parametrize(
        ("values", "passed"),
        [
            ({"on_time_closure": Decimal("0.95"), "open_items_above_supervision": Decimal(0)}, True),
            ({"on_time_closure": None, "open_items_above_supervision": None}, True),
            ({"on_time_closure": Decimal("0.9499"), "open_items_above_supervision": Decimal(0)}, False),
            ({"on_time_closure": Decimal(1), "open_items_above_supervision": Decimal(1)}, False),
        ],
        ids=["at the bound", "no cases", "below", "above"],
    )
    def test_every_condition_must_hold_and_no_cases_do_no_harm(self, values, passed):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 10, 31), {**s.ALL_SIGNED, **values})
        assert campaign.last(GateAssessed).passed is passed
        assert [result.value for result in campaign.last(GateAssessed).results] == list(values.values())

    def test_a_gate_that_failed_is_referred_on_the_last_day_and_the_phase_stays_open(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 9, 1), {"letters_signed": Decimal("0.5")})
        assert campaign.last(GateReferred).occurred_at == shanghai(2026, 8, 15)
        assert campaign.phase("mobilisation").status == "open"
        assert campaign.phase("rectification").status == "open"

    def test_a_referred_phase_closes_once_the_gate_is_overridden(self):
        referred = s.started(at=BEFORE).until(shanghai(2026, 9, 1), {"letters_signed": Decimal(0)})
        closed = referred.when(s.override).then(GateOverridden).when(s.follow_up).then(PhaseClosed)
        assert closed.phase("mobilisation").status == "closed"

    def test_a_referred_phase_may_be_extended_and_is_assessed_anew(self):
        referred = s.started(at=BEFORE).until(shanghai(2026, 9, 1), {"letters_signed": Decimal(0)})
        extended = referred.when(s.extend.with_(phase_id="mobilisation", last_day=date(2026, 9, 10)))
        closed = extended.then(PhaseExtended).until(shanghai(2026, 9, 11), s.ALL_SIGNED)
        assert [event.passed for event in closed.all(GateAssessed)] == [False, True]
        assert closed.all(GateAssessed)[-1].occurred_at == shanghai(2026, 9, 9)
        assert closed.phase("mobilisation").status == "closed"

    def test_an_assessment_without_one_of_the_indicators_is_refused(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 8, 12, 23))
        asked = s.assess.with_(phase_id="mobilisation", as_of=shanghai(2026, 8, 13), values={"closure": Decimal(1)})
        campaign.when(asked.at(shanghai(2026, 8, 13))).rejected(IndicatorMissing)
        campaign.when(asked.with_(phase_id="odd")).rejected(UnknownPhase)

    def test_an_assessment_that_comes_too_early_or_again_changes_nothing(self):
        signed = s.assess.with_(phase_id="mobilisation", as_of=shanghai(2026, 8, 10), values=s.ALL_SIGNED)
        early = s.started(at=BEFORE).until(shanghai(2026, 8, 10)).when(signed).then()
        early.until(shanghai(2026, 8, 14), s.ALL_SIGNED).when(signed).then()

    def test_a_gate_without_an_answer_holds_up_its_phase(self):
        campaign = s.started(at=BEFORE).until(shanghai(2026, 8, 12, 23))
        assert campaign.when(s.follow_up.at(shanghai(2026, 8, 20))).led_to == ()


class TestStartingLate:
    def test_a_phase_under_way_opens_at_once_and_counts_what_it_passed_over(self):
        late = s.started(at=shanghai(2026, 8, 20, 10))
        opened = late.when(s.follow_up).last(PhaseOpened)
        assert opened.phase_id == "rectification"
        assert {found.duty_id: (found.at, found.passed_over) for found in opened.duties} == {
            "daily-report": (shanghai(2026, 8, 20, 18), 7),
            "bulletin": (shanghai(2026, 8, 24, 9), 1),
        }

    def test_an_occurrence_at_the_very_start_is_called(self):
        opened = s.started(at=shanghai(2026, 8, 20, 18)).when(s.follow_up)
        assert opened.led_to[-1].type == "campaign.duty_called.v1"
        assert opened.last(PhaseOpened).duties[0].passed_over == 7

    def test_a_gate_whose_day_has_gone_by_is_assessed_at_once(self):
        late = s.started(at=shanghai(2026, 8, 14, 10)).when(s.follow_up)
        assert late.due is not None
        assert late.due.what == "assess_gate"


def test_three_years_are_played_through_by_following_what_falls_due():
    years = [
        s.phase("assault-publicity", PhaseKind.MOBILISATION, date(2026, 1, 5), date(2026, 4, 20), gate=s.LETTERS),
        s.phase(
            "assault",
            PhaseKind.RECTIFICATION,
            date(2026, 4, 21),
            date(2026, 9, 30),
            gate=s.CLOSURE,
            duties=(s.DAILY, s.WEEKLY),
        ),
        s.phase("assault-sprint", PhaseKind.SPRINT, date(2026, 10, 1), date(2026, 12, 31)),
        s.phase(
            "improvement",
            PhaseKind.RECTIFICATION,
            date(2027, 1, 1),
            date(2027, 12, 31),
            duties=(s.duty("weekly-report", DutyKind.DAILY_REPORT, "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=9"),),
        ),
        s.phase("qualification", PhaseKind.SPRINT, date(2028, 1, 1), date(2028, 9, 30)),
        s.phase("upkeep", PhaseKind.MAINTENANCE, date(2028, 10, 1), None, duties=(s.PATROL,)),
    ]
    begun = s.started(s.with_phases(*years), at=shanghai(2025, 12, 20, 9), rules=YEARS_AHEAD)
    campaign = begun.until(shanghai(2029, 1, 1), s.ALL_SIGNED)
    opened, closed = days(campaign, PhaseOpened), days(campaign, PhaseClosed)
    assert opened == {year.phase_id: year.first_day for year in years}
    assert closed == {year.phase_id: year.last_day + timedelta(days=1) for year in years if year.last_day}
    calls = Counter((call.duty_id, call.occurrence) for call in campaign.all(DutyCalled))
    assert set(calls.values()) == {1}
    assert Counter(duty_id for duty_id, _ in calls) == {
        "daily-report": 163,
        "bulletin": 23,
        "weekly-report": 104,
        "patrol": 2,  # the first of October is a holiday's and unannounced; November and December
    }
