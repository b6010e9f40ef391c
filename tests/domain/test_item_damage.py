"""A damaged stream is noticed when it is read: events that cannot follow on what came before are no history."""

import pytest

from domain.item import events as e
from domain.item.state import ImpossibleHistoryError, evolve
from tests.domain.clocks import november
from tests.domain.item_samples import (
    MANUAL_DISPATCH,
    accept,
    confirm_recheck,
    follow_up,
    given,
    pass_check,
    report,
    resume,
    submit,
    suspend,
)

registered = given(report, rules=MANUAL_DISPATCH)
done = given(report, accept, submit, pass_check)
held = given(report, accept, suspend, follow_up.at(november(30, 9)), resume.at(november(30, 10)))
EVENTS = {type(event): event for event in (*held.history, *done.when(confirm_recheck).history)}


@pytest.mark.parametrize("event", [event for kind, event in EVENTS.items() if kind is not e.IssueReported])
def test_a_stream_begins_with_a_report(event):
    with pytest.raises(ImpossibleHistoryError):
        evolve(None, event)


@pytest.mark.parametrize("kind", [e.ItemAccepted, e.RectificationSubmitted, e.CheckPassed])
def test_no_work_is_done_before_it_lies_with_a_unit(kind):
    with pytest.raises(ImpossibleHistoryError):
        evolve(registered.state, EVENTS[kind])


@pytest.mark.parametrize("kind", [e.ItemResumed, e.SuspensionReviewFellDue])
def test_what_runs_is_neither_resumed_nor_reviewed(kind):
    with pytest.raises(ImpossibleHistoryError):
        evolve(registered.state, EVENTS[kind])


def test_what_was_submitted_is_not_suspended():
    with pytest.raises(ImpossibleHistoryError):
        evolve(given(report, accept, submit).state, EVENTS[e.ItemSuspended])
