"""What an item waits for: the next instant at which something must follow by itself."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.clock import Clock
from domain.instant import Instant
from domain.item.state import Item, Recurred, Suspended, running_clock
from domain.ladder import Rung


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
            return None if state.review_called else Due(at=state.review_on, what="review")
        case Recurred():
            return None if state.linked else Due(at=state.dossier.updated_at, what="open_recurrence")
        case _:
            clock = running_clock(state)
            return None if clock is None else _on_clock(clock)


def overdue_at(clock: Clock) -> datetime | None:
    """The instant at which the clock is to be marked overdue; None once it is, and while it stands still.

    A deadline that an extension moved beyond the marked one can pass, and be marked, again.
    """
    marked = clock.overdue_at is not None and (clock.due_at is None or clock.due_at <= clock.overdue_at)
    return None if marked else clock.due_at


def _on_clock(clock: Clock) -> Due | None:
    deadline, rung = overdue_at(clock), clock.next_rung
    if deadline is not None and (rung is None or deadline <= rung.at):
        return Due(at=deadline, what="overdue")
    return None if rung is None else Due(at=rung.at, what="rung", rung=rung.rung)
