"""Where a bulk operation stands: working, paused, finished or cancelled, and how far it has come."""

from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field, TypeAdapter

from domain.actor import Actor
from domain.bulk import events as e
from domain.bulk.values import Operation, Selection, Value
from domain.instant import Instant


class Progress(Value):
    """What was asked, and how far it has come. ``cursor``: the last item of the pages worked through."""

    operation_id: UUID
    operation: Operation
    selection: Selection
    reason: str
    by: Actor
    total: int
    cursor: UUID | None = None
    done: int = 0
    skipped: int = 0
    refusals: dict[str, int] = Field(default_factory=dict)
    started_at: Instant
    updated_at: Instant


class Working(Value):
    """Under way."""

    status: Literal["working"] = "working"
    progress: Progress


class Paused(Value):
    """Stopped until resumed."""

    status: Literal["paused"] = "paused"
    progress: Progress


class Finished(Value):
    """Over."""

    status: Literal["finished"] = "finished"
    progress: Progress


class Cancelled(Value):
    """Over before its time."""

    status: Literal["cancelled"] = "cancelled"
    progress: Progress


Bulk = Working | Paused | Finished | Cancelled
BULKS: TypeAdapter[Bulk] = TypeAdapter(Annotated[Bulk, Field(discriminator="status")])


class ImpossibleBulkHistoryError(RuntimeError):
    """An event that cannot follow on the state before it: the stored stream is damaged."""


def evolve(state: Bulk | None, event: e.BulkEvent) -> Bulk:
    """Fold one event into the operation."""
    if isinstance(event, e.BulkStarted):
        if state is not None:
            raise ImpossibleBulkHistoryError(event.type)
        return Working(progress=_started(event))
    if not isinstance(state, Working | Paused):
        raise ImpossibleBulkHistoryError(event.type)
    progress = state.progress.model_copy(update={"updated_at": max(state.progress.updated_at, event.occurred_at)})
    match event:
        case e.BulkProgressed():
            return state.model_copy(update={"progress": _progressed(progress, event)})
        case e.BulkPaused():
            return Paused(progress=progress)
        case e.BulkResumed():
            return Working(progress=progress)
        case e.BulkFinished():
            return Finished(progress=progress)
        case e.BulkCancelled():
            return Cancelled(progress=progress)
        case _:
            assert_never(event)


def _started(event: e.BulkStarted) -> Progress:
    return Progress(
        operation_id=event.operation_id,
        operation=event.operation,
        selection=event.selection,
        reason=event.reason,
        by=event.by,
        total=event.total,
        started_at=event.occurred_at,
        updated_at=event.occurred_at,
    )


def _progressed(progress: Progress, event: e.BulkProgressed) -> Progress:
    refusals = dict(progress.refusals)
    for code, count in event.refusals.items():
        refusals[code] = refusals.get(code, 0) + count
    changes: dict[str, object] = {
        "cursor": event.cursor,
        "done": progress.done + event.done,
        "skipped": progress.skipped + event.skipped,
        "refusals": refusals,
    }
    return progress.model_copy(update=changes)
