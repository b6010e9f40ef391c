"""What a message says: a CloudEvent about one item, with nothing in it that its reporter may not see, and no person."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from domain.clock import Clock
from domain.item.state import OPEN_STATUSES, Item, assignment_of, running_clock
from domain.rulebook.rulebook import Rulebook
from domain.webhook.outcomes import PING, outcome_type
from services.messages.catalogue import section, word
from services.store.webhook_reading import Happening

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SOURCE_OF_ITEMS = "duban:items"
SOURCE_OF_WEBHOOKS = "duban:webhooks"


def outcome(happening: Happening, item: Item, rules: Rulebook) -> bytes:
    """The message about what happened to an item, which is given as it stood right after.

    No free text goes out: reasons and accounts may name people. Whoever reported reads them under ``/v1/items``.
    """
    file, assignment, clock = item.dossier, assignment_of(item), running_clock(item)
    unit = rules.units.get(assignment.unit) if assignment else None
    return _event(
        event_id=happening.event_id,
        kind=outcome_type(happening.type),
        source=SOURCE_OF_ITEMS,
        subject=file.issue.source_id,
        at=happening.occurred_at,
        # CloudEvents' extension for order: compared as text, rises with every event of the item.
        sequence=f"{happening.version:010}",
        data={
            "item": str(file.item_id),
            "number": file.number,
            "version": happening.version,
            "reported_to": file.issue.source,
            "what": section("events")[happening.type]["zh"]["name"],
            "status": item.status,
            "status_text": word("status", item.status, "zh"),
            "open": item.status in OPEN_STATUSES,
            "unit": assignment.unit if assignment else None,
            "unit_name": unit.name.zh if unit else None,
            "due_at": _instant(clock.due_at) if clock and clock.due_at else None,
            "overdue": _is_overdue(clock, happening.occurred_at),
        },
    )


def ping(event_id: UUID, webhook_id: UUID, at: datetime) -> bytes:
    """The message that says nothing."""
    return _event(
        event_id=event_id,
        kind=PING,
        source=SOURCE_OF_WEBHOOKS,
        subject=str(webhook_id),
        at=at,
        sequence=None,
        data={"webhook": str(webhook_id)},
    )


def _event(
    *, event_id: UUID, kind: str, source: str, subject: str, at: datetime, sequence: str | None, data: dict[str, Any]
) -> bytes:
    event = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "type": kind,
        "subject": subject,
        "time": _instant(at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return orjson.dumps(event if sequence is None else {**event, "sequence": sequence})


def _is_overdue(clock: Clock | None, at: datetime) -> bool:
    return clock is not None and clock.due_at is not None and clock.due_at <= at


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
