"""What can happen to somebody's preferences."""

from typing import Literal

from domain.decider import Event
from domain.preferences.values import Preferences


class PreferencesSet(Event):
    """They are these from now on."""

    type: Literal["preferences.set.v1"] = "preferences.set.v1"
    principal_id: str
    preferences: Preferences
