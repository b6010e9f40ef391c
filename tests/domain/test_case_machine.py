"""Whatever people do about an accountability case, in whatever order: what holds of every case holds."""

from collections import Counter
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.due import next_due
from domain.accountability.rules import Measure
from domain.accountability.state import Closed, Step, Withdrawn, evolve, running_clock
from domain.errors import Rejection
from tests.domain import case_samples as s
from tests.domain.item_samples import (
    EVERYBODY,
    HANDLER,
    LEADER,
    OFFICE,
    SERVICE,
    SQUAD_HANDLER,
    SWEEPER,
)

PEOPLE = st.sampled_from(
    [*EVERYBODY, SERVICE, SQUAD_HANDLER, SWEEPER, s.OTHER_LEADER, s.OWN_LEADER, s.SQUAD_LEADER, s.OWN_OFFICE]
)
LEADERS = st.sampled_from([LEADER, s.OTHER_LEADER, s.OWN_LEADER])
OPENINGS = st.sampled_from([s.open_by_rung, s.open_by_ranking, s.open_by_hand])
DEEDS = st.sampled_from([*s.DEEDS, s.open_by_rung])
MEASURES = st.sampled_from([None, *Measure])
HOURS = st.integers(0, 24 * 9)
STEPS = ["notify", "statement", "finding", "decision", "appeal", "review", "carry_out"]
ENDS = {"no_fault", "carried_out", "overturned"}
OTHERS_BUSINESS = (c.RecordFinding, c.DecideCase, c.ReviewDecision, c.CarryOutDecision, c.WithdrawCase)
UNITS_BUSINESS = (c.SubmitStatement, c.AppealDecision)
# What usually comes next, so that random lives get far.
USUAL = {
    "opened": (s.notify,),
    "notified": (s.state_reasons.by(HANDLER),),
    "awaiting_finding": (s.find.by(OFFICE),),
    "awaiting_decision": (s.decision.by(LEADER), s.no_fault),
    "decided": (s.appeal.by(HANDLER),),
    "under_review": (s.reject, s.uphold, s.acquit),
    "to_carry_out": (s.carry_out.by(OFFICE),),
}


class CaseMachine(RuleBasedStateMachine):
    """Everybody tries everything at any time; the workflow follows up late, or at every instant, or not at all."""

    def __init__(self):
        super().__init__()
        self.case = s.Accusing()
        self.acted = []

    def try_(self, deed):
        """Do something that may be refused; a refusal changes nothing."""
        before, after = self.case, self.case.when(deed)
        if isinstance(after.outcome, Rejection):
            assert after.case == before.case
            after = before
        else:
            self.acted.append((deed.command, deed.actor))
        self.case = after

    def later(self, hours):
        return self.case.now + timedelta(hours=hours)

    @initialize(opening=OPENINGS)
    def somebody_opens_it(self, opening):
        self.case = self.case.when(opening).settled()

    @rule(days=st.integers(0, 30))
    def time_passes_and_the_workflow_is_at_work(self, days):
        self.case = self.case.until(self.later(24 * days))

    @rule(hours=HOURS)
    def time_passes_and_the_workflow_looks_once(self, hours):
        self.try_(s.follow_up.at(self.later(hours)))

    @rule(deed=DEEDS, who=PEOPLE, hours=HOURS)
    def somebody_tries_something(self, deed, who, hours):
        self.try_(deed.by(who).at(self.later(hours)))

    @rule(choices=st.lists(st.integers(0, 2), min_size=1, max_size=3), hours=st.integers(0, 48))
    def the_usual_happens(self, choices, hours):
        for choice in choices:
            usual = USUAL.get(self.case.state.status)
            if usual:
                self.try_(usual[choice % len(usual)].at(self.later(hours)))

    @precondition(lambda self: self.case.state.status == "under_review")
    @rule(who=LEADERS, measure=MEASURES, upheld=st.booleans())
    def somebody_of_the_leading_group_reviews(self, who, measure, upheld):
        self.try_(s.reject.with_(upheld=upheld, measure=measure).by(who))

    @rule(who=PEOPLE, choice=st.integers(0, 2), hours=HOURS)
    def somebody_does_what_is_next(self, who, choice, hours):
        usual = USUAL.get(self.case.state.status)
        if usual:
            self.try_(usual[choice % len(usual)].by(who).at(self.later(hours)))

    @invariant()
    def a_case_is_in_one_step_and_every_open_one_has_a_running_clock_of_that_step(self):
        state = self.case.state
        if isinstance(state, Step):
            clock = running_clock(state)
            assert clock is not None
            assert clock.kind == STEPS[list(USUAL).index(state.status)]
            assert clock.due_at is not None
        else:
            assert isinstance(state, Closed | Withdrawn)
            assert running_clock(state) is None
            assert next_due(state) is None

    @invariant()
    def the_accused_never_find_decide_review_carry_out_or_withdraw(self):
        deciders = [event.decided_by for event in self.case.all(e.CaseDecided)]
        reviewers = [event.reviewed_by for event in self.case.all(e.DecisionReviewed)]
        assert not set(deciders) & set(reviewers)
        for command, actor in self.acted:
            if command in OTHERS_BUSINESS:
                assert not actor.belongs_to("city-management")
            elif command in UNITS_BUSINESS:
                assert actor.belongs_to("city-management")

    @invariant()
    def every_step_is_taken_at_most_once(self):
        types = Counter(type(event) for event in self.case.history)
        assert all(times == 1 for kind, times in types.items() if kind is not e.CaseFellOverdue)
        assert types[e.StatementSubmitted] + types[e.StatementAbsent] <= 1
        assert types[e.DecisionAppealed] + types[e.AppealPeriodLapsed] <= 1
        assert types[e.CaseClosed] + types[e.CaseWithdrawn] <= 1

    @invariant()
    def nothing_is_decided_unheard_nor_reviewed_unappealed_nor_carried_out_while_an_appeal_could_come(self):
        order = [type(event) for event in self.case.history]
        for later, earlier in (
            (e.FindingRecorded, (e.StatementSubmitted, e.StatementAbsent)),
            (e.CaseDecided, (e.FindingRecorded,)),
            (e.DecisionReviewed, (e.DecisionAppealed,)),
            (e.DecisionCarriedOut, (e.DecisionReviewed, e.AppealPeriodLapsed)),
        ):
            if later in order:
                assert any(kind in order[: order.index(later)] for kind in earlier)

    @invariant()
    def a_statement_and_an_appeal_come_in_their_periods(self):
        for stated, kind in ((e.StatementSubmitted, e.UnitNotified), (e.DecisionAppealed, e.CaseDecided)):
            for event in self.case.all(stated):
                assert event.occurred_at <= self.case.last(kind).clock.due_at

    @invariant()
    def every_clock_is_marked_overdue_at_most_once_and_only_when_it_was(self):
        marks = self.case.all(e.CaseFellOverdue)
        assert set(Counter(mark.clock_id for mark in marks).values()) <= {1}
        assert all(mark.due_at <= mark.occurred_at for mark in marks)

    @invariant()
    def points_follow_from_the_measure_and_no_review_raises_them(self):
        for decided in self.case.all(e.CaseDecided):
            assert (decided.points == 0) == (decided.measure is Measure.NO_FAULT)
            for reviewed in self.case.all(e.DecisionReviewed):
                assert reviewed.points <= decided.points
                assert (reviewed.measure == decided.measure) is not reviewed.upheld

    @invariant()
    def what_is_closed_says_on_what_basis(self):
        for closed in self.case.all(e.CaseClosed):
            assert closed.basis in ENDS
            assert (closed.basis == "carried_out") == bool(self.case.all(e.DecisionCarriedOut))

    @invariant()
    def what_falls_due_can_be_done(self):
        due = self.case.waits_until
        if due is not None:
            deed = s.notify if due.what == "notify" else s.follow_up
            assert self.case.when(deed.at(max(due.at, self.case.now))).settled().outcome

    @invariant()
    def time_never_goes_back(self):
        instants = [event.occurred_at for event in self.case.history]
        assert instants == sorted(instants)

    @invariant()
    def the_history_alone_gives_the_state(self):
        state = None
        for event in self.case.history:
            state = evolve(state, event)
        assert state == self.case.case


CaseMachine.TestCase.settings = settings(max_examples=250, stateful_step_count=15, deadline=None, derandomize=True)
TestCaseMachine = CaseMachine.TestCase
