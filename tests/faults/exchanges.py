"""Reads a journal as a judge does: wishes with all attempts and answers, looks, strikes, clocks that went wrong."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.journal import Answered, Asked, ClockJumped, Record, Saw, Struck

_TROUBLE = 400
_AGAIN = frozenset({429, 500, 502, 503, 504})
_EVENTS = "/v1/events"
EVERYTHING = "all"
_NONE = timedelta(0)


@dataclass(slots=True)
class Exchange:
    """One wish under one key: every attempt, and what was answered to which."""

    asked: list[Asked] = field(default_factory=list[Asked])
    answers: list[Answered] = field(default_factory=list[Answered])

    @property
    def key(self) -> str:
        """The client's key."""
        return self.asked[0].key

    @property
    def client(self) -> str:
        """Who asked."""
        return self.asked[0].client

    @property
    def path(self) -> str:
        """What was asked for."""
        return self.asked[0].path

    @property
    def body(self) -> Any:
        """What was sent."""
        return self.asked[0].body

    @property
    def definite(self) -> list[Answered]:
        """The answers that settle the wish: yes, or no for good."""
        return [each for each in self.answers if each.status is not None and each.status not in _AGAIN]

    @property
    def accepted(self) -> list[Answered]:
        """The answers that say that it is done."""
        return [each for each in self.definite if each.status is not None and each.status < _TROUBLE]

    @property
    def unanswered(self) -> bool:
        """Whether an attempt may still have been on its way when a definite answer came, or never got one."""
        return len(self.definite) < len(self.asked)


@dataclass(frozen=True, slots=True)
class Promise:
    """A receipt that was given: so many events at this version of this stream. ``by`` is when it was known."""

    name: str
    stream: str
    version: int
    events: tuple[str, ...]
    receipt: Mapping[str, Any]
    content: Any
    began: datetime
    by: datetime
    command_key: str | None = None

    @property
    def versions(self) -> range:
        """The versions of the events that were promised."""
        return range(self.version - len(self.events) + 1, self.version + 1)


@dataclass(frozen=True, slots=True)
class Denial:
    """A wish that was refused for good, or that never got an answer (``refused`` is false)."""

    name: str
    identity: str
    refused: bool
    ambiguous: bool
    at: datetime


@dataclass(slots=True)
class Testimony:
    """Everything a journal says."""

    exchanges: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    looks: list[Saw] = field(default_factory=list[Saw])
    strikes: list[Struck] = field(default_factory=list[Struck])
    jumps: list[ClockJumped] = field(default_factory=list[ClockJumped])
    faults: list[Answered] = field(default_factory=list[Answered])
    last: datetime | None = None

    def seen(self, what: str) -> Iterator[Saw]:
        """The looks at one sort of thing, as they came."""
        return (look for look in self.looks if look.what == what)


def heard(records: Iterable[Record]) -> Testimony:
    """Sort what a journal says."""
    told = Testimony()
    for record in records:
        told.last = record.at
        match record:
            case Asked():
                told.exchanges.setdefault(record.key, Exchange()).asked.append(record)
            case Answered():
                if record.key in told.exchanges:
                    told.exchanges[record.key].answers.append(record)
                if record.status is None or record.status in _AGAIN:
                    told.faults.append(record)
            case Saw():
                told.looks.append(record)
            case Struck():
                told.strikes.append(record)
            case ClockJumped():
                told.jumps.append(record)
    return told


def promises(told: Testimony) -> list[Promise]:
    """Every receipt that anybody was given, also inside batches; repeated answers give repeated promises."""
    return [promise for exchange in told.exchanges.values() for promise in _of(exchange)]


def _of(exchange: Exchange) -> Iterator[Promise]:
    began = exchange.asked[0].at
    for answer in exchange.accepted:
        if exchange.path != _EVENTS:
            if _is_receipt(answer.body):
                name = f"{exchange.client}: POST {exchange.path} ({exchange.key})"
                yield _promise(name, answer.body, exchange.body, began, answer.at, exchange.key)
            continue
        single = not isinstance(exchange.body, list)
        sent: list[Any] = [exchange.body] if single else exchange.body
        answers: list[Any] = [{"status": answer.status, "receipt": answer.body}] if single else answer.body
        for event, each in zip(sent, answers, strict=True):
            if each.get("receipt"):
                yield _promise(identity_of(event), each["receipt"], event["data"], began, answer.at, None)


def _promise(
    name: str, receipt: Mapping[str, Any], content: Any, began: datetime, by: datetime, key: str | None
) -> Promise:
    return Promise(name, receipt["id"], receipt["version"], tuple(receipt["events"]), receipt, content, began, by, key)


def denials(told: Testimony) -> list[Denial]:
    """Every wish about which nobody was ever told that it is done."""
    done = {promise.name for promise in promises(told)}
    found: list[Denial] = []
    for exchange in told.exchanges.values():
        if exchange.path == _EVENTS:
            sent: Any = exchange.body
            names = {identity_of(event) for event in (sent if isinstance(sent, list) else [sent]) if event} - done  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        else:
            names = set[str]() if exchange.accepted else {exchange.key}
        settled = exchange.definite
        at = settled[-1].at if settled else exchange.asked[-1].at
        found += [
            Denial(
                f"{exchange.client}: POST {exchange.path} ({exchange.key})",
                name,
                bool(settled),
                exchange.unanswered,
                at,
            )
            for name in sorted(names)
        ]
    return found


def identity_of(event: Mapping[str, Any]) -> str:
    """What recognises an event that comes again, as the store keeps it."""
    return f"ce:{event.get('source')}\n{event.get('id')}"


def _is_receipt(body: Any) -> bool:
    return isinstance(body, Mapping) and {"id", "version", "events"} <= body.keys()


@dataclass(frozen=True, slots=True)
class WrongClocks:
    """How far the processes' clocks were off, and when."""

    jumps: tuple[ClockJumped, ...]

    def showed(self, instant: datetime, by: datetime, tolerance: timedelta) -> bool:
        """Whether any clock that was ahead showed this instant, by the true instant at the latest."""
        return any(
            offset > _NONE and began - tolerance <= instant - offset <= min(ended or by, by) + tolerance
            for _, began, ended, offset in self._stretches()
        )

    def offsets(self, start: datetime, end: datetime, *kinds: str) -> tuple[timedelta, timedelta]:
        """The least and the greatest offset any process of these kinds (all, without) had within a stretch of time."""
        found = [
            _NONE,  # of all the others
            *(
                offset
                for target, began, ended, offset in self._stretches()
                if (not kinds or target == EVERYTHING or target.split("-", maxsplit=1)[0] in kinds)
                and began <= end
                and (ended is None or ended >= start)
            ),
        ]
        return min(found), max(found)

    def _stretches(self) -> Iterator[tuple[str, datetime, datetime | None, timedelta]]:
        """Whose clock was off, from when to when, by how much."""
        by_target: defaultdict[str, list[ClockJumped]] = defaultdict(list)
        for jump in self.jumps:
            by_target[jump.target].append(jump)
        for target, jumps in by_target.items():
            for jump, following in zip(jumps, [*jumps[1:], None], strict=True):
                ended = following.at if following else None
                yield target, jump.at, ended, timedelta(seconds=jump.offset_seconds)
