"""The facts that figures are counted from, with validity in time, so that each figure can be had as of any moment.

A fact that changes has one revision per change. A revision holds from ``valid_from`` until ``valid_to`` (exclusive, or
None: until today); within that time, milestones later than the moment asked about have not happened yet.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

Interval = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What every fact of one item has in common, and may be filtered by."""

    item_id: UUID
    campaign_id: str | None
    area: str
    category: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFact:
    """The item itself. ``late_at``: the earliest deadline that was missed before closing and is not excused."""

    revision: int
    valid_from: datetime
    valid_to: datetime | None = None
    number: str
    channel: str
    unit: str | None = None
    reported_at: datetime
    registered_at: datetime | None = None
    fixed_on_the_spot: bool = False
    closed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_as: str | None = None
    rechecked_at: datetime | None = None
    recurred_at: datetime | None = None
    late_at: datetime | None = None
    above_supervision_at: datetime | None = None
    suspended: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFact:
    """One dispatch to a unit, and whether the unit refused it or it was moved on."""

    round: int
    unit: str
    dispatched_at: datetime
    refused_at: datetime | None = None
    transferred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFact:
    """A clock; a new revision with every change of its deadline. ``unit``: whose item it is about.

    ``due_at`` is None while it stands still, unless it had run out before. ``done``: ended by what it waited for.
    """

    clock_id: str
    kind: str
    revision: int
    valid_from: datetime
    valid_to: datetime | None = None
    unit: str | None
    opened_at: datetime
    due_at: datetime | None
    extensions: int = 0
    ended_at: datetime | None = None
    ended_by: str | None = None
    done: bool = False
    excused_at: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether it ended after its deadline, and no appeal has excused that."""
        if self.due_at is None or self.ended_at is None or self.excused_at is not None:
            return False
        return self.ended_at > self.due_at


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """All facts of one item."""

    place: Place
    items: tuple[ItemFact, ...]
    dispatches: tuple[DispatchFact, ...]
    clocks: tuple[ClockFact, ...]
