"""Judges rungs: none missing, early or climbed twice, and deadlines where published limits and suspensions put them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.exchanges import Promise, Testimony, WrongClocks, promises
from tests.faults.journal import Saw
from tests.faults.reckoning import RUNGS, Clock, Published, seconds
from tests.faults.stored import Event, Stored
from tests.faults.verdict import Rule, Violation

_TOLERANCE = timedelta(seconds=1)
# The last rungs may be on their way when a store is read.
_JUST_NOW = timedelta(seconds=10)
_CAMPAIGNS = "/v1/campaigns"
# What follows by itself, and what ends a clock; of items and obligations alike.
_BY_ITSELF = frozenset(
    {"rung_climbed.v1", "fell_overdue.v1", "accountability_fell_due.v1", "suspension_review_fell_due.v1"}
)
_ENDING = frozenset(
    {
        "item.registered.v1",
        "item.check_passed.v1",
        "item.closed.v1",
        "item.recheck_held.v1",
        "item.recurred.v1",
        "item.archived.v1",
        "item.voided.v1",
        "item.merged.v1",
        "item.transferred_out.v1",
        "obligation.fulfilled.v1",
        "obligation.withdrawn.v1",
    }
)
_TOP = frozenset({"item.accountability_fell_due.v1", "obligation.accountability_fell_due.v1"})
_REPORTED, _ASSIGNED = "item.reported.v1", "obligation.assigned.v1"
_SENT_BACK = "item.sent_back.v1"


@dataclass(slots=True)
class Climbs:
    """What was found out about all rungs of a run: what is wrong, and how late those were that were climbed."""

    violations: list[Violation] = field(default_factory=list[Violation])
    lateness: list[timedelta] = field(default_factory=list[timedelta])
    accounts: Counter[str] = field(default_factory=Counter[str])
    excused: int = 0  # seen before their instants, and dated by a clock that was ahead


def check_rungs(told: Testimony, store: Stored) -> Climbs:
    """Hold every clock of every item, and of every duty that fell due, against an account of its own."""
    published = Published(
        {look.subject: look.value for look in told.seen("policies")},
        {each["code"]: each for look in told.seen("catalogues") for each in look.value["categories"]},
        dict(_duties(told)),
    )
    receipts = {(promise.stream, promise.version): promise for promise in promises(told)}
    seen = {look.subject: look for look in reversed(list(told.seen("event")))}
    climbs = Climbs()
    for stream, events in store.streams().items():
        if events[0].type == _REPORTED or (events[0].type == _ASSIGNED and events[0].data["owed"]["kind"] == "duty"):
            climbs.accounts[events[0].kind] += 1
            account = _Account(stream, published, receipts, seen, WrongClocks(tuple(told.jumps)), climbs)
            for event in events:
                account.take(event)
            account.close(store.at)
    climbs.violations += _twice(store.events)
    climbs.violations += _cases(store.events)
    return climbs


def _duties(told: Testimony) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """The limits of duties, as plans of campaigns say that were sent."""
    for exchange in told.exchanges.values():
        if exchange.path == _CAMPAIGNS:
            for phase in exchange.body["plan"]["phases"]:
                yield from (((phase["phase_id"], duty["duty_id"]), duty["limit"]) for duty in phase["duties"])


@dataclass(slots=True)
class _Account:
    """The clocks of one item or obligation, kept from its events."""

    stream: str
    published: Published
    receipts: Mapping[tuple[str, int], Promise]
    seen: Mapping[str, Saw]
    clocks: WrongClocks
    climbs: Climbs
    category: str = ""
    clock: Clock | None = None
    dates: set[datetime] = field(default_factory=set[datetime])

    def take(self, event: Event) -> None:  # noqa: C901 - one branch per event is the point
        """Go on by one event."""
        what = event.type.partition(".")[2]
        if event.type == _REPORTED:
            self.category = event.data["issue"]["category"]
        if what not in _BY_ITSELF:
            self._miss(event.occurred_at, event.type)
        told = event.data.get("clock")
        match what:
            case "rung_climbed.v1":
                self._climb(event)
            case "fell_overdue.v1":
                self._fall_overdue(event)
            case "suspended.v1" if self.clock:
                self.clock.suspended.append((event.occurred_at, None))
            case "resumed.v1" if self.clock:
                self.clock.suspended[-1] = (self.clock.suspended[-1][0], event.occurred_at)
            case "extension_granted.v1" if self.clock:
                self.clock.extended += seconds(event.data["by"])
            case _ if told and (self.clock is None or told["clock_id"] != self.clock.clock_id):
                self.clock = self._opened(event, told)
            case _ if not told and event.type in _ENDING:
                self.clock = None
            case _:
                pass
        if told:
            self._same_deadline(event, told)
        self._as_told(event)
        if self._credible(event):
            self.dates.add(event.occurred_at)

    def close(self, at: datetime) -> None:
        """What is still running when the store is read has climbed everything that came due."""
        self._miss(at - _JUST_NOW, "everything was put right and came to rest")

    def _opened(self, event: Event, told: Mapping[str, Any]) -> Clock:
        if event.type == _ASSIGNED:
            return self.published.duty(told, event.data["owed"], event.occurred_at)
        kind, policy = told["clock_id"].rpartition("-")[0], told["policy_version"]
        return Clock(
            told["clock_id"],
            self.published.ladder(policy, self.category, kind),
            event.occurred_at,
            self.published.limit(policy, self.category, kind, rework=event.type == _SENT_BACK),
        )

    def _miss(self, before: datetime, when: str) -> None:
        for what, at in self.clock.pending(before) if self.clock else ():
            self._violation(Rule.RUNG_MISSING, f"{what} at {at}", f"not there at {before}, when {when}", at)

    def _climb(self, event: Event) -> None:
        rung, clock = event.data["rung"], self.clock
        if clock is None or clock.clock_id != event.data["clock_id"]:
            self._violation(Rule.RUNG_EARLY, f"no clock {event.data['clock_id']} runs", f"{rung} climbed on it", event)
            return
        if event.data.get("occasion", "time") == "time" and rung not in clock.climbed:
            ladder = clock.planned()
            planned = ladder.get(rung)
            if planned is None:
                self._violation(Rule.RUNG_EARLY, f"{rung} is not planned on {clock.clock_id}", "it was climbed", event)
            else:
                self._in_time(event, rung, planned)
                # Supervision never steps down: what was passed over would not be looked for any more.
                for lower in [each for each in ladder if RUNGS.index(each) < RUNGS.index(rung)]:
                    self._violation(Rule.RUNG_MISSING, f"{lower} at {ladder[lower]}", f"{rung} without it", event)
        clock.climbed.append(rung)

    def _in_time(self, event: Event, rung: str, planned: datetime) -> None:
        if event.occurred_at < planned:
            self._violation(Rule.RUNG_EARLY, f"{rung} at {planned}", f"dated {event.occurred_at}", event)
        recorded = datetime.fromisoformat(event.data["planned_at"])
        if recorded != planned:
            self._violation(Rule.DEADLINE, f"{rung} at {planned}", f"planned for {recorded}", event)
        self.climbs.lateness.append(event.occurred_at - planned)
        self._not_seen_before(event, rung, planned)

    def _not_seen_before(self, event: Event, what: str, planned: datetime) -> None:
        look = self.seen.get(event.event_id)
        if look is None or look.at + _TOLERANCE >= planned:
            return
        if self._credible(event):
            self.climbs.excused += 1
        else:
            found = f"{look.client} saw it at {look.at}, dated {event.occurred_at}, which no clock showed then"
            self._violation(Rule.RUNG_EARLY, f"{what} at {planned}", found, event)

    def _credible(self, event: Event) -> bool:
        """Whether a clock, wrong or right, showed the event's date before it was seen.

        Time never goes back on an item: whoever acts after a clock that was ahead takes over that clock's date.
        """
        look, date = self.seen.get(event.event_id), event.occurred_at
        if look is None or date <= look.at + _TOLERANCE or date in self.dates:
            return True
        return self.clocks.showed(date, look.at, _TOLERANCE)

    def _fall_overdue(self, event: Event) -> None:
        due = datetime.fromisoformat(event.data["due_at"])
        if self.clock is None or due != self.clock.due:
            expected = self.clock.due if self.clock else "no clock"
            self._violation(Rule.DEADLINE, f"due at {expected}", f"overdue since {due}", event)
        elif event.occurred_at < due:
            self._violation(Rule.RUNG_EARLY, f"overdue at {due}", f"dated {event.occurred_at}", event)
        else:
            self._not_seen_before(event, "overdue", due)
        if self.clock:
            self.clock.overdue = due

    def _same_deadline(self, event: Event, told: Mapping[str, Any]) -> None:
        due = told.get("due_at")
        recorded = datetime.fromisoformat(due) if due else None
        expected = None if self.clock is None or self.clock.stands_still else self.clock.due
        if recorded != expected:
            self._violation(Rule.DEADLINE, f"due at {expected}", f"{event.type} says {recorded}", event)

    def _as_told(self, event: Event) -> None:
        """What a client was told of the deadline when its command had been carried out."""
        promise = self.receipts.get((self.stream, event.version))
        if promise is None or not promise.events:
            return
        due = promise.receipt.get("due_at")
        told = datetime.fromisoformat(due) if due else None
        expected = None if self.clock is None or self.clock.stands_still else self.clock.due
        if told != expected:
            self._violation(Rule.DEADLINE, f"{promise.name} was told: due at {told}", f"it is {expected}", event)

    def _violation(self, rule: Rule, told: str, found: str, at: Event | datetime) -> None:
        instant = at if isinstance(at, datetime) else at.recorded_at
        self.climbs.violations.append(Violation(rule, self.stream, told, found, instant))


def _twice(events: Sequence[Event]) -> Iterator[Violation]:
    """On items and obligations alike."""
    climbs = Counter(
        (event.stream, event.data["clock_id"], event.data["rung"]) for event in events if "rung_climbed" in event.type
    )
    for (stream, clock, rung), times in climbs.items():
        if times > 1:
            yield Violation(Rule.RUNG_TWICE, stream, f"{rung} once on {clock}", f"climbed {times} times")


def _cases(events: Sequence[Event]) -> Iterator[Violation]:
    """The last rung of a clock opens one case, unless it is excused by an appeal."""
    opened = Counter(
        (event.data["cause"]["stream_id"], event.data["cause"]["clock_id"])
        for event in events
        if event.type == "case.opened.v1" and event.data["cause"]["kind"] == "rung"
    )
    excused = {
        (event.stream, event.data["clock_id"]) for event in events if event.type == "item.overdue_appeal_granted.v1"
    }
    due = {(event.stream, event.data["clock_id"]) for event in events if event.type in _TOP}
    for stream, clock in sorted(due | opened.keys()):
        times = opened[stream, clock]
        if times > 1 or (times == 0 and (stream, clock) not in excused):
            yield Violation(Rule.CASE, f"item {stream}", f"{clock} came to the top: one case", f"{times} were opened")
