"""Somebody's preferences as they stand."""

from domain.item.values import Value
from domain.preferences.events import PreferencesSet
from domain.preferences.values import Preferences


class PersonsPreferences(Value):
    """Whose they are, and what they are."""

    principal_id: str
    preferences: Preferences


def evolve(_state: PersonsPreferences | None, event: PreferencesSet) -> PersonsPreferences:
    """Fold one event: the newest holds."""
    return PersonsPreferences(principal_id=event.principal_id, preferences=event.preferences)
