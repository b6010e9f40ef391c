"""Every reason for which a command about an item is refused, each provoked once; none may be missing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.errors import Invalid, Rejection
from domain.item import rejections as r
from domain.limits import LARGEST_AMOUNT, Limit, LimitKind
from domain.rulebook.regime import DeadlineOutOfCalendar, UnknownCategory
from domain.rulebook.rulebook import NoPolicyPublished, Rulebook, UnknownArea, UnknownUnit
from tests.domain.clocks import november
from tests.domain.item_samples import (
    ISSUE,
    ITEM,
    OWN_INSPECTOR,
    RULES,
    START,
    SWEEPER,
    accept,
    appeal,
    archive,
    dispatch,
    follow_up,
    given,
    grant_extension,
    link_recurrence,
    merge,
    pass_check,
    recompute,
    report,
    request_extension,
    resume,
    rule_on_appeal,
    submit,
    suspend,
    take_over,
    transfer,
)

REST = {date(2026, 1, 1) + timedelta(days=day): False for day in range(175 * 366)}
IDLE = RULES.calendars["cn@1"].model_copy(
    update={"calendar": RULES.calendars["cn@1"].calendar.model_copy(update={"exceptions": REST})}
)
NEVER_AT_WORK = replace(RULES, calendars={"cn@1": IDLE})
LARGEST = timedelta(seconds=LARGEST_AMOUNT[LimitKind.ELAPSED_SECONDS])
at_work = given(report, accept)
late = at_work.when(follow_up.at(november(18, 9)))
PROVOKED = {
    r.AlreadyReported: given(report).when(report),
    r.NoSuchItem: given().when(accept),
    r.WrongStep: given(report).when(submit),
    r.NotYourUnit: given(report).when(accept.by(SWEEPER)),
    r.CheckedByOwnUnit: at_work.when(submit, pass_check.by(OWN_INSPECTOR)),
    r.DueInThePast: given().when(report.with_(rectify_by=START)),
    r.DueTooFarAhead: given().when(report.with_(rectify_by=START + LARGEST + timedelta(seconds=1))),
    r.CampaignNotInForce: given().when(report.with_(campaign_id="last-year")),
    r.ReportedInTheFuture: given().when(report.with_(reported_at=START + timedelta(seconds=1))),
    r.ReviewInThePast: at_work.when(suspend.with_(review_on=START)),
    r.AlreadyWithThisUnit: at_work.when(transfer.with_(unit="city-management")),
    r.LeadUnitSupportsItself: given(report).when(dispatch.with_(supporting=("city-management",))),
    r.ExtensionLimitReached: at_work.when(*(request_extension, grant_extension) * 2, request_extension),
    r.ExtensionOfNothing: at_work.when(request_extension.with_(by=Limit(kind=LimitKind.ELAPSED_SECONDS, amount=0))),
    r.ExtensionTooLong: at_work.when(request_extension.with_(by=Limit(kind=LimitKind.NATURAL_DAYS, amount=90))),
    r.ExtensionAlreadyAsked: at_work.when(request_extension, request_extension),
    r.NoExtensionAsked: at_work.when(grant_extension),
    r.ExtensionAfterDeadline: late.when(request_extension),
    r.NotSuspended: at_work.when(resume),
    r.AlreadySuspended: at_work.when(suspend, suspend),
    r.NoOverdueMark: at_work.when(appeal),
    r.AlreadyAppealed: late.when(appeal, appeal),
    r.NoAppealPending: late.when(rule_on_appeal),
    r.MergedIntoItself: at_work.when(merge.with_(into=ITEM)),
    r.MergeTargetNotOpen: at_work.when(merge.with_(into_is_open=False)),
    r.RecurrenceNotRecorded: at_work.when(link_recurrence),
    r.RecheckPending: at_work.when(submit, pass_check, archive),
    r.DeadlineUnchanged: at_work.when(recompute),
    DeadlineOutOfCalendar: given(rules=NEVER_AT_WORK).when(report),
    UnknownCategory: given().when(report.with_(issue=ISSUE.model_copy(update={"category": "noise"}))),
    UnknownArea: given().when(report.with_(issue=ISSUE.model_copy(update={"area": "drowned"}))),
    UnknownUnit: given().when(take_over.with_(unit="old-squad")),
    NoPolicyPublished: given(rules=Rulebook()).when(report),
}


@pytest.mark.parametrize(("reason", "life"), PROVOKED.items(), ids=lambda part: getattr(part, "code", ""))
def test_a_reason_is_given_exactly_when_it_holds(reason, life):
    life.rejected(reason)


def test_every_reason_is_provoked():
    reasons = {
        reason
        for reason in vars(r).values()
        if isinstance(reason, type) and issubclass(reason, Rejection) and reason not in (Rejection, Invalid)
    }
    assert reasons <= PROVOKED.keys()


def test_every_reason_has_a_code_of_its_own():
    assert len({reason.code for reason in PROVOKED}) == len(PROVOKED)


def test_a_refusal_leaves_the_item_as_it_was():
    before = given(report)
    after = before.when(submit.at(november(20, 9))).rejected(r.WrongStep)
    assert (after.item, after.history) == (before.item, before.history)
