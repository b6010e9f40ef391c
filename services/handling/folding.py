"""Folds a stored stream back into the state and the list columns it must have led to."""

from collections.abc import Sequence
from typing import Any

from services.handling.aggregates import AGGREGATES
from services.store.records import ListRow, StoredEvent


class UnknownKindError(LookupError):
    """The store holds a kind of aggregate that this program does not know: it is older than the data."""


def fold(events: Sequence[StoredEvent]) -> tuple[bytes, ListRow]:
    """Fold a whole stream in version order; returns the state's JSON and its columns. Shapes: a non-empty stream."""
    try:
        aggregate = AGGREGATES[events[0].kind]
    except KeyError:
        raise UnknownKindError(events[0].kind) from None
    state: Any = None
    for event in events:
        state = aggregate.evolve(state, aggregate.events.validate_json(event.data))
    return state.model_dump_json().encode(), aggregate.row(state)
