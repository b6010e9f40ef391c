"""What can happen to a designation of an area."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.decider import Event
from domain.item.values import Evidence


class DesignationGranted(Event):
    """命名."""

    type: Literal["designation.granted.v1"] = "designation.granted.v1"
    campaign_id: str
    designation: str
    area: str
    note: str | None = None
    evidence: tuple[Evidence, ...] = ()


class DesignationWithdrawn(Event):
    """撤销命名, with a reason; it may be granted again."""

    type: Literal["designation.withdrawn.v1"] = "designation.withdrawn.v1"
    reason: str


DesignationEvent = DesignationGranted | DesignationWithdrawn
DESIGNATION_EVENTS: TypeAdapter[DesignationEvent] = TypeAdapter(
    Annotated[DesignationEvent, Field(discriminator="type")]
)
