"""Whether an area bears a designation in a campaign, and how events change that."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.designation import events as e
from domain.instant import Instant
from domain.item.values import Evidence, Value


class Grant(Value):
    """Which area was named what, and when."""

    campaign_id: str
    designation: str
    area: str
    granted_at: Instant
    note: str | None = None
    evidence: tuple[Evidence, ...] = ()


class Granted(Value):
    """In force."""

    status: Literal["granted"] = "granted"
    grant: Grant
    updated_at: Instant


class Withdrawn(Value):
    """Not in force any more."""

    status: Literal["withdrawn"] = "withdrawn"
    grant: Grant
    reason: str
    updated_at: Instant


Designation = Granted | Withdrawn
DESIGNATIONS: TypeAdapter[Designation] = TypeAdapter(Annotated[Designation, Field(discriminator="status")])


class ImpossibleDesignationHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def evolve(state: Designation | None, event: e.DesignationEvent) -> Designation:
    """Fold one event into the designation."""
    match state, event:
        case None | Withdrawn(), e.DesignationGranted():
            grant = Grant(
                campaign_id=event.campaign_id,
                designation=event.designation,
                area=event.area,
                granted_at=event.occurred_at,
                note=event.note,
                evidence=event.evidence,
            )
            return Granted(grant=grant, updated_at=event.occurred_at)
        case Granted(), e.DesignationWithdrawn():
            return Withdrawn(grant=state.grant, reason=event.reason, updated_at=event.occurred_at)
        case _:
            raise ImpossibleDesignationHistoryError(event.type)
