"""What can be asked of a bulk operation."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.bulk.values import Operation, Selection
from domain.decider import Command, Reason

Count = Annotated[int, Field(ge=0)]


class StartBulk(Command):
    """Begin. ``total``: how many items the selection holds now."""

    operation_id: UUID
    operation: Operation
    selection: Selection
    reason: Reason
    total: Count


class StartRecomputation(Command):
    """The workflow of a campaign begins to recompute the campaign's open items, as a phase wants it."""

    operation_id: UUID
    campaign_id: str
    reason: Reason
    total: Count


class RecordBulkProgress(Command):
    """The workflow reports a page that began after one item and ended with another.

    ``refusals`` says why items were skipped, by code; ``exhausted`` that nothing is left.
    """

    after: UUID | None
    cursor: UUID | None
    done: Count
    skipped: Count
    refusals: dict[str, Count] = Field(default_factory=dict)
    exhausted: bool


class PauseBulk(Command):
    """暂停 after the page under way."""

    reason: Reason


class ResumeBulk(Command):
    """恢复 where it stopped."""

    reason: Reason


class CancelBulk(Command):
    """End it; what was done stays done."""

    reason: Reason


BulkStart = StartBulk | StartRecomputation
BulkCommand = BulkStart | RecordBulkProgress | PauseBulk | ResumeBulk | CancelBulk
