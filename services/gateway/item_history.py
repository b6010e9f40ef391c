"""The history of an item: its events with a sentence each, and the item as it stood at any past moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field, TypeAdapter

from domain.item.decisions import fold
from domain.item.events import ITEM_EVENTS
from domain.item.state import Item
from domain.limits import Limit
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import View, unit_name
from services.messages.catalogue import Language, fill, section, word
from services.store.records import StoredEvent

FALLBACK_TIMEZONE = "Asia/Shanghai"
_INSTANT = TypeAdapter(datetime)
_INSTANTS = frozenset({"due_at", "due_before", "review_on", "planned_at", "issue_at", "answer_by", "held_at"})
_NOTHING = "—"


class HistoryEntry(View):
    """One event, for people and for programs."""

    version: int = Field(examples=[3])
    event_id: UUID
    type: str = Field(examples=["item.accepted.v1"])
    name: str = Field(examples=["签收"])
    sentence: str = Field(examples=["环卫处签收，整改期限 2026-11-23 11:00。"])
    occurred_at: datetime = Field(description="何时发生。 When it happened.")
    recorded_at: datetime = Field(description="何时记录。 When it was written down.")
    actor: str = Field(description="操作主体的标识。 Id of the principal.")
    data: dict[str, Any]


class History(View):
    """All events of an item, oldest first."""

    id: UUID
    events: list[HistoryEntry]


def timezone_of(rules: Rulebook) -> str:
    """The city's time zone: that of the calendar in force."""
    return rules.regime().calendar.timezone if rules.policies else FALLBACK_TIMEZONE


def history_entries(events: Sequence[StoredEvent], rules: Rulebook, language: Language) -> list[HistoryEntry]:
    """All events of one aggregate, each with its sentence."""
    number = _number(orjson.loads(events[0].data).get("number", "")) if events else ""
    return [history_entry(event, number, rules, language) for event in events]


def history_entry(event: StoredEvent, number: str, rules: Rulebook, language: Language) -> HistoryEntry:
    """One event with its sentence. ``number``: what its aggregate is called, where the event itself does not say."""
    data: dict[str, Any] = orjson.loads(event.data)
    text = section("events")[event.type][language]
    facts = {**_facts(data, rules, language), "number": _number(data.get("number", number))}
    template = text["sentence"] if data.get("clock") else text.get("without_due", text["sentence"])
    return HistoryEntry(
        version=event.version,
        event_id=event.event_id,
        type=event.type,
        name=text["name"],
        sentence=fill(template, facts, language).strip(),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        data=data,
    )


def as_of(
    events: Sequence[StoredEvent],
    *,
    version: int | None = None,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> tuple[Item, int] | None:
    """The item and its version after the events up to a version, or that had happened, or were written down, by then.

    None where nothing had.
    """
    chosen = events_until(events, version=version, at=at, known_at=known_at)
    item = fold(tuple(ITEM_EVENTS.validate_json(event.data) for event in chosen))
    return None if item is None else (item, len(chosen))


def events_until(
    events: Sequence[StoredEvent], *, version: int | None, at: datetime | None, known_at: datetime | None
) -> list[StoredEvent]:
    """The events up to a version, or those that had happened, or were written down, by then."""
    chosen: list[StoredEvent] = []
    for event in events:
        beyond = (
            (version is not None and event.version > version)
            or (at is not None and event.occurred_at > at)
            or (known_at is not None and event.recorded_at > known_at)
        )
        if beyond:
            break
        chosen.append(event)
    return chosen


def _facts(data: Mapping[str, Any], rules: Rulebook, language: Language) -> dict[str, str]:
    """What a sentence can name: the event's own values, those of its issue and assignment, and its clock's due."""
    timezone = ZoneInfo(timezone_of(rules))
    values: dict[str, Any] = {"note": "", "account": "", **data}
    for part in ("issue", "assignment"):
        values |= cast(dict[str, Any], data.get(part) or {})
    clock = cast(dict[str, Any], data.get("clock") or {})
    values["due"] = _local(clock.get("due_at"), timezone)
    facts: dict[str, str] = {}
    for name, value in values.items():
        match name:
            case "unit" if value is None or isinstance(value, str):  # of a unit itself, the whole description
                facts[name] = unit_name(rules, value, language) or value or _NOTHING
            case "supporting":
                facts[name] = _supporting(value, rules, language)
            case "by" if "amount" in value:  # by how much, not by whom
                facts[name] = _limit(Limit.model_validate(value), language)
            case "channel" | "basis":
                facts[name] = word(name, value, language)
            case _ if name in _INSTANTS:
                facts[name] = _local(value, timezone)
            case _ if isinstance(value, str | int):
                facts[name] = str(value)
            case _ if isinstance(value, dict) and language in value:
                facts[name] = str(cast(dict[str, Any], value)[language])
            case _:
                pass
    return facts


def _number(value: str | Mapping[str, Any]) -> str:
    """A number as it is written; those without gaps stand in events with their parts."""
    return value if isinstance(value, str) else str(value["text"])


def _local(instant: str | None, timezone: ZoneInfo) -> str:
    if instant is None:
        return _NOTHING
    return f"{_INSTANT.validate_python(instant).astimezone(timezone):%Y-%m-%d %H:%M}"


def _limit(limit: Limit, language: Language) -> str:
    return fill(word("limit", limit.kind, language), {"amount": limit.amount}, language)


def _supporting(units: Sequence[str], rules: Rulebook, language: Language) -> str:
    if not units:
        return ""
    names = [unit_name(rules, unit, language) or unit for unit in units]
    return f"（配合：{'、'.join(names)}）" if language == "zh" else f" (supported by {', '.join(names)})"
