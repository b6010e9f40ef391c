"""What follows from a command about an accountability case: the decider."""

from typing import assert_never

from domain.accountability import commands as c
from domain.accountability import following, handling, opening
from domain.accountability.events import CaseEvent
from domain.accountability.permissions import check_role
from domain.accountability.rejections import CaseAlreadyOpened, NoSuchCase
from domain.accountability.state import Case, evolve
from domain.rulebook.rulebook import Rulebook

Events = tuple[CaseEvent, ...]


def decide(command: c.CaseCommand, state: Case | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it.

    Whatever fell due before the command's instant is settled first: a statement or an appeal that comes too late is too
    late, even if the workflow that should have ended the period was down.
    """
    check_role(command)
    if isinstance(command, c.OpenCase):
        if state is not None:
            raise CaseAlreadyOpened(number=state.record.opened.number.text)
        return opening.decide_opening(command, rules)
    if state is None:
        raise NoSuchCase
    if command.at < state.record.updated_at:  # the clocks of two machines differ; time never goes back
        command = command.model_copy(update={"at": state.record.updated_at})
    if isinstance(command, c.FollowUpCase):
        return following.follow_up(state, command.at, rules)
    settled = following.fallen_due(state, command.at, rules)
    for event in settled:
        state = evolve(state, event)
    return (*settled, *_handle(command, state, rules))


def _handle(  # noqa: PLR0911 - one line per command is the point
    command: c.CaseHandling, state: Case, rules: Rulebook
) -> Events:
    match command:
        case c.NotifyUnit():
            return handling.notify(command, state, rules)
        case c.SubmitStatement():
            return handling.submit_statement(command, state, rules)
        case c.RecordFinding():
            return handling.record_finding(command, state, rules)
        case c.DecideCase():
            return handling.decide_case(command, state, rules)
        case c.AppealDecision():
            return handling.appeal(command, state, rules)
        case c.ReviewDecision():
            return handling.review(command, state, rules)
        case c.CarryOutDecision():
            return handling.carry_out(command, state)
        case c.WithdrawCase():
            return handling.withdraw(command, state)
        case c.NoteExcuse():
            return handling.note_excuse(command, state)
        case _:
            assert_never(command)
