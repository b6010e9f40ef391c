"""What a kind of aggregate is made of: its decider, its JSON, and the columns that lists filter by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, TypeAdapter

from domain.decider import Command
from domain.rulebook.rulebook import Rulebook
from services.store.records import ListRow

_STREAMS = UUID("7f0c8a54-2f0e-5c0a-9d53-6f1f0b6f7a11")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A kind of stream. ``decide`` takes (command, state, rulebook), ``evolve`` (state, event), ``row`` the state.

    ``serial``: a decision looks at others of these kinds, so they are made one after the other, in all processes.
    ``companion``: a command about another of the same kind that a command brings with it: both are written, or none.
    """

    kind: str
    decide: Callable[[Any, Any, Rulebook], Sequence[BaseModel]]
    evolve: Callable[[Any, Any], Any]
    events: TypeAdapter[Any]
    states: TypeAdapter[Any]
    row: Callable[[Any], ListRow]
    serial: bool = False
    companion: Callable[[Any, Any], tuple[UUID, Command] | None] = lambda _command, _state: None

    def stream(self, key: str) -> UUID:
        """The stream of an aggregate that is known by a key of the field, such as a unit's code."""
        return uuid5(_STREAMS, f"{self.kind}:{key}")
