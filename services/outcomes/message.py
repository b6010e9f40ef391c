"""What a message says: a CloudEvent about one item, with nothing in it that its reporter may not see, and no person."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.clock import Clock
from domain.item.state import OPEN_STATUSES, Item, Merged, assignment_of, running_clock
from domain.rulebook.rulebook import Rulebook
from domain.webhook.outcomes import PING, outcome_type
from services.messages.catalogue import section, word
from services.store.webhook_reading import Happening, Report

TRIED_FOR = timedelta(days=3)
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_ID = "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemName(_Said):
    """An item by its id and number."""

    item: UUID = Field(examples=[_ID])
    number: str = Field(examples=["2026-0000120"])


class OutcomeData(_Said):
    """The item as it stood right after the event. No free text: reasons and accounts may name people."""

    item: UUID = Field(examples=[_ID])
    number: str = Field(examples=["2026-0000123"])
    version: int = Field(examples=[4])
    reported_to: str = Field(
        description="当初上报时的 source。 The source it was reported under.", examples=["12345-hotline"]
    )
    what: str = Field(description="发生了什么。 What happened, in Chinese.", examples=["签收"])
    status: str = Field(examples=["rectifying"])
    status_text: str = Field(examples=["整改中"])
    open: bool
    unit: str | None = Field(examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    due_at: datetime | None = Field(description="当前时限到期时间。 When the running clock runs out.")
    overdue: bool
    into: ItemName | None = Field(None, description="并入的事项，由其继续办理。 The item it was merged into, if any.")
    merged: ItemName | None = Field(
        None,
        description="已并入本事项的原上报事项；subject 为其编号。 What you reported, if merged into this item.",
    )


class PingData(_Said):
    """Nothing, for a test."""

    webhook: UUID


class _Message(_Said):
    specversion: Literal["1.0"] = "1.0"
    id: UUID = Field(description="事件编号，即 webhook-id。 The event's id, as in webhook-id.")
    type: str = Field(examples=["duban.item.accepted.v1"])
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"


class Outcome(_Message):
    """What became of something that was reported."""

    source: Literal["duban:items"] = "duban:items"
    subject: str = Field(
        description="上报时自己的编号。 The reporter's own id of what it reported.", examples=["case-1"]
    )
    sequence: str = Field(
        description="同一事项（data.item）内递增，按文本比较。 Rises with every event of data.item, compared as text.",
        examples=["0000000004"],
    )
    data: OutcomeData


class Ping(_Message):
    """A message that says nothing."""

    source: Literal["duban:webhooks"] = "duban:webhooks"
    subject: str
    data: PingData


def outcome(
    happening: Happening, item: Item, rules: Rulebook, message_id: UUID, into: str | None, report: Report | None
) -> bytes:
    """The message about what happened to an item, which is given as it stood right after.

    ``report``: a duplicate that was merged into it before, whose reporter is told. ``into``: the number of the item
    that it was merged into itself.
    """
    file, assignment, clock = item.dossier, assignment_of(item), running_clock(item)
    unit = rules.units.get(assignment.unit) if assignment else None
    message = Outcome(
        id=message_id,
        type=outcome_type(happening.type),
        subject=report.source_id if report else file.issue.source_id,
        time=happening.occurred_at,
        sequence=f"{happening.version:010}",
        data=OutcomeData(
            item=file.item_id,
            number=file.number,
            version=happening.version,
            reported_to=report.source if report else file.issue.source,
            what=section("events")[happening.type]["zh"]["name"],
            status=item.status,
            status_text=word("status", item.status, "zh"),
            open=item.status in OPEN_STATUSES,
            unit=assignment.unit if assignment else None,
            unit_name=unit.name.zh if unit else None,
            due_at=clock.due_at if clock else None,
            overdue=_is_overdue(clock, happening.occurred_at),
            into=ItemName(item=item.into, number=into or "") if isinstance(item, Merged) else None,
            merged=ItemName(item=report.item, number=report.number) if report else None,
        ),
    )
    return message.model_dump_json().encode()


def ping(event_id: UUID, webhook_id: UUID, at: datetime) -> bytes:
    """The message that says nothing."""
    message = Ping(id=event_id, type=PING, subject=str(webhook_id), time=at, data=PingData(webhook=webhook_id))
    return message.model_dump_json().encode()


def _is_overdue(clock: Clock | None, at: datetime) -> bool:
    return clock is not None and clock.due_at is not None and clock.due_at <= at
