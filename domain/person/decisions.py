"""What follows from the wish to erase a person: a trace of who did it, never of who it was."""

from domain.actor import Role
from domain.errors import Forbidden
from domain.person.commands import ErasePerson
from domain.person.events import PersonErased
from domain.person.state import Erased
from domain.rulebook.rulebook import Rulebook


def decide(command: ErasePerson, _state: Erased | None, _rules: Rulebook) -> tuple[PersonErased, ...]:
    """Turn the command into events: each erasure counts, since a name may have been written anew after the last."""
    if command.actor.role is not Role.ADMINISTRATOR:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    return (PersonErased(occurred_at=command.at, person_id=command.person_id),)


def evolve(_state: Erased | None, event: PersonErased) -> Erased:
    """Fold one event into a person."""
    return Erased(person_id=event.person_id)
