"""What an administrator can ask of units and areas."""

from domain.decider import Command, Reason
from domain.organisation.state import Area, Unit


class RegisterUnit(Command):
    """Add a unit."""

    unit: Unit


class ChangeUnit(Command):
    """Replace a unit's description."""

    unit: Unit
    reason: Reason


class DissolveUnit(Command):
    """Stop giving the unit work."""

    reason: Reason


class RegisterArea(Command):
    """Add an area."""

    area: Area


class ChangeArea(Command):
    """Replace an area's description."""

    area: Area
    reason: Reason


class AbolishArea(Command):
    """Stop taking issues in the area."""

    reason: Reason


UnitCommand = RegisterUnit | ChangeUnit | DissolveUnit
AreaCommand = RegisterArea | ChangeArea | AbolishArea
