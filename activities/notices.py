"""What a workflow knows about what it watches: the step it stands at, and what falls due next."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.accountability.following import wait_until as wait_on_case
from domain.accountability.state import Case
from domain.accountability.state import running_clock as clock_of_case
from domain.bulk.state import Bulk, Working
from domain.campaign.due import next_due as next_due_in_campaign
from domain.campaign.state import Campaign
from domain.item.due import Due
from domain.item.following import wait_until
from domain.item.state import Item, assignment_of, running_clock
from domain.ladder import RUNGS
from domain.obligation.following import wait_until as wait_on_obligation
from domain.obligation.state import Obligation
from domain.obligation.state import running_clock as clock_of_obligation
from domain.rulebook.rulebook import Rulebook
from domain.supervision.following import wait_until as wait_on_act
from domain.supervision.state import Act
from domain.supervision.state import running_clock as clock_of_act

# Of everything that has a workflow: no two kinds call a step the same and mean different things.
ENDED_STEPS = (
    *("archived", "voided", "merged", "transferred_out"),
    "ended",
    *("fulfilled", "withdrawn"),
    *("issued", "published", "recorded"),
    *("finished", "cancelled"),
    "concluded",
)


class Notice(BaseModel):
    """How something stands, as of one version. ``due_at`` is its deadline, ``next_due_at`` when ``next_due`` follows.

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
    campaign: str | None = None
    notice: Notice


class Watch(BaseModel):
    """What the workflow of anything else starts from. ``category``: the kind of campaign, obligation or operation."""

    model_config = ConfigDict(frozen=True)

    stream_id: UUID
    number: str
    title: str
    category: str | None = None
    campaign: str | None = None
    notice: Notice


class DueMoment(BaseModel):
    """That the instant of ``due`` has come for an item, which was last known in ``version``."""

    model_config = ConfigDict(frozen=True)

    item_id: UUID
    version: int
    due: str
    at: datetime


class Moment(BaseModel):
    """That the instant of ``due`` has come for anything else, which was last known in ``version``."""

    model_config = ConfigDict(frozen=True)

    stream_id: UUID
    version: int
    due: str
    at: datetime

    @property
    def key(self) -> str:
        """The idempotency key of a follow-up at this moment."""
        return f"follow-up:{self.stream_id}:{self.version}:{self.due}:{self.at.isoformat()}"


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


def campaign_notice(campaign: Campaign, version: int) -> Notice:
    """Tell what a campaign waits for."""
    due = next_due_in_campaign(campaign)
    return Notice(
        version=version,
        step=campaign.status,
        unit=campaign.plan.office,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def obligation_notice(obligation: Obligation, version: int, at: datetime, rules: Rulebook) -> Notice:
    """Tell what an obligation waits for, asked at an instant, as of an item."""
    due, clock, record = wait_on_obligation(obligation, at, rules), clock_of_obligation(obligation), obligation.record
    return Notice(
        version=version,
        step=obligation.status,
        unit=record.unit,
        rung=max((climb.rung for climb in record.climbs), key=RUNGS.index, default=None),
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=(due.rung or due.what) if due else None,
    )


def case_notice(case: Case, version: int, at: datetime, rules: Rulebook) -> Notice:
    """Tell what an accountability case waits for, asked at an instant: its unit is notified in working hours."""
    due, clock = wait_on_case(case, at, rules), clock_of_case(case)
    return Notice(
        version=version,
        step=case.status,
        unit=case.record.unit,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def act_notice(act: Act, version: int, at: datetime, rules: Rulebook) -> Notice:
    """Tell what an act waits for, asked at an instant; it is over once nothing about it follows by itself."""
    due, clock, planned = wait_on_act(act, at, rules), clock_of_act(act), act.file.planned
    return Notice(
        version=version,
        step=act.status,
        unit=planned.unit,
        rung=planned.cause.rung if planned.cause.kind == "rung" else None,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def bulk_notice(bulk: Bulk, version: int) -> Notice:
    """Tell how a bulk operation stands; it waits for nothing but its next page."""
    working = isinstance(bulk, Working)
    return Notice(
        version=version,
        step=bulk.status,
        next_due_at=bulk.progress.updated_at if working else None,
        next_due="page" if working else None,
    )


def name_of(due: Due | None) -> str | None:
    """Name what falls due: overdue, the rung, review, open_recurrence."""
    return None if due is None else (due.rung or due.what)
