"""Which role may give which command about an act."""

from collections.abc import Mapping

from domain.actor import Role
from domain.decider import Command
from domain.errors import Forbidden
from domain.supervision import commands as c

_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.HANDLER})
_SERVICE = frozenset({Role.SYSTEM})

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.PlanAct: _OFFICE | _SERVICE,
    c.IssueAct: _SERVICE,
    c.AcknowledgeAct: _UNIT,
    c.AnswerAct: _UNIT,
    c.RecordPublication: _SERVICE,
    c.RecordInterview: frozenset({Role.OFFICE, Role.LEADER}),
    c.WithdrawAct: _OFFICE | _SERVICE,
    c.FollowUpAct: _SERVICE,
}


def check_permission(command: c.ActCommand) -> None:
    """Refuse a command that the actor's role may never give."""
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
