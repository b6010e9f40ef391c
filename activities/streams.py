"""What activities need of the event store, whatever the aggregate; and what its outages mean to Temporal."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.actor import Actor, Role
from domain.decider import Command
from domain.errors import Rejection
from domain.rulebook.rulebook import Rulebook

SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
C_contra = TypeVar("C_contra", bound=Command, contravariant=True)


class StoreAwayError(Exception):
    """The event store cannot be reached, or went away in the middle; trying again later is all there is to do."""


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """An aggregate as it stands, with the rules it stands under."""

    state: S
    version: int
    rules: Rulebook


class Streams(Protocol[S, C_contra]):
    """The event store, as far as following up on one kind of aggregate needs it; may raise StoreAwayError."""

    async def carry_out(self, stream_id: UUID, command: C_contra) -> None:
        """Decide and append one command; what it led to is on disk. Raises a Rejection where a rule says no."""
        ...

    async def standing(self, stream_id: UUID) -> Standing[S]:
        """Load an aggregate; raises the rejection that says there is none."""
        ...


@contextmanager
def in_temporals_words() -> Generator[None]:
    """A rule's refusal is final: asking again changes nothing. An outage is tried again; it is no bug to be traced."""
    try:
        yield
    except Rejection as refusal:
        raise ApplicationError(
            refusal.code,
            refusal.facts,
            type=refusal.code,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        ) from refusal
    except StoreAwayError as outage:
        activity.logger.warning("event store away: %s", outage)
        raise ApplicationError(str(outage), type="store_away", category=ApplicationErrorCategory.BENIGN) from outage
