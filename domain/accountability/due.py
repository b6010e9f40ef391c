"""What an accountability case waits for: the next instant at which something must follow by itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.accountability.state import Case, Decided, Notified, Opened, running_clock
from domain.instant import Instant
from domain.watch import overdue_at

What = Literal["notify", "statement_over", "appeal_over", "overdue"]


class CaseDue(BaseModel):
    """The next thing that falls due, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    what: What


def next_due(state: Case) -> CaseDue | None:
    """The next thing to fall due; None where the case is over, or late already and waits for people."""
    if isinstance(state, Opened):
        return CaseDue(at=state.record.opened.occurred_at, what="notify")
    clock = running_clock(state)
    deadline = overdue_at(clock) if clock else None
    if deadline is None:
        return None
    match state:
        case Notified():
            return CaseDue(at=deadline, what="statement_over")
        case Decided():
            return CaseDue(at=deadline, what="appeal_over")
        case _:
            return CaseDue(at=deadline, what="overdue")
