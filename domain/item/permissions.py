"""Which role may give which command about an item."""

from collections.abc import Mapping

from domain.actor import Role
from domain.decider import Command
from domain.errors import Forbidden
from domain.item import commands as c

_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.HANDLER})
_INSPECTION = frozenset({Role.INSPECTOR})
_SERVICE = frozenset({Role.SYSTEM})
_EVERYBODY_AT_WORK = frozenset({Role.OFFICE, Role.HANDLER, Role.INSPECTOR, Role.LEADER})

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.ReportIssue: frozenset({Role.SYSTEM, Role.OFFICE, Role.INSPECTOR, Role.HANDLER}),
    c.ReportFixedOnTheSpot: frozenset({Role.SYSTEM, Role.OFFICE, Role.INSPECTOR}),  # inspection apps are systems
    c.ImportItem: frozenset({Role.OFFICE, Role.ADMINISTRATOR}),
    c.RegisterItem: _OFFICE,
    c.DispatchItem: _OFFICE,
    c.TransferItem: _OFFICE,
    c.TransferItemOut: _OFFICE,
    c.AcceptItem: _UNIT,
    c.RefuseItem: _UNIT,
    c.SubmitRectification: _UNIT,
    c.PassCheck: _INSPECTION,
    c.SendBack: _INSPECTION,
    c.CloseItem: _OFFICE,
    c.ConfirmRecheck: _INSPECTION,
    c.RecordRecurrence: _INSPECTION,
    c.LinkRecurrence: _SERVICE,
    c.ArchiveItem: _OFFICE,
    c.VoidItem: _OFFICE,
    c.MergeItem: _OFFICE,
    c.AbsorbItem: _OFFICE,
    c.RequestExtension: _UNIT,
    c.GrantExtension: _OFFICE,
    c.RefuseExtension: _OFFICE,
    c.SuspendItem: _OFFICE,
    c.ResumeItem: _OFFICE,
    c.RecomputeDeadline: _OFFICE,
    c.ApplyRegime: _OFFICE | _SERVICE,
    c.ExtendItem: _OFFICE,
    c.AppealOverdue: _UNIT,
    c.RuleOnAppeal: _OFFICE,
    c.AddComment: _EVERYBODY_AT_WORK,
    c.FollowUp: _SERVICE,
}


def check_permission(command: c.ItemCommand) -> None:
    """Refuse a command that the actor's role may never give."""
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
