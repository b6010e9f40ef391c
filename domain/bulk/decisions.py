"""What follows from a command about a bulk operation: the decider."""

from collections.abc import Mapping
from typing import assert_never

from domain.actor import Role
from domain.bulk import commands as c
from domain.bulk import events as e
from domain.bulk.rejections import (
    BulkAlreadyStarted,
    BulkIsOver,
    BulkNotPaused,
    BulkNotWorking,
    NoSuchBulkOperation,
    SelectionTooWide,
)
from domain.bulk.state import Bulk, Paused, Working, evolve
from domain.bulk.values import DispatchAgain, Merge, Recompute, Selection, Transfer
from domain.decider import Command
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.BulkEvent, ...]
_OFFICE = frozenset({Role.OFFICE})
_SERVICE = frozenset({Role.SYSTEM})

ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.StartBulk: _OFFICE,
    c.StartRecomputation: _SERVICE,
    c.RecordBulkProgress: _SERVICE,
    c.PauseBulk: _OFFICE,
    c.ResumeBulk: _OFFICE,
    c.CancelBulk: _OFFICE,
}


def decide(command: c.BulkCommand, state: Bulk | None, rules: Rulebook) -> Events:
    """Turn a command into events, or refuse it."""
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    if isinstance(command, c.StartBulk | c.StartRecomputation):
        if state is not None:
            raise BulkAlreadyStarted(operation=str(command.operation_id))
        return (_start(command, rules),)
    if state is None:
        raise NoSuchBulkOperation
    if command.at < state.progress.updated_at:  # the clocks of two machines differ; time never goes back
        command = command.model_copy(update={"at": state.progress.updated_at})
    if isinstance(command, c.RecordBulkProgress):
        return _progress(command, state)
    if not isinstance(state, Working | Paused):
        raise BulkIsOver(standing=state.status)
    return (_steer(command, state),)


def fold(events: Events, state: Bulk | None = None) -> Bulk | None:
    """The state after the events."""
    for event in events:
        state = evolve(state, event)
    return state


def _start(command: c.BulkStart, rules: Rulebook) -> e.BulkStarted:
    if isinstance(command, c.StartBulk):
        operation, selection = command.operation, command.selection
        _is_bounded(command)
        # Units and areas of the selection may be dissolved or abolished by now: that is when items have to move.
        if isinstance(operation, Transfer):
            rules.unit(operation.to)
        if isinstance(operation, DispatchAgain) and operation.unit is not None:
            rules.unit(operation.unit)
    else:
        operation, selection = Recompute(), Selection(campaign_id=command.campaign_id)
    return e.BulkStarted(
        occurred_at=command.at,
        operation_id=command.operation_id,
        operation=operation,
        selection=selection,
        reason=command.reason,
        by=command.actor,
        total=command.total,
    )


def _is_bounded(command: c.StartBulk) -> None:
    selection, kind = command.selection, command.operation.kind
    if isinstance(command.operation, Transfer) and not selection.units:
        raise SelectionTooWide(operation=kind, missing="units")
    if isinstance(command.operation, Merge) and not selection.items:
        raise SelectionTooWide(operation=kind, missing="items")
    if selection.everything and not isinstance(command.operation, Recompute):
        raise SelectionTooWide(operation=kind, missing="selection")


def _progress(command: c.RecordBulkProgress, state: Bulk) -> Events:
    """A page is recorded once, however often it ran; one that was under way when somebody paused still counts."""
    if not isinstance(state, Working | Paused) or command.after != state.progress.cursor:
        return ()
    events: list[e.BulkEvent] = []
    done, skipped = state.progress.done, state.progress.skipped
    if command.cursor is not None and command.cursor != command.after:
        progressed = e.BulkProgressed(
            occurred_at=command.at,
            cursor=command.cursor,
            done=command.done,
            skipped=command.skipped,
            refusals=command.refusals,
        )
        events.append(progressed)
        done, skipped = done + command.done, skipped + command.skipped
    if command.exhausted:
        events.append(e.BulkFinished(occurred_at=command.at, done=done, skipped=skipped))
    return tuple(events)


def _steer(command: c.PauseBulk | c.ResumeBulk | c.CancelBulk, state: Working | Paused) -> e.BulkEvent:
    match command:
        case c.PauseBulk():
            if not isinstance(state, Working):
                raise BulkNotWorking
            return e.BulkPaused(occurred_at=command.at, reason=command.reason)
        case c.ResumeBulk():
            if not isinstance(state, Paused):
                raise BulkNotPaused
            return e.BulkResumed(occurred_at=command.at, reason=command.reason)
        case c.CancelBulk():
            return e.BulkCancelled(occurred_at=command.at, reason=command.reason)
        case _:
            assert_never(command)
