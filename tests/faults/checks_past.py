"""Judges the past: nothing that anybody saw or was told, at any gateway, was ever undone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.faults.exchanges import Testimony, promises
from tests.faults.stored import Stored
from tests.faults.verdict import Rule, Violation

# From these an item never comes back.
_FINAL = frozenset({"archived", "voided", "merged", "transferred_out"})
_COUNTERS = ("counter", "log_size", "unread")


@dataclass(frozen=True, slots=True)
class _Known:
    """That a number had been reached: told at `at`, to somebody who had asked at `asked_at`."""

    asked_at: datetime
    at: datetime
    number: int
    by: str


def check_past(told: Testimony, store: Stored) -> list[Violation]:
    """Hold every look against all that had been seen before it began, and the end against everything."""
    return [*_numbers(told), *_closed(told, store), *_events(told, store)]


def _numbers(told: Testimony) -> Iterator[Violation]:
    """Versions, sizes and counts never decrease, whichever gateway is asked."""
    known: defaultdict[str, list[_Known]] = defaultdict(list)
    for look in told.looks:
        if look.what in _COUNTERS:
            known[f"{look.what} {look.subject}"].append(_Known(look.asked_at, look.at, look.value, look.client))
        elif look.what == "item":
            known[f"item {look.subject}"].append(_Known(look.asked_at, look.at, look.value["version"], look.client))
        elif look.what == "checkpoint":
            known["checkpoint"].append(_Known(look.asked_at, look.at, size_of(look.value), look.client))
    for promise in promises(told):
        known[f"item {promise.stream}"].append(_Known(promise.by, promise.by, promise.version, promise.name))
    for subject, each in known.items():
        yield from _falling(subject, each)


def _falling(subject: str, known: list[_Known]) -> Iterator[Violation]:
    before = sorted(known, key=lambda each: each.at)
    highest: _Known | None = None
    following = 0
    for look in sorted(known, key=lambda each: each.asked_at):
        while following < len(before) and before[following].at < look.asked_at:
            if highest is None or before[following].number > highest.number:
                highest = before[following]
            following += 1
        # What a receipt says is of the past when it is repeated: it is told again, not looked up.
        if highest is not None and look.number < highest.number and look.asked_at != look.at:
            said = f"{highest.number}, told to {highest.by} at {highest.at}"
            yield Violation(Rule.WENT_BACK, subject, said, f"{look.by} was told {look.number}", look.at)


def _closed(told: Testimony, store: Stored) -> Iterator[Violation]:
    now = {state.stream: state for state in store.states}
    ended: dict[str, Any] = {}
    closed: dict[str, Any] = {}
    for look in told.seen("item"):
        before = ended.get(look.subject)
        if before is not None and before.at < look.asked_at and look.value["status"] != before.value["status"]:
            yield Violation(
                Rule.WENT_BACK,
                f"item {look.subject}",
                f"{before.value['status']} for good",
                look.value["status"],
                look.at,
            )
        over = closed.get(look.subject)
        if over is not None and over.at < look.asked_at and look.value["open"]:
            yield Violation(Rule.WENT_BACK, f"item {look.subject}", "closed", f"open: {look.value['status']}", look.at)
        if look.value["status"] in _FINAL:
            ended.setdefault(look.subject, look)
        if not look.value["open"]:
            closed.setdefault(look.subject, look)
    for item, look in closed.items():
        if item not in now or now[item].open:
            found = now[item].status if item in now else "it does not exist"
            yield Violation(Rule.WENT_BACK, f"item {item}", f"closed: {look.value['status']}", f"{found}", store.at)
    for look in told.seen("item"):
        if look.subject not in now or now[look.subject].version < look.value["version"]:
            found = f"version {now[look.subject].version}" if look.subject in now else "it does not exist"
            yield Violation(
                Rule.WENT_BACK, f"item {look.subject}", f"seen at version {look.value['version']}", found, store.at
            )


def _events(told: Testimony, store: Stored) -> Iterator[Violation]:
    """Whatever an auditor read in the log still stands there, unchanged."""
    events = {event.event_id: event for event in store.events}
    for look in told.seen("event"):
        event = events.get(look.subject)
        stands = (event.position, event.stream, event.version, event.type) if event else None
        saw = tuple(look.value[name] for name in ("position", "stream", "version", "type"))
        if stands != saw:
            yield Violation(Rule.WENT_BACK, f"event {look.subject}", f"seen as {saw}", f"stands as {stands}", look.at)


def size_of(note: str) -> int:
    """The size that a checkpoint vouches for."""
    return int(note.splitlines()[1])
