"""What follows from the wish to be told in another way: everybody decides for themselves."""

from domain.errors import Forbidden
from domain.preferences.commands import SetPreferences
from domain.preferences.events import PreferencesSet
from domain.preferences.state import PersonsPreferences
from domain.rulebook.rulebook import Rulebook


def decide(command: SetPreferences, state: PersonsPreferences | None, _rules: Rulebook) -> tuple[PreferencesSet, ...]:
    """Turn the command into its event; nothing where nothing changes."""
    if command.actor.principal != command.principal_id:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    if state is not None and state.preferences == command.preferences:
        return ()
    changed = PreferencesSet(occurred_at=command.at, principal_id=command.principal_id, preferences=command.preferences)
    return (changed,)
