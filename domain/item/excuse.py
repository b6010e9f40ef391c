"""What a granted appeal excuses: the one rule that says which climbed rungs are not held against the unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.errors import Rejection
from domain.item.values import AppealStatus, Climb, OverdueMark
from domain.ladder import Occasion, Rung


class DeadlineExcused(Rejection):
    """The unit's appeal against the missed deadline was granted: nothing follows on it. Facts: ``number``, ``rung``."""

    code = "deadline_excused"


class Climbing(Protocol):
    """A rung as it is recorded, on an item or an obligation."""

    @property
    def clock_id(self) -> str:
        """The clock it was climbed on."""
        ...

    @property
    def occasion(self) -> Occasion:
        """Why it was climbed."""
        ...

    @property
    def planned_at(self) -> datetime:
        """The instant it was planned for."""
        ...

    @property
    def due_at(self) -> datetime | None:
        """The clock's deadline at that moment."""
        ...


def missed_deadline(climbing: Climbing, marks: Sequence[OverdueMark]) -> datetime | None:
    """The deadline whose mark a rung follows on; None for one ahead of the deadline, and for one by an occasion.

    ``marks`` are those at the moment of the climb.
    """
    mark = next((mark for mark in reversed(marks) if mark.clock_id == climbing.clock_id), None)
    if mark is None or climbing.occasion != "time" or climbing.due_at is None:
        return None
    # An extension granted late has given the clock another deadline, which nobody has missed yet.
    follows = climbing.due_at <= mark.due_at and climbing.planned_at >= climbing.due_at
    return mark.due_at if follows else None


def is_excused(clock_id: str, rung: Rung, climbs: Sequence[Climb], marks: Sequence[OverdueMark]) -> bool:
    """Whether a rung of a clock follows on a mark that does not count any more.

    Such a rung was climbed and is told, and that stays: it brings no points, no act of supervision and no case.
    """
    climb = next((each for each in reversed(climbs) if (each.clock_id, each.rung) == (clock_id, rung)), None)
    return climb is not None and is_granted(clock_id, climb.missed, marks)


def is_granted(clock_id: str, missed: datetime | None, marks: Sequence[OverdueMark]) -> bool:
    """Whether the appeal against the mark of a missed deadline was granted; never where none was missed."""
    granted = ((mark.clock_id, mark.due_at) for mark in marks if mark.appeal is AppealStatus.GRANTED)
    return missed is not None and (clock_id, missed) in granted
