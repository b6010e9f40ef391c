"""An item as people need it: where it stands, with whom, until when, what happens next, and what was missed."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.clock import Clock, ClockKind, Pause, remaining_seconds
from domain.item.due import next_due
from domain.item.state import (
    OPEN_STATUSES,
    Item,
    Merged,
    Recurred,
    Suspended,
    TransferredOut,
    assignment_of,
    running_clock,
)
from domain.item.values import Channel, Climb, Evidence, ExtensionRequest, Location, OverdueMark
from domain.ladder import Rung, Severity
from domain.limits import Limit
from domain.rulebook.rulebook import Rulebook
from domain.schedule import PlannedRung
from services.messages.catalogue import Language, word
from services.store.records import StoredState

_TITLE = "东街垃圾满溢"


class View(BaseModel):
    """An answer; never read back."""

    model_config = ConfigDict(frozen=True)


class ItemSummary(View):
    """One line of a list."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    version: int = Field(examples=[4])
    status: str = Field(examples=["rectifying"])
    status_text: str = Field(examples=["整改中"])
    open: bool
    title: str = Field(examples=[_TITLE])
    channel: str = Field(examples=["hotline"])
    source: str = Field(examples=["12345-hotline"])
    category: str = Field(examples=["rubbish"])
    category_name: str | None = Field(examples=["垃圾清运"])
    area: str = Field(examples=["east"])
    area_name: str | None = Field(examples=["东街"])
    unit: str | None = Field(description="牵头单位。 Lead unit.", examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    reported_at: datetime
    due_at: datetime | None = Field(description="当前时限到期时间。 When the running clock runs out.")
    overdue: bool
    next_due_at: datetime | None = Field(description="下一步自动发生的时间。 When something follows by itself.")
    next_due: str | None = Field(description="届时发生什么。 What then follows.", examples=["remind"])
    highest_rung: str | None = Field(description="已达到的最高督办级别。 Highest rung so far.", examples=["warn"])
    updated_at: datetime


class ClockView(View):
    """The running clock 时限, or the one that stands still."""

    clock_id: str = Field(examples=["rectify-1"])
    kind: ClockKind
    limit: Limit
    extensions: tuple[Limit, ...]
    opened_at: datetime
    due_at: datetime | None
    provisional: bool = Field(description="暂定：期限落在尚未公布放假安排的年份。 Reaches into an unannounced year.")
    paused: bool
    pauses: tuple[Pause, ...]
    remaining_seconds: int | None = Field(
        description="剩余时限（秒，按该时限的计时方式）。 Seconds left; negative: over."
    )
    overdue_at: datetime | None = Field(description="已超过的期限。 The due instant that passed.")
    climbed: tuple[Rung, ...]
    planned: tuple[PlannedRung, ...] = Field(description="尚未执行的督办计划。 Rungs still to come.")
    policy_version: str
    calendar_version: str
    severity: Severity = Field(description="严重程度，决定走哪一套督办阶梯。 How grave: chooses the ladder.")


class NextDue(View):
    """What follows by itself, unless somebody acts before."""

    at: datetime
    what: Literal["overdue", "rung", "review", "open_recurrence"]
    rung: Rung | None
    text: str = Field(examples=["催办"])


class ItemView(View):
    """One item, now or as it stood."""

    id: UUID
    number: str = Field(examples=["2026-0000123"])
    version: int = Field(description="事件数，即 ETag。 Number of events; the ETag.", examples=[4])
    status: str = Field(examples=["rectifying"])
    status_text: str = Field(examples=["整改中"])
    open: bool
    title: str = Field(examples=[_TITLE])
    description: str | None
    channel: Channel
    source: str
    source_id: str
    category: str
    category_name: str | None
    area: str
    area_name: str | None
    location: Location | None
    evidence: tuple[Evidence, ...]
    reporter: UUID | None = Field(description="不含个人信息的标识。 Opaque id; the person is kept elsewhere.")
    reported_at: datetime
    rectify_by: datetime | None
    policy_version: str | None
    unit: str | None
    unit_name: str | None
    supporting: tuple[str, ...]
    order_number: str | None = Field(description="交办单号。 Dispatch number.", examples=["2026-0000123-1"])
    rounds: int = Field(description="交办次数。 Times dispatched.")
    refusals: int
    reworks: int
    extensions: int
    extension_request: ExtensionRequest | None
    clock: ClockView | None
    next_due: NextDue | None
    marks: tuple[OverdueMark, ...] = Field(description="超期记录。 Deadlines that passed.")
    climbs: tuple[Climb, ...] = Field(description="督办记录。 Rungs climbed.")
    review_on: datetime | None = Field(description="缓办复核日期。 When a suspension is reviewed.")
    new_item: UUID | None = Field(description="反弹后续办的事项。 The item that carries on after a recurrence.")
    recurrence_of: UUID | None
    merged_into: UUID | None
    absorbed: tuple[UUID, ...] = Field(description="并入本事项的事项。 Duplicates merged into this one.")
    authority: str | None = Field(description="转外后的办理机关。 The authority outside that has it now.")
    updated_at: datetime


def summary_of(stored: StoredState, rules: Rulebook, now: datetime, language: Language) -> ItemSummary:
    """A line of a list, from the columns alone: the state is not read."""
    row = stored.row
    columns: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "number",
            "status",
            "title",
            "channel",
            "source",
            "category",
            "area",
            "unit",
            "reported_at",
            "due_at",
            "next_due_at",
            "next_due",
            "highest_rung",
        )
    }
    return ItemSummary(
        **columns,
        id=stored.stream_id,
        version=stored.version,
        open=row.open is True,
        status_text=word("status", str(row.status), language),
        category_name=category_name(rules, row.category, language),
        area_name=area_name(rules, row.area, language),
        unit_name=unit_name(rules, row.unit, language),
        overdue=row.open is True and row.due_at is not None and row.due_at < now,
        updated_at=stored.updated_at,
    )


def item_view(item: Item, version: int, rules: Rulebook, at: datetime, language: Language) -> ItemView:
    """The item as it stands at an instant."""
    file, issue, assignment = item.dossier, item.dossier.issue, assignment_of(item)
    return ItemView(
        id=file.item_id,
        version=version,
        status=item.status,
        status_text=word("status", item.status, language),
        open=item.status in OPEN_STATUSES,
        **{name: getattr(issue, name) for name in type(issue).model_fields},
        **{name: getattr(file, name) for name in _OF_THE_DOSSIER},
        category_name=category_name(rules, issue.category, language),
        area_name=area_name(rules, issue.area, language),
        unit=assignment.unit if assignment else None,
        unit_name=unit_name(rules, assignment.unit, language) if assignment else None,
        supporting=assignment.supporting if assignment else (),
        order_number=assignment.order_number if assignment else None,
        clock=clock_view(running_clock(item), rules, at),
        next_due=_next_due(item, language),
        review_on=item.review_on if isinstance(item, Suspended) else None,
        new_item=item.new_item if isinstance(item, Recurred) else None,
        merged_into=item.into if isinstance(item, Merged) else None,
        authority=item.authority if isinstance(item, TransferredOut) else None,
    )


def category_name(rules: Rulebook, code: str | None, language: Language) -> str | None:
    """The category's name in the catalogue in force; None for one that is not there."""
    if code is None or not rules.policies:
        return None
    found = rules.regime().categories.get(code)
    return getattr(found.name, language) if found else None


def area_name(rules: Rulebook, code: str | None, language: Language) -> str | None:
    """The area's name; None for an unknown one."""
    found = rules.areas.get(code) if code else None
    return getattr(found.name, language) if found else None


def unit_name(rules: Rulebook, code: str | None, language: Language) -> str | None:
    """The unit's name; None for an unknown one."""
    found = rules.units.get(code) if code else None
    return getattr(found.name, language) if found else None


_OF_THE_DOSSIER = (
    "number",
    "reported_at",
    "policy_version",
    "rectify_by",
    "recurrence_of",
    "rounds",
    "refusals",
    "reworks",
    "extensions",
    "extension_request",
    "marks",
    "climbs",
    "absorbed",
    "updated_at",
)


def clock_view(clock: Clock | None, rules: Rulebook, at: datetime) -> ClockView | None:
    """A clock as it stands at an instant; None for none."""
    if clock is None:
        return None
    calendar = rules.calendars.get(clock.calendar_version)
    return ClockView(
        **{name: getattr(clock, name) for name in ClockView.model_fields if name != "remaining_seconds"},
        remaining_seconds=remaining_seconds(clock, max(at, clock.opened_at), calendar.calendar) if calendar else None,
    )


def _next_due(item: Item, language: Language) -> NextDue | None:
    due = next_due(item)
    if due is None:
        return None
    text = word("rung", due.rung, language) if due.rung else word("due", due.what, language)
    return NextDue(at=due.at, what=due.what, rung=due.rung, text=text)
