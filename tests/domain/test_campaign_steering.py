"""How people steer a campaign: pause and resume, extension, early close, override, end; and who may."""

from datetime import date
from decimal import Decimal

import pytest

from domain.campaign import commands as c
from domain.campaign.events import (
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    DutyCalled,
    DutyObligationsOpened,
    GateAssessed,
    GateOverridden,
    PhaseClosed,
    PhaseExtended,
    PhaseOpened,
)
from domain.campaign.rejections import (
    CampaignIsOver,
    CampaignNotPaused,
    CampaignNotRunning,
    LastDayNotLater,
    NoGateToOverride,
    OverlapsNextPhase,
    PhaseHasNoLastDay,
    PhaseNotOpen,
    UnknownPhase,
)
from domain.errors import Forbidden
from tests.domain import campaign_samples as s
from tests.domain.calendars import shanghai
from tests.domain.item_samples import ADMINISTRATOR, EVERYBODY, LEADER, OFFICE, SERVICE

BEFORE = shanghai(2026, 7, 20, 9)
GOOD = {**s.ALL_SIGNED, "on_time_closure": Decimal(1), "open_items_above_supervision": Decimal(0)}
running = s.started(at=BEFORE)
rectifying = running.until(shanghai(2026, 9, 1, 9), GOOD)


def paused_for_ten_days(at=rectifying):
    paused = at.when(s.pause.at(shanghai(2026, 9, 1, 10)))
    return paused.when(s.resume.at(shanghai(2026, 9, 11, 8)))


class TestPausing:
    def test_nothing_falls_due_while_paused(self):
        paused = rectifying.when(s.pause).then(CampaignPaused)
        assert paused.due is None
        paused.when(s.follow_up.at(shanghai(2027, 1, 1))).then()

    def test_what_lay_ahead_moves_by_the_days_of_the_pause(self):
        resumed = paused_for_ten_days().then(CampaignResumed)
        assert resumed.last(CampaignResumed).shifted_days == 10
        rectification = resumed.phase("rectification")
        assert rectification.opens_at == shanghai(2026, 8, 13)
        assert rectification.assess_at == shanghai(2026, 11, 10)
        assert rectification.closes_at == shanghai(2026, 11, 11)
        assert resumed.phase("sprint").opens_at == shanghai(2026, 11, 11)
        assert resumed.phase("maintenance").opens_at == shanghai(2027, 1, 11)

    def test_what_was_over_before_the_pause_stays(self):
        resumed = paused_for_ten_days()
        assert resumed.phase("mobilisation").closes_at == shanghai(2026, 8, 15)

    def test_occurrences_within_the_pause_are_not_called_and_those_after_it_are(self):
        campaign = paused_for_ten_days().until(shanghai(2026, 9, 15), GOOD)
        called = [call.occurrence for call in campaign.all(DutyCalled) if call.duty_id == "daily-report"]
        assert [day for day in called if day >= shanghai(2026, 8, 31)] == [
            shanghai(2026, 8, 31, 18),
            *(shanghai(2026, 9, day, 18) for day in (11, 12, 13, 14)),
        ]

    def test_a_duty_recurs_until_the_moved_last_day(self):
        campaign = paused_for_ten_days().until(shanghai(2026, 11, 20), GOOD)
        assert max(c.occurrence for c in campaign.all(DutyCalled)) == shanghai(2026, 11, 10, 18)

    def test_a_pause_within_a_day_moves_nothing(self):
        paused = rectifying.when(s.pause.at(shanghai(2026, 9, 1, 10)))
        resumed = paused.when(s.resume.at(shanghai(2026, 9, 1, 17)))
        assert resumed.last(CampaignResumed).shifted_days == 0
        assert resumed.phase("rectification").closes_at == shanghai(2026, 11, 1)
        assert resumed.due is not None
        assert resumed.due.at == shanghai(2026, 9, 1, 18)

    def test_a_duty_that_was_due_before_the_pause_is_called_even_if_the_workflow_was_down(self):
        paused = rectifying.when(s.pause.at(shanghai(2026, 9, 2, 10))).then(DutyCalled, CampaignPaused)
        assert paused.last(DutyCalled).occurrence == shanghai(2026, 9, 1, 18)

    def test_a_gate_that_waits_for_its_values_holds_up_no_duty_before_a_pause(self):
        stuck = running.until(shanghai(2026, 8, 12, 23)).when(s.pause.at(shanghai(2026, 8, 14, 10)))
        stuck.then(PhaseOpened, DutyCalled, CampaignPaused)
        again = stuck.when(s.resume.at(shanghai(2026, 8, 16, 10)))
        assert again.due is not None
        assert again.due.what == "assess_gate"

    def test_an_occurrence_at_the_instant_of_resuming_is_called_once(self):
        at_six = rectifying.until(shanghai(2026, 9, 1, 18), GOOD)
        resumed = at_six.when(s.pause.at(shanghai(2026, 9, 1, 18))).when(s.resume.at(shanghai(2026, 9, 1, 18)))
        assert resumed.due is not None
        assert resumed.due.at == shanghai(2026, 9, 2, 18)
        unlooked = rectifying.when(s.pause.at(shanghai(2026, 9, 1, 18))).when(s.resume.at(shanghai(2026, 9, 1, 18)))
        assert unlooked.due is not None
        assert unlooked.due.at == shanghai(2026, 9, 1, 18)

    def test_obligations_called_before_the_pause_are_recorded_within_it(self):
        called = rectifying.when(s.follow_up.at(shanghai(2026, 9, 1, 18))).when(s.pause)
        recorded = called.when(s.record.with_(duty_id="daily-report", occurrence=shanghai(2026, 9, 1, 18)))
        assert recorded.then(DutyObligationsOpened).state.running.to_open == ()

    def test_a_late_assessment_within_the_pause_is_dropped(self):
        waiting = running.until(shanghai(2026, 8, 12, 23)).when(s.follow_up.at(shanghai(2026, 8, 13)))
        asked = s.assess.with_(phase_id="mobilisation", as_of=shanghai(2026, 8, 13), values=s.ALL_SIGNED)
        waiting.when(s.pause, asked).then()

    def test_only_a_running_campaign_is_paused_and_only_a_paused_one_resumed(self):
        s.planned(at=BEFORE).when(s.pause).rejected(CampaignNotRunning)
        rectifying.when(s.pause, s.pause).rejected(CampaignNotRunning)
        rectifying.when(s.resume).rejected(CampaignNotPaused)


class TestExtending:
    def test_the_phase_lasts_longer_and_its_duties_go_on(self):
        extended = rectifying.when(s.extend).then(PhaseExtended)
        assert extended.last(PhaseExtended).closes_before == shanghai(2026, 11, 1)
        assert extended.phase("rectification").closes_at == shanghai(2026, 11, 4)
        campaign = extended.until(shanghai(2026, 11, 20), GOOD)
        assert campaign.last(PhaseClosed).occurred_at == shanghai(2026, 11, 4)
        assert campaign.last(DutyCalled).occurrence == shanghai(2026, 11, 3, 18)

    def test_a_duty_whose_last_occurrence_was_called_recurs_again(self):
        evening = running.until(shanghai(2026, 10, 31, 18), {**GOOD, "on_time_closure": Decimal(0)})
        assert evening.phase("rectification").duties[0].next_at is None
        extended = evening.when(s.extend.at(shanghai(2026, 10, 31, 18)))
        assert extended.phase("rectification").duties[0].next_at == shanghai(2026, 11, 1, 18)

    def test_an_occurrence_that_is_due_as_the_phase_is_extended_is_not_lost(self):
        extended = rectifying.when(s.extend.at(shanghai(2026, 9, 1, 18)))
        assert extended.phase("rectification").duties[0].next_at == shanghai(2026, 9, 1, 18)

    def test_later_phases_keep_their_days_within_the_allowed_overlap(self):
        assert rectifying.when(s.extend).phase("sprint").opens_at == shanghai(2026, 11, 1)

    def test_more_overlap_than_the_plan_allows_is_refused(self):
        rectifying.when(s.extend.with_(last_day=date(2026, 11, 4))).rejected(OverlapsNextPhase)

    def test_later_phases_move_along_where_asked(self):
        moved = rectifying.when(s.extend.with_(last_day=date(2026, 11, 30), following="move")).then(PhaseExtended)
        assert moved.phase("sprint").opens_at == shanghai(2026, 12, 1)
        assert moved.phase("sprint").closes_at == shanghai(2027, 1, 31)
        assert moved.phase("maintenance").opens_at == shanghai(2027, 1, 31)
        assert moved.phase("mobilisation").closes_at == shanghai(2026, 8, 15)

    def test_a_phase_that_waits_may_be_extended(self):
        extended = running.when(s.extend).then(PhaseExtended)
        assert extended.phase("rectification").closes_at == shanghai(2026, 11, 4)

    def test_an_overridden_gate_is_not_assessed_again(self):
        deciding = running.until(shanghai(2026, 8, 14), {"letters_signed": Decimal(0)}).when(s.override)
        longer = deciding.when(s.extend.with_(phase_id="mobilisation", last_day=date(2026, 8, 15)))
        assert longer.phase("mobilisation").gate == "overridden"
        assert len(longer.until(shanghai(2026, 8, 20)).all(GateAssessed)) == 1

    @pytest.mark.parametrize("last_day", [date(2026, 10, 31), date(2026, 8, 31)])
    def test_an_earlier_or_the_same_day_is_no_extension(self, last_day):
        rectifying.when(s.extend.with_(last_day=last_day)).rejected(LastDayNotLater)

    def test_a_day_that_is_over_is_no_extension(self):
        referred = running.until(shanghai(2026, 9, 1), {"letters_signed": Decimal(0)})
        referred.when(s.extend.with_(phase_id="mobilisation", last_day=date(2026, 8, 20))).rejected(LastDayNotLater)

    def test_what_is_closed_unknown_or_endless_is_not_extended(self):
        rectifying.when(s.extend.with_(phase_id="mobilisation")).rejected(PhaseNotOpen)
        rectifying.when(s.extend.with_(phase_id="odd")).rejected(UnknownPhase)
        rectifying.when(s.extend.with_(phase_id="maintenance")).rejected(PhaseHasNoLastDay)
        s.planned(at=BEFORE).when(s.extend).rejected(CampaignNotRunning)


class TestClosingEarlyAndOverriding:
    def test_an_open_phase_closes_early_and_the_next_keeps_its_day(self):
        closed = rectifying.when(s.close_early).then(PhaseClosed)
        assert closed.last(PhaseClosed).early
        assert closed.due is not None
        assert (closed.due.what, closed.due.at) == ("open_phase", shanghai(2026, 11, 1))

    def test_what_is_not_open_is_not_closed(self):
        rectifying.when(s.close_early, s.close_early).rejected(PhaseNotOpen)
        rectifying.when(s.close_early.with_(phase_id="sprint")).rejected(PhaseNotOpen)
        rectifying.when(s.close_early.with_(phase_id="odd")).rejected(UnknownPhase)
        s.planned(at=BEFORE).when(s.close_early).rejected(CampaignNotRunning)

    def test_a_phase_that_fell_due_to_close_cannot_be_closed_early_any_more(self):
        sprinting = running.until(shanghai(2026, 12, 31), GOOD)
        sprinting.when(s.close_early.with_(phase_id="sprint").at(shanghai(2027, 1, 5))).rejected(PhaseNotOpen)

    def test_a_gate_is_overridden_before_it_is_assessed(self):
        early = running.until(shanghai(2026, 8, 5)).when(s.override).then(GateOverridden)
        closed = early.until(shanghai(2026, 8, 15))
        assert closed.phase("mobilisation").status == "closed"
        assert closed.all(GateAssessed) == []

    def test_what_has_no_gate_or_has_passed_it_is_not_overridden(self):
        passed = running.until(shanghai(2026, 8, 14), GOOD)
        passed.when(s.override).rejected(NoGateToOverride)
        running.until(shanghai(2026, 8, 5)).when(s.override, s.override).rejected(NoGateToOverride)
        rectifying.when(s.override).rejected(PhaseNotOpen)
        sprinting = running.until(shanghai(2026, 11, 5), GOOD)
        sprinting.when(s.override.with_(phase_id="sprint")).rejected(NoGateToOverride)


class TestEnding:
    @pytest.mark.parametrize("before", [s.planned(at=BEFORE), running, rectifying, rectifying.when(s.pause)])
    def test_it_ends_wherever_it_stands_and_nothing_is_owed_afterwards(self, before):
        ended = before.when(s.end.at(shanghai(2026, 9, 20))).then(CampaignEnded)
        assert ended.due is None

    @pytest.mark.parametrize(
        "deed", [deed for deed in s.DEEDS if deed not in (s.plan, s.follow_up)], ids=lambda d: d.command.__name__
    )
    def test_an_ended_campaign_does_not_change(self, deed):
        rectifying.when(s.end).when(deed).rejected(CampaignIsOver)


class TestPermissions:
    @pytest.mark.parametrize("deed", s.DEEDS, ids=lambda deed: deed.command.__name__)
    @pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
    def test_only_the_roles_in_charge_may(self, deed, actor):
        leading = (c.ExtendPhase, c.ClosePhaseEarly, c.OverrideGate)
        if deed.command is c.FollowUpCampaign:
            allowed = {SERVICE.role}
        else:
            allowed = {OFFICE.role, ADMINISTRATOR.role} | ({LEADER.role} if deed.command in leading else set())
        outcome = s.Campaigning(BEFORE).when(deed.by(actor)).outcome
        assert isinstance(outcome, Forbidden) is (actor.role not in allowed)

    @pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
    def test_only_the_service_reports_facts(self, actor):
        for deed in (
            s.assess.with_(phase_id="mobilisation", as_of=BEFORE, values={}),
            s.record.with_(duty_id="daily-report", occurrence=BEFORE),
        ):
            outcome = s.Campaigning(BEFORE).when(deed.by(actor)).outcome
            assert isinstance(outcome, Forbidden) is (actor.role is not SERVICE.role)


def test_a_clock_that_lags_behind_does_not_turn_time_back():
    late = rectifying.when(s.pause.at(shanghai(2026, 8, 1)))
    assert late.last(CampaignPaused).occurred_at == rectifying.state.updated_at
