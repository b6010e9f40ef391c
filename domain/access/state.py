"""The accesses of one principal on one day: nothing is decided on them, so they are only counted."""

from pydantic import BaseModel, ConfigDict, TypeAdapter

from domain.access.events import AccessEvent, AdministrationFailed, Refused, SignInFailed, Tallied
from domain.instant import Instant


class AccessDay(BaseModel):
    """How much was written down, and when the last of it happened. ``refused`` counts failed sign-ins too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accesses: int
    refused: int
    last_at: Instant


ACCESS_DAYS: TypeAdapter[AccessDay] = TypeAdapter(AccessDay)


def evolve(state: AccessDay | None, event: AccessEvent) -> AccessDay:
    """Fold one event into a day."""
    tallied = isinstance(event, Tallied)
    count = event.count if tallied else 1
    failed = isinstance(event, Refused | SignInFailed | AdministrationFailed)
    return AccessDay(
        accesses=(state.accesses if state else 0) + count,
        refused=(state.refused if state else 0) + (count if failed else 0),
        last_at=(event.until if tallied else None) or event.occurred_at,
    )
