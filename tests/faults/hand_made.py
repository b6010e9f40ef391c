"""A short story by hand, without any server: one item, dispatched and neglected, as clients and store would tell it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.demo.cast import SOURCE
from tests.faults.exchanges import Testimony, heard
from tests.faults.journal import Answered, Asked, Record, Saw
from tests.faults.stored import Command, Delivery, Event, State, Stored

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
ITEM = "6c489f48-ff79-5b76-9794-697b72932e04"
PRINCIPAL = "11111111-1111-4111-8111-111111111111"
REPORT_KEY = "ce:hotline\nGD-1"
OPENING = ("item.reported.v1", "item.registered.v1", "item.dispatched.v1")


def at(seconds: float) -> datetime:
    """So many seconds into the story."""
    return MONDAY + timedelta(seconds=seconds)


def _limit(amount: int) -> dict[str, Any]:
    return {"kind": "elapsed_seconds", "amount": amount}


def _rung(name: str, **when: Any) -> dict[str, Any]:
    return {"rung": name, "share_of_limit": None, "before_due": None, "after_due": None, **when}


POLICY: dict[str, Any] = {
    "limits": {"accept": _limit(10), "rectify": _limit(20)},
    "rework": _limit(5),
    "ladders": {
        kind: {
            "rules": [
                _rung("warn", share_of_limit=80),
                _rung("remind", after_due=_limit(0)),
                _rung("supervise", after_due=_limit(4)),
            ]
        }
        for kind in ("accept", "rectify")
    },
    "severities": {},
}
CATALOGUE = {"categories": [{"code": "cover", "limits": {}, "rework": None, "severity": "ordinary"}]}


def clock(name: str, due: datetime | None) -> dict[str, Any]:
    """A clock as an event carries it."""
    return {"clock_id": name, "policy_version": "city@1", "due_at": due.isoformat() if due else None}


def event(version: int, kind: str, when: datetime, **data: Any) -> Event:
    """An event of the item, in the log where its version says."""
    return Event(
        version - 1, version, ITEM, version, kind.partition(".")[0], kind, f"event-{version}", when, when, data
    )


def climb(version: int, rung: str, when: datetime, planned: datetime, clock_id: str = "accept-1") -> Event:
    """A rung that was climbed."""
    return event(version, "item.rung_climbed.v1", when, clock_id=clock_id, rung=rung, planned_at=planned.isoformat())


def overdue(version: int, when: datetime, due: datetime, clock_id: str = "accept-1") -> Event:
    """A deadline that passed."""
    return event(version, "item.fell_overdue.v1", when, clock_id=clock_id, due_at=due.isoformat())


def receipt(version: int, events: Sequence[str], due: datetime | None) -> dict[str, Any]:
    """What a client is told."""
    told = due.isoformat() if due else None
    return {"id": ITEM, "version": version, "events": list(events), "due_at": told, "status": "x"}


@dataclass
class Story:
    """A run as journal and store tell it; it holds together until something is changed."""

    records: list[Record] = field(default_factory=list[Record])
    events: list[Event] = field(default_factory=list[Event])
    commands: list[Command] = field(default_factory=list[Command])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    status: str = "dispatched"
    open: bool = True
    read_at: datetime = MONDAY

    @property
    def told(self) -> Testimony:
        """What the journal says."""
        return heard(sorted(self.records, key=lambda record: record.at))

    @property
    def store(self) -> Stored:
        """What the store holds."""
        state = State(ITEM, "item", len(self.events), self.status, self.open, None, None)
        return Stored(self.events, self.commands, [state], self.read_at, self.deliveries)

    def exchange(
        self, key: str, path: str, body: Any, answers: Sequence[tuple[int | None, Any]], begins: float
    ) -> None:
        """A wish that was sent as often as there are answers, a second after the other; None: no answer."""
        for attempt, (status, answer) in enumerate(answers, start=1):
            asked = at(begins + attempt - 1)
            self.records.append(Asked(asked, "client", key, "POST", path, body, attempt, "gateway-1"))
            error = None if status else "ReadTimeout"
            code = answer.get("code") if isinstance(answer, dict) else None
            told = asked + timedelta(seconds=0.2)
            self.records.append(Answered(told, "client", key, attempt, status, code, None, answer, error))

    def saw(self, what: str, subject: str, value: Any, seconds: float, client: str = "auditor") -> None:
        """Somebody looked."""
        self.records.append(Saw(at(seconds), client, what, subject, value, at(seconds - 0.1)))


def neglected() -> Story:
    """Reported and dispatched at the beginning, accepted by nobody: warned after eight seconds, reminded after ten."""
    story = Story()
    story.saw("policies", "city@1", POLICY, 0)
    story.saw("catalogues", "city@1", CATALOGUE, 0)
    sent = {"source": "hotline", "id": "GD-1", "data": {"title": "井盖缺失", "category": "cover"}}
    story.exchange("sent-1", "/v1/events", sent, [(200, receipt(3, OPENING, at(11.1)))], 1)
    story.events = [
        event(1, "item.reported.v1", at(1.1), issue={"title": "井盖缺失", "category": "cover", "source": SOURCE}),
        event(2, "item.registered.v1", at(1.1)),
        event(3, "item.dispatched.v1", at(1.1), clock=clock("accept-1", at(11.1))),
        climb(4, "warn", at(9.2), at(9.1)),
        overdue(5, at(11.2), at(11.1)),
        climb(6, "remind", at(11.2), at(11.1)),
        climb(7, "supervise", at(15.2), at(15.1)),
    ]
    story.commands = [
        Command(REPORT_KEY, ITEM, 3, {"events": list(OPENING)}),
        *(
            Command(f"follow-up:{each.version}", ITEM, each.version, {"events": [each.type]})
            for each in story.events[3:]
        ),
    ]
    story.read_at = at(60)
    return story


def accepted() -> Story:
    """As `neglected`, until the unit accepts thirty seconds after the beginning, and everything is read soon after."""
    story = neglected()
    body = {"note": "马上处理"}
    story.exchange(
        "accept-2", f"/v1/items/{ITEM}/accept", body, [(200, receipt(8, ["item.accepted.v1"], at(50.1)))], 30
    )
    story.events.append(event(8, "item.accepted.v1", at(30.1), clock=clock("rectify-1", at(50.1)), note="马上处理"))
    story.commands.append(Command(f"{PRINCIPAL}:accept-2", ITEM, 8, {"events": ["item.accepted.v1"]}))
    story.status, story.read_at = "rectifying", at(40)
    return story
