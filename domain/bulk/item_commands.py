"""What a bulk operation asks of one item."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from domain.bulk.state import Progress
from domain.bulk.values import DispatchAgain, Extend, Merge, Recompute, Transfer, Void
from domain.item import commands as c
from domain.item.state import Item, assignment_of
from domain.rulebook.rulebook import Rulebook

NOT_ROUTED = "not_routed"


def prefix_for(operation_id: UUID) -> str:
    """How the idempotency keys of an operation begin."""
    return f"bulk:{operation_id}:"


def key_for(operation_id: UUID, item_id: UUID) -> str:
    """The idempotency key: whatever is tried again, one operation asks one item once. Keys sort as items do."""
    return f"{prefix_for(operation_id)}{item_id}"


def command_for(
    progress: Progress, item: Item, at: datetime, rules: Rulebook, *, into_is_open: bool
) -> c.ItemCommand | None:
    """The command, in the name of whoever started the operation. None: routing knows no unit for the item."""
    operation, file = progress.operation, item.dossier
    given: Mapping[str, Any] = {
        "command_id": key_for(progress.operation_id, file.item_id),
        "at": at,
        "actor": progress.by,
    }
    match operation:
        case Recompute():
            return c.ApplyRegime(**given, reason=progress.reason)
        case DispatchAgain():
            return _dispatch(operation, item, given, rules)
        case Transfer():
            assignment = assignment_of(item)
            supporting = tuple(unit for unit in assignment.supporting if unit != operation.to) if assignment else ()
            return c.TransferItem(**given, unit=operation.to, supporting=supporting, reason=progress.reason)
        case Merge():
            return c.MergeItem(**given, into=operation.into, into_is_open=into_is_open, reason=progress.reason)
        case Void():
            return c.VoidItem(**given, reason=progress.reason)
        case Extend():
            return c.ExtendItem(**given, by=operation.by, reason=progress.reason)
        case _:
            assert_never(operation)


def _dispatch(operation: DispatchAgain, item: Item, given: Mapping[str, Any], rules: Rulebook) -> c.DispatchItem | None:
    if operation.unit is not None:
        return c.DispatchItem(**given, unit=operation.unit)
    file = item.dossier
    route = rules.route(file.issue.category, file.issue.area, file.campaign_id)
    return None if route is None else c.DispatchItem(**given, unit=route.unit, supporting=route.supporting)
