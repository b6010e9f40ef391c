"""What an item waits for: the next instant at which something must follow by itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.clock import Clock
from domain.instant import Instant
from domain.item.state import Item, Recurred, Suspended, running_clock
from domain.ladder import Rung
from domain.watch import next_on


class Due(BaseModel):
    """The next thing that falls due, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    what: Literal["overdue", "rung", "review", "open_recurrence"]
    rung: Rung | None = None


def next_due(state: Item) -> Due | None:
    """The next thing to fall due; None where the item is over or waits for a person without limit."""
    match state:
        case Suspended():
            return Due(at=state.review_on, what="review")
        case Recurred():
            return None if state.linked else Due(at=state.dossier.updated_at, what="open_recurrence")
        case _:
            clock = running_clock(state)
            return None if clock is None else _on_clock(clock)


def _on_clock(clock: Clock) -> Due | None:
    due = next_on(clock)
    if due is None:
        return None
    return Due(at=due.at, what="overdue" if due.rung is None else "rung", rung=due.rung)
