"""What a workflow knows about its item: the step it stands at, and what falls due next."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.item.due import Due
from domain.item.following import wait_until
from domain.item.state import Item, assignment_of, running_clock
from domain.ladder import RUNGS
from domain.rulebook.rulebook import Rulebook

ENDED_STEPS = ("archived", "voided", "merged", "transferred_out")


class Notice(BaseModel):
    """An item as of one version. ``due_at`` is the deadline of the step, ``next_due_at`` when ``next_due`` follows.

    Unknown fields are let through: during an upgrade an older worker reads what a newer relay wrote.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    step: str
    unit: str | None = None
    rung: str | None = None
    due_at: datetime | None = None
    next_due_at: datetime | None = None
    next_due: str | None = None

    @property
    def over(self) -> bool:
        """Whether nothing can fall due any more, whatever happens: a recurrence is over once its new item is linked."""
        return self.step in ENDED_STEPS or (self.step == "recurred" and self.next_due is None)

    def waits_as(self, other: Self) -> bool:
        """Whether both wait for the same thing at the same instant."""
        return (self.next_due, self.next_due_at) == (other.next_due, other.next_due_at)


class ItemWatch(BaseModel):
    """What the workflow of an item starts from: what never changes about the item, and the first notice."""

    model_config = ConfigDict(frozen=True)

    item_id: UUID
    number: str
    title: str
    area: str | None = None
    category: str | None = None
    notice: Notice


class DueMoment(BaseModel):
    """That the instant of ``due`` has come for an item, which was last known in ``version``."""

    model_config = ConfigDict(frozen=True)

    item_id: UUID
    version: int
    due: str
    at: datetime


def notice_of(item: Item, version: int, at: datetime, rules: Rulebook) -> Notice:
    """Tell what an item waits for, asked at an instant: a rung that is late already waits for working hours."""
    due, clock, assignment = wait_until(item, at, rules), running_clock(item), assignment_of(item)
    return Notice(
        version=version,
        step=item.status,
        unit=assignment.unit if assignment else None,
        rung=max((climb.rung for climb in item.dossier.climbs), key=RUNGS.index, default=None),
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=name_of(due),
    )


def name_of(due: Due | None) -> str | None:
    """Name what falls due: overdue, the rung, review, open_recurrence."""
    return None if due is None else (due.rung or due.what)
