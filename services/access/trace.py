"""One access on its way into the log: who, from which address, and what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access.events import AccessEvent, Refused, SignInFailed, TalliedEvent
from domain.actor import Actor, Role

NOBODY = Actor(principal="service:gateway", role=Role.SYSTEM)
"""Stands for whoever could not be told: the principal of failed sign-ins."""


@dataclass(frozen=True, slots=True)
class Trace:
    """An access before its address became an opaque id. ``address`` is None where it is not known."""

    actor: Actor
    address: str | None
    event: AccessEvent

    @property
    def source(self) -> str:
        """Whom a flood is blamed on: the principal or, where nobody is known, the address."""
        return self.address or "" if self.actor == NOBODY else self.actor.principal

    def under(self, origin: UUID | None) -> AccessEvent:
        """The event as it is written, with the id of its address."""
        return self.event.model_copy(update={"origin": None if origin is None else str(origin)})


@dataclass(frozen=True, slots=True)
class TalliedTrace(Trace):
    """An access that may be written together with others like it."""

    event: TalliedEvent

    @property
    def likeness(self) -> tuple[str, str, str | None, str]:
        """What makes accesses alike: everything but when they happened and how many they are."""
        content = self.event.model_dump_json(exclude={"occurred_at", "count", "until"})
        return self.actor.principal, self.actor.role, self.address, content

    def generally(self, *, from_anywhere: bool) -> "TalliedTrace":
        """The same without its object, and without its address where there are too many of them."""
        event = self.event
        if isinstance(event, SignInFailed):
            event = event.model_copy(update={"key_prefix": None})
        elif isinstance(event, Refused):
            event = event.model_copy(update={"object": None})
        return TalliedTrace(self.actor, None if from_anywhere else self.address, event)

    def counting(self, count: int, since: datetime, until: datetime) -> "TalliedTrace":
        """So many of these between two instants."""
        event = self.event.model_copy(update={"occurred_at": since, "count": count, "until": until})
        return TalliedTrace(self.actor, self.address, event)
