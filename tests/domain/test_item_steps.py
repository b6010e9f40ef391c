"""Every command in every step, and every role with every command: tables to be read against the life of an item."""

from typing import get_args

import pytest

from domain.actor import Role
from domain.errors import Forbidden, Invalid, Rejection
from domain.item import commands as c
from domain.item import rejections as r
from domain.item.permissions import ALLOWED
from domain.item.state import ITEMS
from tests.domain.clocks import november
from tests.domain.item_samples import (
    CLOSED_BY_OFFICE,
    DEEDS,
    EVERYBODY,
    MANUAL_DISPATCH,
    MANUAL_REGISTRATION,
    accept,
    appeal,
    confirm_recheck,
    follow_up,
    given,
    link_recurrence,
    merge,
    pass_check,
    record_recurrence,
    report,
    request_extension,
    submit,
    suspend,
    transfer_out,
    void,
)

LIVES = {
    "none": given(),
    "reported": given(report, rules=MANUAL_REGISTRATION),
    "registered": given(report, rules=MANUAL_DISPATCH),
    "dispatched": given(report),
    "rectifying": given(report, accept),
    "asking": given(report, accept, request_extension),
    "appealing": given(report, accept, follow_up.at(november(18, 9)), appeal),
    "submitted": given(report, accept, submit),
    "passed": given(report, accept, submit, pass_check, rules=CLOSED_BY_OFFICE),
    "suspended": given(report, accept, suspend),
    "closed": given(report, accept, submit, pass_check),
    "recurred": given(report, accept, submit, pass_check, record_recurrence),
    "linked": given(report, accept, submit, pass_check, record_recurrence, link_recurrence),
    "archived": given(report, accept, submit, pass_check, confirm_recheck),
    "voided": given(report, accept, void),
    "merged": given(report, accept, merge),
    "out": given(report, accept, transfer_out),
}
ANSWERS: dict[str, type[Rejection] | bool] = {
    "+": True,  # something follows
    "o": False,  # allowed, and nothing follows
    ".": r.WrongStep,
    "N": r.NoSuchItem,
    "A": r.AlreadyReported,
    "E": r.NoExtensionAsked,
    "e": r.ExtensionAlreadyAsked,
    "L": r.ExtensionAfterDeadline,
    "S": r.AlreadySuspended,
    "s": r.NotSuspended,
    "u": r.DeadlineUnchanged,
    "m": r.NoOverdueMark,
    "a": r.AlreadyAppealed,
    "R": r.RecurrenceNotRecorded,
    "k": r.RecheckPending,
    "c": r.MergeTargetNotOpen,
}
# Columns as in LIVES: what fits a step by the table of the field, and the name of the refusal where it does not.
BY_STEP = """
                     n r r d r a a s p s c r l a v m o
                     o e e i e s p u a u l e i r o e u
                     n p g s c k p b s s o c n c i r t
ReportIssue          + A A A A A A A A A A A A A A A A
ReportFixedOnTheSpot + A A A A A A A A A A A A A A A A
ImportItem           + A A A A A A A A A A A A A A A A
RegisterItem         N + . . . . . . . . . . . . . . .
DispatchItem         N . + + . . . . . . . . . . . . .
TransferItem         N . . + + + + . . . . . . . . . .
TransferItemOut      N . + + + + + . . . . . . . . . .
AcceptItem           N . . + . . . . . . . . . . . . .
RefuseItem           N . . + . . . . . . . . . . . . .
SubmitRectification  N . . . + + + . . . . . . . . . .
PassCheck            N . . . . . . + . . . . . . . . .
SendBack             N . . . . . . + . . . . . . . . .
CloseItem            N . . . . . . . + . . . . . . . .
ConfirmRecheck       N . . . . . . . . . + . . . . . .
RecordRecurrence     N . . . . . . . . . + . . . . . .
LinkRecurrence       N R R R R R R R R R R + o R R R R
ArchiveItem          N . . . . . . . . . k . . . . . .
VoidItem             N + + + + + + + + + . . . . . . .
MergeItem            N + + + + + + . . . . . . . . . .
AbsorbItem           N + + + + + + + + + c c c c c c c
RequestExtension     N . . . + e L . . . . . . . . . .
GrantExtension       N . . . E + E . . . . . . . . . .
RefuseExtension      N . . . E + E . . . . . . . . . .
SuspendItem          N . + + + + + . . S . . . . . . .
ResumeItem           N s s s s s s s s + s s s s s s s
RecomputeDeadline    N u u u u u u u u . u . . . . . .
ApplyRegime          N u u u u u u u u u u . . . . . .
ExtendItem           N . . . + e L . . . . . . . . . .
AppealOverdue        N m m m m m a m m m m m m m m m m
RuleOnAppeal         N m m m m m + m m m m m m m m m m
AddComment           N + + + + + + + + + + + + + + + +
FollowUp             N o o o o o o o o o o o o o o o o
"""
BY_ROLE = """
                     office handler inspector leader auditor system administrator
ReportIssue          +      +       +         .      .       +      .
ReportFixedOnTheSpot +      .       +         .      .       +      .
ImportItem           +      .       .         .      .       .      +
RegisterItem         +      .       .         .      .       .      .
DispatchItem         +      .       .         .      .       .      .
TransferItem         +      .       .         .      .       .      .
TransferItemOut      +      .       .         .      .       .      .
AcceptItem           .      +       .         .      .       .      .
RefuseItem           .      +       .         .      .       .      .
SubmitRectification  .      +       .         .      .       .      .
PassCheck            .      .       +         .      .       .      .
SendBack             .      .       +         .      .       .      .
CloseItem            +      .       .         .      .       .      .
ConfirmRecheck       .      .       +         .      .       .      .
RecordRecurrence     .      .       +         .      .       .      .
LinkRecurrence       .      .       .         .      .       +      .
ArchiveItem          +      .       .         .      .       .      .
VoidItem             +      .       .         .      .       .      .
MergeItem            +      .       .         .      .       .      .
AbsorbItem           +      .       .         .      .       .      .
RequestExtension     .      +       .         .      .       .      .
GrantExtension       +      .       .         .      .       .      .
RefuseExtension      +      .       .         .      .       .      .
SuspendItem          +      .       .         .      .       .      .
ResumeItem           +      .       .         .      .       .      .
RecomputeDeadline    +      .       .         .      .       .      .
ApplyRegime          +      .       .         .      .       +      .
ExtendItem           +      .       .         .      .       .      .
AppealOverdue        .      +       .         .      .       .      .
RuleOnAppeal         +      .       .         .      .       .      .
AddComment           +      +       +         +      .       .      .
FollowUp             .      .       .         .      .       +      .
"""


def _rows(table: str) -> dict[str, list[str]]:
    lines = [line.split() for line in table.strip().splitlines()]
    return {line[0]: line[1:] for line in lines if line[0] in {deed.command.__name__ for deed in DEEDS}}


STEPS = _rows(BY_STEP)
ROLES = _rows(BY_ROLE)
ROLE_COLUMNS = [Role(name) for name in BY_ROLE.strip().splitlines()[0].split()]


def test_the_tables_have_every_command_and_every_role():
    assert set(get_args(c.ItemCommand)) == set(ALLOWED)
    names = {command.__name__ for command in ALLOWED}
    assert {deed.command.__name__ for deed in DEEDS} == names
    assert set(STEPS) == set(ROLES) == names
    assert set(ROLE_COLUMNS) == set(Role) == {actor.role for actor in EVERYBODY}


def test_the_table_of_steps_has_every_status():
    statuses = {life.state.status for name, life in LIVES.items() if name != "none"}
    assert statuses == set(ITEMS.json_schema()["discriminator"]["mapping"])


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.command.__name__)
def test_a_command_fits_exactly_the_steps_in_its_row(deed):
    row = STEPS[deed.command.__name__]
    for (name, life), answer in zip(LIVES.items(), row, strict=True):
        outcome = life.when(deed).outcome
        found = type(outcome) if isinstance(outcome, Rejection) else bool(outcome)
        assert found == ANSWERS[answer], name


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.command.__name__)
def test_a_command_is_given_by_exactly_the_roles_in_its_row(deed):
    row = dict(zip(ROLE_COLUMNS, ROLES[deed.command.__name__], strict=True))
    for actor in EVERYBODY:
        outcomes = [life.when(deed.by(actor)).outcome for life in LIVES.values()]
        forbidden = [isinstance(outcome, Forbidden) for outcome in outcomes]
        assert forbidden == [row[actor.role] == "."] * len(LIVES), actor.role


def test_a_role_is_refused_before_anything_about_the_item_is_told():
    given().when(accept.by(EVERYBODY[0])).rejected(Forbidden)


def test_what_can_never_be_right_is_told_apart_from_what_is_not_right_now():
    never = {reason for reason in vars(r).values() if isinstance(reason, type) and issubclass(reason, Invalid)}
    assert never - {Invalid} == {
        r.DueInThePast,
        r.DueTooFarAhead,
        r.ExtensionOfNothing,
        r.CampaignNotInForce,
        r.LeadUnitSupportsItself,
        r.MergedIntoItself,
        r.ReportedInTheFuture,
        r.ReviewInThePast,
    }
