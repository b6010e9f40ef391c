"""What an act waits for: the instant at which it is issued, or by which its record is to be filed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.instant import Instant
from domain.supervision.state import Act, Planned, running_clock
from domain.watch import overdue_at


class ActDue(BaseModel):
    """The next thing that falls due, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    what: Literal["issue", "overdue"]


def next_due(state: Act) -> ActDue | None:
    """The next thing to fall due; None where nothing follows by itself any more."""
    if isinstance(state, Planned):
        return ActDue(at=state.file.planned.issue_at, what="issue")
    clock = running_clock(state)
    deadline = overdue_at(clock) if clock else None
    return None if deadline is None else ActDue(at=deadline, what="overdue")
