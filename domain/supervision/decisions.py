"""What follows from a command about an act of supervision: the decider."""

from typing import assert_never

from domain.rulebook.rulebook import Rulebook
from domain.supervision import commands as c
from domain.supervision import following, handling, opening
from domain.supervision.events import ActEvent
from domain.supervision.permissions import check_permission
from domain.supervision.rejections import ActAlreadyPlanned, NoSuchAct
from domain.supervision.state import Act, evolve

Events = tuple[ActEvent, ...]


def decide(command: c.ActCommand, state: Act | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it.

    A deadline that passed before the command's instant is marked first: a late record is late, even if the workflow
    that should have marked it was down.
    """
    check_permission(command)
    if isinstance(command, c.PlanAct):
        if state is not None:
            raise ActAlreadyPlanned(act=str(state.file.act_id))
        return opening.plan_act(command, rules)
    if state is None:
        raise NoSuchAct
    if command.at < state.file.updated_at:  # the clocks of two machines differ; time never goes back
        command = command.model_copy(update={"at": state.file.updated_at})
    if isinstance(command, c.FollowUpAct):
        return following.follow_up(state, command.at)
    settled = following.fallen_due(state, command.at)
    for event in settled:
        state = evolve(state, event)
    return (*settled, *_handle(command, state, rules))


def _handle(command: c.ActHandling, state: Act, rules: Rulebook) -> Events:
    match command:
        case c.IssueAct():
            return handling.issue(command, state, rules)
        case c.AcknowledgeAct():
            return handling.acknowledge(command, state)
        case c.AnswerAct():
            return handling.answer(command, state)
        case c.RecordPublication():
            return handling.publish(command, state)
        case c.RecordInterview():
            return handling.record(command, state)
        case c.WithdrawAct():
            return handling.withdraw(command, state)
        case _:
            assert_never(command)
