"""Checks that people whom a decision or a record names are known ids: events name nobody in the clear."""

from collections.abc import Sequence
from uuid import UUID

from domain.accountability.commands import DecideCase
from domain.accountability.rejections import UnknownPerson
from domain.decider import Command
from domain.supervision.commands import RecordInterview
from services.gateway.wiring import Gateway
from services.store.principals import PrincipalStore


async def check_persons(parts: Gateway, command: Command) -> UnknownPerson | None:
    """The refusal of the first person nobody knows; None where all are known, or nobody is named."""
    named = _named(command)
    if not named:
        return None
    ids = {name: _id(name) for name in named}
    known = await PrincipalStore(parts.pool).known([each for each in ids.values() if each is not None])
    return next((UnknownPerson(person=name) for name in named if ids[name] not in known), None)


def _named(command: Command) -> Sequence[str]:
    match command:
        case DecideCase():
            return command.persons
        case RecordInterview():
            return (command.interviewer, *command.interviewed)
        case _:
            return ()


def _id(name: str) -> UUID | None:
    """Written as this service writes ids: one person has one name in the log, and is found by it."""
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None
