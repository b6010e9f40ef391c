"""Random lives of an item: anybody tries anything at any time, and what always holds still holds."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.clock import ClockKind
from domain.errors import Rejection
from domain.item import commands as c
from domain.item.decisions import decide, fold
from domain.item.events import ItemEvent
from domain.item.following import wait_until
from domain.item.state import Item, running_clock
from domain.ladder import STANDARD_LADDER, Ladder, OccasionRule, Rung, RungRule, Severity
from domain.limits import Limit, LimitKind
from domain.rulebook.documents import Policy
from domain.rulebook.rulebook import Rulebook
from tests.domain.budget_laws import Accounts
from tests.domain.clocks import november, seconds, urgent_hours, working_days
from tests.domain.item_laws import check_history, check_state, check_step
from tests.domain.item_samples import (
    DEEDS,
    EVERYBODY,
    MANHOLE,
    OTHER_ITEM,
    OWN_INSPECTOR,
    POLICY,
    RULES,
    RULES_WITH_2027,
    SANITATION_INSPECTOR,
    SERVICE,
    SQUAD_HANDLER,
    SQUAD_INSPECTOR,
    START,
    SWEEPER,
    accept,
    appeal,
    archive,
    close,
    confirm_recheck,
    dispatch,
    dispatch_jointly,
    follow_up,
    grant_extension,
    merge,
    pass_check,
    record_recurrence,
    refuse_extension,
    register,
    report,
    report_fixed,
    request_extension,
    resume,
    rule_on_appeal,
    send_back,
    submit,
    suspend,
    take_over,
    transfer,
    transfer_out,
    void,
)
from tests.domain.scenario import Deed, stored_and_read

PEOPLE = (*EVERYBODY, SERVICE, SWEEPER, SQUAD_HANDLER, OWN_INSPECTOR, SQUAD_INSPECTOR, SANITATION_INSPECTOR)
LONG_AGO = START - timedelta(days=40)
OPENINGS = (
    report,
    report.with_(issue=MANHOLE),
    report.with_(rectify_by=november(18, 12)),
    report.with_(recurrence_of=OTHER_ITEM),
    report.with_(issue=MANHOLE, recurrence_of=OTHER_ITEM),
    report_fixed,
    *(
        take_over.with_(outcome=outcome, reported_at=LONG_AGO)
        for outcome in ("dispatched", "rectifying", "closed", "voided", "transferred_out")
    ),
    take_over.with_(reported_at=november(13, 9), rectify_by=november(18, 9)),
    take_over.with_(reported_at=november(13, 9), rectify_by=november(16, 12)),
)
VARIED = (
    dispatch_jointly,
    dispatch.with_(unit="sanitation", supporting=("east-street",)),
    transfer.with_(unit="city-management", supporting=("sanitation",)),
    request_extension.with_(by=urgent_hours(30)),
    request_extension.with_(by=Limit(kind=LimitKind.NATURAL_DAYS, amount=20)),
    *(appeal.with_(clock_id=clock_id) for clock_id in ("accept-1", "accept-2", "rectify-2")),
    *(rule_on_appeal.with_(clock_id=clock_id, granted=False) for clock_id in ("accept-1", "rectify-1", "rectify-2")),
    suspend.with_(review_on=START + timedelta(days=400)),
)
ANYTHING = (*DEEDS, *VARIED)
ENDING = frozenset({archive.command, void.command, merge.command, transfer_out.command})
LASTING = tuple(deed for deed in ANYTHING if deed.command not in ENDING)
WORK = (
    *(register, accept, submit, send_back, pass_check, close, confirm_recheck, record_recurrence, suspend, resume),
    *(request_extension, request_extension.with_(by=working_days(20)), grant_extension, refuse_extension),
)
SHORT_WAITS = (timedelta(0), timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=3), timedelta(hours=15))
LONG_WAITS = (timedelta(days=1), timedelta(days=4), timedelta(days=11), timedelta(days=45), timedelta(minutes=-30))
WAITS = st.sampled_from((*SHORT_WAITS, *LONG_WAITS))
ALL_AT_ONCE = Ladder(rules=tuple(RungRule(rung=rung, after_due=seconds(0)) for rung in Rung))
LIMITS = POLICY.limits
EAGER = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, before_due=working_days(1)),
        RungRule(rung=Rung.REMIND, before_due=urgent_hours(5), new_limit=urgent_hours(1)),
        RungRule(rung=Rung.CRITICISE, after_due=working_days(1), points=2, new_limit=working_days(1)),
        RungRule(rung=Rung.HOLD_TO_ACCOUNT, after_due=working_days(3), points=5),
    ),
    occasions=(
        OccasionRule(rung=Rung.SUPERVISE, reworks=1, points=1, new_limit=working_days(1)),
        OccasionRule(rung=Rung.HOLD_TO_ACCOUNT, reworks=2, recipients=("office",)),
        OccasionRule(rung=Rung.CRITICISE, recurrence=True),
    ),
)
RETURNING = Ladder(occasions=(OccasionRule(rung=Rung.SUMMON, recurrence=True, points=3),))
POLICIES = (
    POLICY,
    POLICY.model_copy(update={"registration": "manual", "max_extensions": 1}),
    POLICY.model_copy(update={"dispatching": "manual", "closes_on_pass": False, "archives_when_held": False}),
    POLICY.model_copy(update={"ladders": dict.fromkeys(ClockKind, STANDARD_LADDER), "rework": working_days(1)}),
    POLICY.model_copy(update={"ladders": dict.fromkeys(ClockKind, ALL_AT_ONCE), "limits": LIMITS}),
    POLICY.model_copy(update={"limits": dict.fromkeys(ClockKind, urgent_hours(20)), "ladders": {}}),
    POLICY.model_copy(update={"ladders": {ClockKind.ACCEPT: RETURNING, ClockKind.RECTIFY: EAGER}}),
    POLICY.model_copy(update={"severities": {Severity.CRITICAL: {ClockKind.RECTIFY: EAGER}}, "max_extensions": 1}),
)


class ItemLife(RuleBasedStateMachine):
    """One item, a city that may publish new rules at any time, and a clock that mostly goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = RULES
        self.now = START
        self.item: Item | None = None
        self.history: tuple[ItemEvent, ...] = ()
        self.counted = 0
        self.accounts = Accounts()

    @initialize(policy=st.sampled_from(POLICIES), opening=st.sampled_from(OPENINGS))
    def it_begins(self, policy: Policy, opening: Deed) -> None:
        self.rules = _published(self.rules, policy)
        assert self._accepted(opening)

    @rule(deed=st.sampled_from(ANYTHING), actor=st.sampled_from(PEOPLE), wait=WAITS)
    def anybody_tries_anything(self, deed: Deed, actor: Any, wait: timedelta) -> None:
        self.now += wait
        self._accepted(deed.by(actor))

    @rule(choice=st.integers(0, 1000), wait=WAITS)
    def somebody_does_what_fits(self, choice: int, wait: timedelta) -> None:
        self.now += wait
        fitting = [deed for deed in LASTING if deed.command is not c.FollowUp and self._fits(deed)]
        if fitting:
            assert self._accepted(fitting[choice % len(fitting)])

    @rule(choice=st.integers(0, 1000), wait=st.sampled_from(SHORT_WAITS))
    def the_work_goes_on(self, choice: int, wait: timedelta) -> None:
        self.now += wait
        fitting = [deed for deed in WORK if self._fits(deed)]
        if fitting:
            assert self._accepted(fitting[choice % len(fitting)])

    @precondition(lambda self: self._waits_until() is not None)
    @rule()
    def the_workflow_follows_up_in_time(self) -> None:
        waited = self._waits_until()
        self.now = max(self.now, waited.at)
        assert self._accepted(follow_up)
        assert self._decided(follow_up) == ()

    @rule(wait=WAITS)
    def the_workflow_follows_up_whenever_it_runs_again(self, wait: timedelta) -> None:
        self.now += wait
        assert self._accepted(follow_up)
        assert self._decided(follow_up) == ()

    @rule(policy=st.sampled_from(POLICIES))
    def the_office_publishes_other_rules(self, policy: Policy) -> None:
        self.rules = _published(self.rules, policy)

    @rule()
    def the_calendar_of_the_next_year_is_announced(self) -> None:
        self.rules = replace(self.rules, calendars=RULES_WITH_2027.calendars)

    @invariant()
    def what_always_holds_holds(self) -> None:
        if self.item is not None and self.counted != len(self.history):
            self.counted = len(self.history)
            check_state(self.item)
            check_history(self.history, self.item)
            assert fold(self.history) == self.item

    def _decided(self, deed: Deed) -> tuple[ItemEvent, ...]:
        return decide(deed.as_command(self.now), self.item, self.rules)

    def _fits(self, deed: Deed) -> bool:
        try:
            return bool(self._decided(deed))
        except Rejection:
            return False

    def _accepted(self, deed: Deed) -> bool:
        try:
            events = self._decided(deed)
        except Rejection:
            return False
        before = self.item
        if before is not None:
            at = max(self.now, before.dossier.updated_at)
            check_step(deed.as_command(self.now), before, events, self.rules, at)
        assert tuple(stored_and_read(event) for event in events) == events
        self.accounts.follow(events, self.rules)
        self.history += events
        self.item = fold(events, before)
        return True

    def _waits_until(self) -> Any:
        clock = None if self.item is None else running_clock(self.item)
        return None if self.item is None or clock is None else wait_until(self.item, self.now, self.rules)


def _published(rules: Rulebook, policy: Policy) -> Rulebook:
    newer = policy.model_copy(update={"version": len(rules.policies) + 1})
    return replace(rules, policies={**rules.policies, newer.ref: newer})


ItemLife.TestCase.settings = settings(
    max_examples=1200 if os.environ.get("DUBAN_LONG_TESTS") else 300,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestItemLife: Callable[..., Any] = ItemLife.TestCase
