"""Judges order: versions and positions are dense, and what was acknowledged before another was asked stands before."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from tests.faults.exchanges import Promise, Testimony, promises
from tests.faults.stored import Event, Stored
from tests.faults.verdict import Rule, Violation

# What was appended in the moment of reading is about to get its place.
_JUST_NOW = timedelta(seconds=5)


def check_order(told: Testimony, store: Stored) -> list[Violation]:
    """Hold the order in the log against the order in which things were acknowledged."""
    streams = store.streams()
    return [
        *_dense_log(store),
        *(found for stream, events in streams.items() for found in _dense_stream(stream, events)),
        *_acknowledged_first(promises(told), streams),
    ]


def _dense_log(store: Stored) -> Iterator[Violation]:
    positions = Counter(event.position for event in store.events)
    outside = positions.pop(None, 0)
    forgotten = [each for each in store.events if each.position is None and each.recorded_at < store.at - _JUST_NOW]
    if forgotten:
        yield Violation(Rule.ORDER, "log", "every event gets a place", f"{len(forgotten)} events have none")
    wrong = sorted(position for position in range(len(store.events) - outside) if positions[position] != 1)
    if wrong:
        yield Violation(Rule.ORDER, "log", "dense positions", f"{len(wrong)} are empty or double, first {wrong[0]}")


def _dense_stream(stream: str, events: Sequence[Event]) -> Iterator[Violation]:
    versions = [event.version for event in events]
    if versions != list(range(1, len(events) + 1)):
        yield Violation(Rule.ORDER, stream, f"versions 1 to {len(events)}", f"{versions}")
    for earlier, later in pairwise(events):
        if earlier.position is not None and later.position is not None and earlier.position >= later.position:
            found = f"version {later.version} at {later.position}, version {earlier.version} at {earlier.position}"
            yield Violation(Rule.ORDER, stream, "in the log as in the stream", found, later.recorded_at)
        # What was reported bears the time at which it was seen.
        if later.kind == "item" and earlier.version > 1 and later.occurred_at < earlier.occurred_at:
            found = f"version {later.version} is dated {later.occurred_at}, the one before {earlier.occurred_at}"
            yield Violation(Rule.ORDER, stream, "an item's time never goes back", found, later.recorded_at)


def _acknowledged_first(given: Sequence[Promise], streams: Mapping[str, Sequence[Event]]) -> Iterator[Violation]:
    known: dict[tuple[str, int], Promise] = {}
    for promise in given:
        same = known.setdefault((promise.stream, promise.version), promise)
        began, by = min(same.began, promise.began), min(same.by, promise.by)
        known[promise.stream, promise.version] = replace(same, began=began, by=by)
    positions = {(stream, e.version): e.position for stream, events in streams.items() for e in events}
    done = [promise for promise in known.values() if promise.events]
    answered = deque(sorted(done, key=lambda each: each.by))
    highest, holder = -1, ""
    # All that had been acknowledged when this was asked for must stand before it.
    for promise in sorted(done, key=lambda each: each.began):
        while answered and answered[0].by < promise.began:
            before = answered.popleft()
            position = positions.get((before.stream, before.version))
            if position is not None and position > highest:
                highest, holder = position, before.name
        begins = positions.get((promise.stream, promise.versions.start))
        if begins is not None and begins < highest:
            said = f"{holder} was acknowledged before this was asked for"
            yield Violation(Rule.ORDER, promise.name, said, f"it stands at {begins}, before {highest}", promise.by)
