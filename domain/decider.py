"""The shapes every decider shares: a command asks, an event tells what happened."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.actor import Actor
from domain.instant import Instant
from domain.text import Passage

Reason = Annotated[Passage, Field(min_length=1, max_length=2000)]


class Command(BaseModel):
    """A wish, made by somebody at an instant. ``command_id`` is its idempotency key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command_id: str = Field(min_length=1, max_length=255)
    at: Instant
    actor: Actor


class Event(BaseModel):
    """A fact. Its ``type`` is a literal that never changes; a change of shape is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    occurred_at: Instant
