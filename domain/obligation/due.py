"""What an obligation waits for: the next instant at which something must follow by itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.instant import Instant
from domain.ladder import Rung
from domain.obligation.state import Obligation, Open, running_clock
from domain.obligation.values import Milestone, TaskOwed
from domain.watch import next_on


class ObligationDue(BaseModel):
    """The next thing that falls due, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    what: Literal["milestone", "overdue", "rung"]
    rung: Rung | None = None


def next_due(state: Obligation) -> ObligationDue | None:
    """The next thing to fall due; None where the obligation is over. A milestone comes before a deadline."""
    waiting = [ObligationDue(at=milestone.due_at, what="milestone") for milestone in milestones_ahead(state)]
    clock = running_clock(state)
    due = next_on(clock) if clock else None
    if due is not None:
        waiting.append(ObligationDue(at=due.at, what="overdue" if due.rung is None else "rung", rung=due.rung))
    return min(waiting, key=lambda entry: entry.at, default=None)


def milestones_ahead(state: Obligation) -> tuple[Milestone, ...]:
    """The milestones of a task at work that are neither reached nor marked as missed, in the order of their days."""
    record = state.record
    if not isinstance(state, Open) or not isinstance(record.owed, TaskOwed):
        return ()
    settled = {*record.reached, *record.missed}
    return tuple(milestone for milestone in record.owed.milestones if milestone.milestone_id not in settled)
