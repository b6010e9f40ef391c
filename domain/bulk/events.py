"""What can happen to a bulk operation. What it does to items stands in the items' own events."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.actor import Actor
from domain.bulk.values import Operation, Selection
from domain.decider import Event


class BulkStarted(Event):
    """Somebody wants one thing done to many items. ``total``: how many there were then."""

    type: Literal["bulk.started.v1"] = "bulk.started.v1"
    operation_id: UUID
    operation: Operation
    selection: Selection
    reason: str
    by: Actor
    total: int


class BulkProgressed(Event):
    """A page of items was worked through, up to ``cursor``. Counts are of this page; ``refusals`` are by code."""

    type: Literal["bulk.progressed.v1"] = "bulk.progressed.v1"
    cursor: UUID
    done: int
    skipped: int
    refusals: dict[str, int] = Field(default_factory=dict)


class BulkPaused(Event):
    """Nothing more is done until resumed."""

    type: Literal["bulk.paused.v1"] = "bulk.paused.v1"
    reason: str


class BulkResumed(Event):
    """It goes on where it stopped."""

    type: Literal["bulk.resumed.v1"] = "bulk.resumed.v1"
    reason: str


class BulkFinished(Event):
    """Every item was come to. Counts are of the whole operation."""

    type: Literal["bulk.finished.v1"] = "bulk.finished.v1"
    done: int
    skipped: int


class BulkCancelled(Event):
    """Ended before its time; what was done stays done."""

    type: Literal["bulk.cancelled.v1"] = "bulk.cancelled.v1"
    reason: str


BulkEvent = BulkStarted | BulkProgressed | BulkPaused | BulkResumed | BulkFinished | BulkCancelled
BULK_EVENTS: TypeAdapter[BulkEvent] = TypeAdapter(Annotated[BulkEvent, Field(discriminator="type")])
