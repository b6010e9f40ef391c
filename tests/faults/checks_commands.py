"""Judges commands: what was acknowledged stands exactly once, as it was asked; what was refused left nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.faults.exchanges import Promise, Testimony, WrongClocks, denials, promises
from tests.faults.stored import Command, Event, Stored
from tests.faults.verdict import Rule, Violation

_BUG = 500
_TOLERANCE = timedelta(seconds=1)
# A jump is noted when it has been made; the process may have felt it a little before, or still after its end.
_AROUND_A_JUMP = timedelta(seconds=5)
# What identifies nobody and is not in events in the clear, or is written otherwise there.
_NOT_CONTENT = frozenset({"reporter", "review_on"})
_PRINCIPAL_LENGTH = 36


def check_commands(told: Testimony, store: Stored) -> list[Violation]:
    """Hold what clients were told against the log, and the log's commands against what clients asked."""
    given = promises(told)
    streams, by_key = store.streams(), _by_client_key(store.commands)
    events = {(stream, event.version): event for stream, found in streams.items() for event in found}
    return [
        *_kept(given, events),
        *_under_their_keys(given, by_key),
        *_covered(streams, store.commands),
        *_unasked(told, by_key),
        *_answered_the_same(told, given),
        *_refused(told, by_key),
        *_dated(given, events, WrongClocks(tuple(told.jumps))),
        *(
            Violation(Rule.NO_BUG, each.key, "an outage is answered 503", f"{each.status} {each.code}", each.at)
            for each in told.faults
            if each.status == _BUG
        ),
    ]


def _kept(given: Sequence[Promise], events: Mapping[tuple[str, int], Event]) -> Iterator[Violation]:
    for promise in given:
        found = [events.get((promise.stream, version)) for version in promise.versions]
        types = tuple(event.type if event and event.position is not None else None for event in found)
        if types != promise.events:
            said = f"{promise.stream} has version {promise.version} by {promise.events}"
            yield Violation(Rule.KEPT, promise.name, said, f"in the log: {types}", promise.by)
            continue
        recorded = {leaf for event in found if event for leaf in _leaves(event.data)}
        lacking = sorted(leaf for leaf in _leaves(promise.content) if leaf not in recorded)
        if lacking and promise.events and promise.stream and _is_item(promise):
            yield Violation(Rule.KEPT, promise.name, f"asked: {lacking}", "it stands in none of its events", promise.by)


def _is_item(promise: Promise) -> bool:
    return all(name.startswith("item.") for name in promise.events)


def _leaves(value: Any) -> Iterator[str]:
    """All texts and numbers within, as texts."""
    parts: Any = value
    match parts:
        case dict():
            for name, each in parts.items():  # pyright: ignore[reportUnknownVariableType]
                if name not in _NOT_CONTENT:
                    yield from _leaves(each)
        case list() | tuple():
            for each in parts:  # pyright: ignore[reportUnknownVariableType]
                yield from _leaves(each)
        case bool() | None:
            return
        case _:
            yield str(value)


def _by_client_key(commands: Sequence[Command]) -> dict[str, list[Command]]:
    """The commands of principals, by the key that the client gave; those of events by source and id."""
    found: defaultdict[str, list[Command]] = defaultdict(list)
    for command in commands:
        principal, colon, key = command.key.partition(":")
        if colon and len(principal) == _PRINCIPAL_LENGTH:
            found[key].append(command)
        elif principal == "ce":
            found[command.key].append(command)
    return found


def _under_their_keys(given: Sequence[Promise], by_key: Mapping[str, Sequence[Command]]) -> Iterator[Violation]:
    for promise in given:
        if not promise.events:
            continue  # nothing was left to do, so nothing was written
        found = by_key.get(promise.command_key or promise.name, [])
        stands = [(each.stream, each.version) for each in found]
        if stands != [(promise.stream, promise.version)]:
            said = f"once, as version {promise.version} of {promise.stream}"
            yield Violation(Rule.ONCE, promise.name, said, f"under its key: {stands}", promise.by)


def _covered(streams: Mapping[str, Sequence[Event]], commands: Sequence[Command]) -> Iterator[Violation]:
    """Every event of an item was written by exactly one command."""
    written: Counter[tuple[str, int]] = Counter()
    for command in commands:
        for version in range(command.version - len(command.answer["events"]) + 1, command.version + 1):
            written[command.stream, version] += 1
    for stream, events in streams.items():
        for event in events:
            times = written[stream, event.version]
            if event.kind == "item" and times != 1:
                found = f"version {event.version} ({event.type}) was written by {times} commands"
                yield Violation(Rule.ONCE, stream, "every event is one command's", found, event.recorded_at)


def _unasked(told: Testimony, by_key: Mapping[str, Sequence[Command]]) -> Iterator[Violation]:
    """Nothing was done under a key that nobody sent. Commands on items alone: setting up goes other ways, too."""
    asked = set(told.exchanges) | {promise.name for promise in promises(told)} | {d.identity for d in denials(told)}
    for key, found in by_key.items():
        for command in found:
            if key not in asked and any(name.startswith("item.") for name in command.answer["events"]):
                yield Violation(Rule.ONCE, command.stream, "nobody asked for it", f"done under {command.key!r}")


def _answered_the_same(told: Testimony, given: Sequence[Promise]) -> Iterator[Violation]:
    receipts: defaultdict[str, list[Promise]] = defaultdict(list)
    for promise in given:
        receipts[promise.name].append(promise)
    for name, repeated in receipts.items():
        for later in repeated[1:]:
            if later.receipt != repeated[0].receipt:
                first = repeated[0].receipt
                yield Violation(Rule.SAME_ANSWER, name, str(first), f"then: {later.receipt}", later.by)
    for exchange in told.exchanges.values():
        yes = exchange.accepted
        for answer in exchange.definite:
            if yes and answer not in yes and answer.at > yes[0].at:
                found = f"then: {answer.status} {answer.code}"
                yield Violation(Rule.SAME_ANSWER, exchange.key, f"first: {yes[0].status}", found, answer.at)


def _refused(told: Testimony, by_key: Mapping[str, Sequence[Command]]) -> Iterator[Violation]:
    for denial in denials(told):
        # Where an attempt was still on its way when another was refused, it may have come through in the end.
        if denial.refused and not denial.ambiguous and denial.identity in by_key:
            done = by_key[denial.identity][0]
            yield Violation(
                Rule.REFUSED,
                denial.name,
                "refused for good",
                f"done: {done.answer['events']} on {done.stream}",
                denial.at,
            )


def _dated(
    given: Sequence[Promise], events: Mapping[tuple[str, int], Event], clocks: WrongClocks
) -> Iterator[Violation]:
    spans: dict[tuple[str, int], tuple[datetime, datetime, Promise]] = {}
    for promise in given:
        began, by, _ = spans.get((promise.stream, promise.version), (promise.began, promise.by, promise))
        spans[promise.stream, promise.version] = (min(began, promise.began), min(by, promise.by), promise)
    for (stream, version), (began, by, promise) in spans.items():
        event = events.get((stream, version))
        if event is None or not promise.events or event.kind != "item":
            continue
        # An item's time never goes back: what a clock that is behind decides bears the time of the event before.
        before = [
            events[stream, each].occurred_at for each in range(1, promise.versions.start) if (stream, each) in events
        ]
        if before and event.occurred_at == max(before):
            continue
        least, greatest = clocks.offsets(began - _AROUND_A_JUMP, by + _AROUND_A_JUMP, "gateway")
        if not began + least - _TOLERANCE <= event.occurred_at <= by + greatest + _TOLERANCE:
            said = f"asked at {began}, answered at {by}, clocks off by {least} to {greatest}"
            yield Violation(Rule.TIME, promise.name, said, f"it is dated {event.occurred_at}", by)
