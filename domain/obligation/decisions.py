"""What follows from a command about an obligation: the decider."""

from collections.abc import Mapping
from typing import assert_never

from domain.actor import Role
from domain.decider import Command
from domain.errors import Forbidden
from domain.obligation import appeals, following, handling, opening
from domain.obligation import commands as c
from domain.obligation.events import ObligationEvent
from domain.obligation.rejections import AlreadyAssigned, NoSuchObligation
from domain.obligation.state import Obligation, evolve
from domain.rulebook.rulebook import Rulebook

Events = tuple[ObligationEvent, ...]
_OFFICE = frozenset({Role.OFFICE})
_SERVICE = frozenset({Role.SYSTEM})
_UNIT = frozenset({Role.HANDLER})
_ACCEPTING = frozenset({Role.OFFICE, Role.INSPECTOR, Role.LEADER})

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.AssignDuty: _SERVICE,
    c.AssignTask: _OFFICE,
    c.IssueLetter: _OFFICE,
    c.ReportDuty: frozenset({Role.HANDLER, Role.INSPECTOR, Role.OFFICE}),
    c.ReportProgress: _UNIT,
    c.SubmitCompletion: _UNIT,
    c.SignLetter: _UNIT,
    c.AcceptCompletion: _ACCEPTING,
    c.ReturnCompletion: _ACCEPTING,
    c.WithdrawObligation: _OFFICE | _SERVICE,
    c.AppealObligation: _UNIT,
    c.RuleOnObligationAppeal: _OFFICE,
    c.FollowUpObligation: _SERVICE,
}


def decide(command: c.ObligationCommand, state: Obligation | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it.

    Whatever fell due before the command's instant is settled first: a late report is late, and rungs that were due
    are climbed, even if the workflow that should have reminded us was down.
    """
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    if isinstance(command, c.AssignDuty | c.AssignTask | c.IssueLetter):
        if state is not None:
            raise AlreadyAssigned(number=state.record.number)
        return opening.decide_opening(command, rules)
    if state is None:
        raise NoSuchObligation
    if command.at < state.record.updated_at:  # the clocks of two machines differ; time never goes back
        command = command.model_copy(update={"at": state.record.updated_at})
    if isinstance(command, c.FollowUpObligation):
        return following.follow_up(state, command.at, rules)
    settled = following.fallen_due(state, command.at, rules)
    for event in settled:
        state = evolve(state, event)
    return (*settled, *_handle(command, state, rules))


def fold(events: Events, state: Obligation | None = None) -> Obligation | None:
    """The state after the events."""
    for event in events:
        state = evolve(state, event)
    return state


def _handle(  # noqa: PLR0911 - one line per command is the point
    command: c.ObligationHandling, state: Obligation, rules: Rulebook
) -> Events:
    match command:
        case c.ReportDuty():
            return handling.report_duty(command, state, rules)
        case c.ReportProgress():
            return handling.report_progress(command, state)
        case c.SubmitCompletion():
            return handling.submit_completion(command, state, rules)
        case c.SignLetter():
            return handling.sign_letter(command, state)
        case c.AcceptCompletion():
            return handling.accept(command, state)
        case c.ReturnCompletion():
            return handling.send_back(command, state, rules)
        case c.WithdrawObligation():
            return handling.withdraw(command, state)
        case c.AppealObligation():
            return appeals.appeal(command, state)
        case c.RuleOnObligationAppeal():
            return appeals.rule(command, state)
        case _:
            assert_never(command)
