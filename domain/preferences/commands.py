"""What somebody can ask about how they are told."""

from domain.decider import Command
from domain.preferences.values import Preferences


class SetPreferences(Command):
    """Replace all of one's own."""

    principal_id: str
    preferences: Preferences
