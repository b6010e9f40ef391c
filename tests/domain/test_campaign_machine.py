"""Whatever people do to a campaign, in whatever order: what holds of every campaign holds."""

import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.campaign.decisions import fold
from domain.campaign.events import DutyCalled, PhaseClosed, PhaseExtended, PhaseOpened
from domain.campaign.plan import DutyKind, PhaseKind
from domain.campaign.state import CAMPAIGNS, Ended, Paused, Running
from domain.errors import Rejection
from tests.domain import campaign_samples as s
from tests.domain.calendars import CHINA, shanghai
from tests.domain.item_samples import EVERYBODY, SERVICE, SQUAD_HANDLER, SWEEPER
from tests.domain.test_campaign_running import YEARS_AHEAD

WEEKENDS = "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=9"
BEGIN = shanghai(2026, 7, 1, 9)
PLAN = s.with_phases(
    s.phase("one", PhaseKind.MOBILISATION, date(2026, 7, 6), date(2026, 7, 20), gate=s.LETTERS),
    s.phase("two", PhaseKind.RECTIFICATION, date(2026, 7, 19), date(2026, 8, 31), gate=s.CLOSURE, duties=(s.DAILY,)),
    s.phase("three", PhaseKind.SPRINT, date(2026, 9, 1), date(2026, 10, 10), duties=(s.WEEKLY,)),
    s.phase(
        "four",
        PhaseKind.MAINTENANCE,
        date(2026, 10, 8),
        None,
        duties=(
            s.duty("patrol", DutyKind.PATROL, "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=9", on_rest_days="next_working_day"),
        ),
    ),
)
ORDER = ["one", "two", "three", "four"]
PHASES = st.sampled_from(ORDER)
PEOPLE = st.sampled_from([*EVERYBODY, SERVICE, SQUAD_HANDLER, SWEEPER])
STEERING = st.sampled_from(
    [
        deed.with_(phase_id=phase) if "phase_id" in deed.content else deed
        for deed in (s.change_plan, s.start, s.pause, s.resume, s.extend, s.close_early, s.override, s.follow_up)
        for phase in ORDER
    ]
)
STEER, WORK = {"office", "administrator", "leader"}, {"system"}
GOOD = {"letters_signed": Decimal(1), "on_time_closure": Decimal(1), "open_items_above_supervision": Decimal(0)}
BAD = {"letters_signed": Decimal(0), "on_time_closure": Decimal(0), "open_items_above_supervision": Decimal(9)}


class CampaignMachine(RuleBasedStateMachine):
    """People act at any time; the workflow follows up late, or at every instant, or not at all."""

    def __init__(self):
        super().__init__()
        self.campaign = s.started(PLAN, at=BEGIN, rules=YEARS_AHEAD)
        self.acted = []

    def try_(self, deed):
        """Do something that may be refused; a refusal changes nothing."""
        before = self.campaign
        after = before.when(deed)
        if isinstance(after.outcome, Rejection):
            assert after.campaign == before.campaign
            after = before
        else:
            self.acted.append((deed.command, deed.actor.role))
        self.campaign = after

    def later(self, hours):
        return self.campaign.now + timedelta(hours=hours)

    @rule(days=st.integers(0, 30), values=st.sampled_from([GOOD, BAD, {}]))
    def time_passes_and_the_workflow_is_at_work(self, days, values):
        self.campaign = self.campaign.until(self.later(24 * days), values)

    @rule(hours=st.integers(0, 24 * 10))
    def time_passes_and_the_workflow_looks_once(self, hours):
        self.try_(s.follow_up.at(self.later(hours)))

    @rule(hours=st.integers(0, 24 * 10))
    def somebody_pauses(self, hours):
        self.try_(s.pause.at(self.later(hours)))

    @precondition(lambda self: self.campaign.state.status == "paused")
    @rule(hours=st.integers(0, 24 * 10))
    def somebody_resumes(self, hours):
        self.try_(s.resume.at(self.later(hours)))

    @rule(
        phase=PHASES,
        last=st.dates(date(2026, 7, 10), date(2026, 12, 31)),
        following=st.sampled_from(["keep", "move"]),
        hours=st.integers(0, 100),
    )
    def somebody_extends(self, phase, last, following, hours):
        deed = s.extend.with_(phase_id=phase, last_day=last, following=following)
        self.try_(deed.at(self.later(hours)))

    @rule(phase=PHASES, hours=st.integers(0, 100))
    def somebody_closes_early(self, phase, hours):
        self.try_(s.close_early.with_(phase_id=phase).at(self.later(hours)))

    @rule(phase=PHASES, hours=st.integers(0, 100))
    def somebody_overrides(self, phase, hours):
        self.try_(s.override.with_(phase_id=phase).at(self.later(hours)))

    @rule(deed=STEERING, who=PEOPLE, hours=st.integers(-2, 24 * 10))
    def anybody_tries_anything(self, deed, who, hours):
        self.try_(deed.by(who).at(self.later(hours)))

    @precondition(lambda self: len(self.campaign.all(PhaseOpened)) > 2)
    @rule(who=PEOPLE)
    def somebody_ends_it(self, who):
        self.try_(s.end.by(who))

    @invariant()
    def only_the_leading_group_and_its_office_steer_and_only_the_workflow_follows_up(self):
        for command, role in self.acted:
            assert role in (WORK if command is s.follow_up.command else STEER)

    @invariant()
    def a_campaign_is_in_one_step_read_back_as_it_was_written_and_folded_from_its_events_alone(self):
        state = self.campaign.state
        assert [isinstance(state, step) for step in (Running, Paused, Ended)].count(True) == 1
        assert CAMPAIGNS.validate_json(state.model_dump_json()) == state
        assert fold(self.campaign.history) == state

    @invariant()
    def a_running_campaign_waits_for_its_next_instant_or_for_the_leading_group(self):
        state = self.campaign.state
        if isinstance(state, Running) and self.campaign.due is None:
            assert any(phase.gate in ("failed", "referred") for phase in state.phases)

    @invariant()
    def phases_open_in_order_and_once(self):
        opened = [event.phase_id for event in self.campaign.all(PhaseOpened)]
        assert opened == ORDER[: len(opened)]

    @invariant()
    def phases_close_once_and_after_they_opened(self):
        closed = Counter(event.phase_id for event in self.campaign.all(PhaseClosed))
        assert set(closed.values()) <= {1}
        assert set(closed) <= {event.phase_id for event in self.campaign.all(PhaseOpened)}

    @invariant()
    def a_phase_opens_beside_another_only_for_the_allowed_days_or_by_decision(self):
        history = self.campaign.history
        for index, event in enumerate(history):
            if not isinstance(event, PhaseOpened):
                continue
            before = replay(history[:index])
            phases = {phase.phase_id: phase for phase in before.phases}
            for other in ORDER[: ORDER.index(event.phase_id)]:
                standing = phases[other]
                if standing.status != "open" or standing.gate in ("pending", "failed", "referred"):
                    continue  # closed, or waiting for the leading group
                overlap = standing.closes_at - phases[event.phase_id].opens_at
                assert overlap <= timedelta(days=PLAN.overlap_days)

    @invariant()
    def no_occurrence_is_called_twice(self):
        calls = Counter((event.duty_id, event.occurrence) for event in self.campaign.all(DutyCalled))
        assert set(calls.values()) <= {1}

    @invariant()
    def no_duty_is_called_outside_its_phase_or_on_the_wrong_day(self):
        for index, event in enumerate(self.campaign.history):
            if isinstance(event, DutyCalled):
                phase = replay(self.campaign.history[:index])
                standing = next(found for found in phase.phases if found.phase_id == event.phase_id)
                assert standing.opens_at <= event.occurrence
                assert standing.closes_at is None or event.occurrence < standing.closes_at
                if event.duty_id == "patrol":
                    assert CHINA.is_working_day(event.occurrence.date())

    @invariant()
    def nothing_happens_by_itself_while_paused(self):
        if self.campaign.state.status == "paused":
            assert self.campaign.due is None
            assert self.campaign.when(s.follow_up.at(self.later(9999))).led_to == ()

    @invariant()
    def nothing_is_due_that_cannot_be_done(self):
        due = self.campaign.due
        if due is not None:
            assert self.campaign.when(self.campaign.answer(due, GOOD)).settled().outcome

    @invariant()
    def time_never_goes_back(self):
        instants = [event.occurred_at for event in self.campaign.history]
        assert instants == sorted(instants)

    @invariant()
    def an_extension_only_ever_gives_later_days(self):
        for event in self.campaign.all(PhaseExtended):
            assert event.closes_before is not None
            assert event.window.closes_at is not None
            assert event.window.closes_at > event.closes_before


def replay(history):
    """The running campaign after a part of its history, paused or not."""
    state = None
    for event in history:
        state = s.evolve(state, event)
    return state.running if state.status == "paused" else state


CampaignMachine.TestCase.settings = settings(
    max_examples=400 if os.environ.get("DUBAN_LONG_TESTS") else 100,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
)
TestCampaignMachine = CampaignMachine.TestCase
