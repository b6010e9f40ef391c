"""Who may do what about an accountability case; nobody has a say in a case against a unit of their own."""

from collections.abc import Collection, Mapping

from domain.accountability import commands as c
from domain.accountability.rejections import (
    DecidedByAccusedUnit,
    DecidedByNamedPerson,
    HandledByAccusedUnit,
    NotTheAccusedUnit,
    ReviewedByAccusedUnit,
    ReviewedByDecider,
    ReviewedByNamedPerson,
)
from domain.accountability.state import Record
from domain.accountability.values import Cause, HandCause
from domain.actor import Actor, Role
from domain.decider import Command
from domain.errors import Forbidden

_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.HANDLER})
_LEADING_GROUP = frozenset({Role.LEADER})
_SERVICE = frozenset({Role.SYSTEM})

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.OpenCase: _OFFICE | _LEADING_GROUP | _SERVICE,
    c.NotifyUnit: _OFFICE | _SERVICE,
    c.SubmitStatement: _UNIT,
    c.RecordFinding: _OFFICE,
    c.DecideCase: _LEADING_GROUP,
    c.AppealDecision: _UNIT,
    c.ReviewDecision: _LEADING_GROUP,
    c.CarryOutDecision: _OFFICE,
    c.WithdrawCase: _OFFICE,
    c.NoteExcuse: _SERVICE,
    c.FollowUpCase: _SERVICE,
}
OPENED_BY_HAND = _OFFICE | _LEADING_GROUP


def check_role(command: Command) -> None:
    """Refuse a role that may not give this command at all."""
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)


def opens_for(cause: Cause, command: c.OpenCase) -> None:
    """People open cases by hand; rungs and rankings are read from the log by the service alone."""
    allowed = OPENED_BY_HAND if isinstance(cause, HandCause) else _SERVICE
    if command.actor.role not in allowed:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)


def is_of_the_accused_unit(actor: Actor, record: Record) -> None:
    """Statement and appeal are the accused unit's own."""
    if not actor.belongs_to(record.unit):
        raise NotTheAccusedUnit(unit=record.unit)


def may_handle(actor: Actor, record: Record) -> None:
    """Facts are found, decisions carried out and cases withdrawn by others than the accused unit."""
    if actor.belongs_to(record.unit):
        raise HandledByAccusedUnit(unit=record.unit)


def may_decide(actor: Actor, record: Record, persons: Collection[str]) -> None:
    """A person of the accused unit, or of one below it, cannot decide; one of a unit above it can.

    Nor can anybody whom the measure concerns: ``persons``.
    """
    if actor.belongs_to(record.unit):
        raise DecidedByAccusedUnit(unit=record.unit)
    if actor.principal in persons:
        raise DecidedByNamedPerson


def may_review(actor: Actor, record: Record, decided_by: str, persons: Collection[str]) -> None:
    """Nor can such a person review, nor the one who decided."""
    if actor.belongs_to(record.unit):
        raise ReviewedByAccusedUnit(unit=record.unit)
    if actor.principal == decided_by:
        raise ReviewedByDecider(unit=record.unit)
    if actor.principal in persons:
        raise ReviewedByNamedPerson
