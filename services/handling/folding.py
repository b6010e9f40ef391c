"""Folds a stored stream back into the state and the list columns it must have led to."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from services.handling.aggregates import AGGREGATES
from services.store.records import ListRow, StoredEvent


class UnknownKindError(LookupError):
    """The store holds a kind of aggregate that this program does not know: it is older than the data."""


class DamagedEventError(ValueError):
    """An event in the store is not what its type says: an older program wrote it, or somebody changed the database."""

    def __init__(self, event: StoredEvent, error: ValidationError) -> None:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        super().__init__(f"stream {event.stream_id}, version {event.version}, {event.type}: {faults}")


def fold(events: Sequence[StoredEvent]) -> tuple[bytes, ListRow]:
    """Fold a whole stream in version order; returns the state's JSON and its columns. Shapes: a non-empty stream."""
    try:
        aggregate = AGGREGATES[events[0].kind]
    except KeyError:
        raise UnknownKindError(events[0].kind) from None
    state: Any = None
    for event in events:
        try:
            read = aggregate.events.validate_json(event.data)
        except ValidationError as error:
            raise DamagedEventError(event, error) from error
        state = aggregate.evolve(state, read)
    return state.model_dump_json().encode(), aggregate.row(state)


def normal(kind: str, state: bytes) -> bytes | None:
    """A stored state as this program writes it, fields added since included; None where it is no state of the kind."""
    aggregate = AGGREGATES.get(kind)
    if aggregate is None:
        return None
    try:
        return aggregate.states.dump_json(aggregate.states.validate_json(state))
    except ValidationError:
        return None
