"""What follows from the wish to erase a person: a trace of who did it, never of who it was."""

from domain.actor import Role
from domain.errors import Forbidden, Invalid, Rejection
from domain.person.commands import ErasePerson
from domain.person.events import PersonErased
from domain.person.state import Erased
from domain.rulebook.rulebook import Rulebook


class PrincipalStillActive(Rejection):
    """Whoever acts under this id must remain known as long as they can act: deactivate the principal first."""

    code = "principal_still_active"


class ReasonNamesPerson(Invalid):
    """The reason stands in the log for ever, and says who it was that is to be forgotten."""

    code = "reason_names_the_person"


def decide(command: ErasePerson, _state: Erased | None, _rules: Rulebook) -> tuple[PersonErased, ...]:
    """Turn the command into events: each erasure counts, since a name may have been written anew after the last."""
    if command.actor.role is not Role.ADMINISTRATOR:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    return (PersonErased(occurred_at=command.at, person_id=command.person_id, reason=command.reason),)


def evolve(_state: Erased | None, event: PersonErased) -> Erased:
    """Fold one event into a person."""
    return Erased(person_id=event.person_id)
