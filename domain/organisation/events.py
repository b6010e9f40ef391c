"""What can happen to a unit or an area; each event carries the whole new description."""

from typing import Annotated, Literal

from pydantic import Field

from domain.decider import Event
from domain.organisation.state import Area, Unit


class UnitRegistered(Event):
    """A unit joined."""

    type: Literal["unit.registered.v1"] = "unit.registered.v1"
    unit: Unit


class UnitChanged(Event):
    """Name, kind, parent or head changed, for a stated reason."""

    type: Literal["unit.changed.v1"] = "unit.changed.v1"
    unit: Unit
    reason: str


class UnitDissolved(Event):
    """The unit takes no more work."""

    type: Literal["unit.dissolved.v1"] = "unit.dissolved.v1"
    reason: str


class AreaRegistered(Event):
    """An area was drawn."""

    type: Literal["area.registered.v1"] = "area.registered.v1"
    area: Area


class AreaChanged(Event):
    """Name, parent, owner or sponsor changed, for a stated reason."""

    type: Literal["area.changed.v1"] = "area.changed.v1"
    area: Area
    reason: str


class AreaAbolished(Event):
    """No more issues can be reported here."""

    type: Literal["area.abolished.v1"] = "area.abolished.v1"
    reason: str


UnitEvent = UnitRegistered | UnitChanged | UnitDissolved
AreaEvent = AreaRegistered | AreaChanged | AreaAbolished
OrganisationEvent = Annotated[UnitEvent | AreaEvent, Field(discriminator="type")]
