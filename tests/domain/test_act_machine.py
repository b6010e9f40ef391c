"""Whatever people do about an act, in whatever order: what holds of every act holds."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.accountability.rules import Series
from domain.errors import Rejection
from domain.supervision import events as e
from domain.supervision.following import to_be_issued
from domain.supervision.state import Planned, Summoned
from domain.supervision.values import SERIES_OF_ACT
from tests.domain import act_samples as s
from tests.domain.item_samples import EVERYBODY, HANDLER, LEADER, OFFICE, SERVICE, SWEEPER

PEOPLE = (*EVERYBODY, SERVICE, SWEEPER, s.OWN_LEADER, s.OWN_OFFICE, s.CONSEQUENCES)
ONCE = (e.ActPlanned, e.ActIssued, e.ActAcknowledged, e.CriticismPublished, e.InterviewRecorded, e.RecordFellOverdue)
DEEDS = (s.acknowledge, s.answer, s.publish, s.record, s.withdraw, s.plan_by_hand)


class ActMachine(RuleBasedStateMachine):
    """The workflow issues and follows up early, late or never; people act at any time, also where they may not."""

    def __init__(self):
        super().__init__()
        self.act = s.Acting()

    @initialize(series=st.sampled_from(Series).filter(s.PLANS.__contains__), hours=st.integers(0, 200))
    def somebody_asks_for_an_act(self, series, hours):
        deed = s.PLANS[series]
        self.act = self.act.when(deed.at(deed.instant + timedelta(hours=hours))).settled()

    def try_(self, deed, hours):
        """Do something that may be refused; a refusal changes nothing."""
        after = self.act.when(deed.at(self.act.now + timedelta(hours=hours)))
        self.act = s.Acting(after.now, after.rules, self.act.act, self.act.history)
        if not isinstance(after.outcome, Rejection):
            self.act = after

    @rule(hours=st.integers(0, 80))
    def the_workflow_looks(self, hours):
        now = self.act.now + timedelta(hours=hours)
        if to_be_issued(self.act.state, now, self.act.rules):
            self.try_(s.issue(SERIES_OF_ACT[self.act.file.planned.kind]), hours)
        else:
            self.try_(s.follow_up, hours)

    @rule(hours=st.integers(0, 80))
    def the_service_issues_whether_or_not_it_is_time(self, hours):
        self.try_(s.issue(SERIES_OF_ACT[self.act.file.planned.kind]), hours)

    @rule(
        deed=st.sampled_from(DEEDS[:-2]),
        actor=st.sampled_from([HANDLER, LEADER, OFFICE, s.CONSEQUENCES]),
        hours=st.integers(0, 80),
    )
    def somebody_acts(self, deed, actor, hours):
        self.try_(deed.by(actor), hours)

    @rule(deed=st.sampled_from(DEEDS), actor=st.sampled_from(PEOPLE), hours=st.integers(0, 40))
    def anybody_tries_anything(self, deed, actor, hours):
        self.try_(deed.by(actor), hours)

    @invariant()
    def what_happens_once_happens_once(self):
        for kind in ONCE:
            assert len(self.act.all(kind)) <= 1
        assert len(self.act.all(e.ActWithdrawn)) <= 1

    @invariant()
    def nothing_is_issued_before_its_instant_or_twice(self):
        for issued in self.act.all(e.ActIssued):
            assert issued.occurred_at >= self.act.history[0].issue_at
            assert issued.number.series is SERIES_OF_ACT[self.act.history[0].kind]

    @invariant()
    def something_is_due_while_the_service_has_something_to_do(self):
        if not self.act.history:
            return
        waits = isinstance(self.act.state, Planned) or (
            isinstance(self.act.state, Summoned) and self.act.clock.overdue_at is None
        )
        assert (self.act.due is not None) is waits

    @invariant()
    def nothing_comes_after_a_withdrawal(self):
        withdrawn = [index for index, event in enumerate(self.act.history) if isinstance(event, e.ActWithdrawn)]
        assert withdrawn in ([], [len(self.act.history) - 1])

    @invariant()
    def a_record_is_late_when_and_only_when_its_deadline_was_marked(self):
        for recorded in self.act.all(e.InterviewRecorded):
            assert recorded.late is bool(self.act.all(e.RecordFellOverdue))
            assert recorded.held_at <= recorded.occurred_at

    @invariant()
    def time_never_goes_back(self):
        instants = [event.occurred_at for event in self.act.history]
        assert instants == sorted(instants)


ActMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=15, deadline=None, derandomize=True)
TestActMachine = ActMachine.TestCase
