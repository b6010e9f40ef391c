"""Judges what the back-office system was told: every outcome of what it reported, for each item in order."""

from collections import defaultdict
from collections.abc import Iterator

from services.demo.cast import SOURCE
from tests.faults.exchanges import Testimony
from tests.faults.stored import Stored
from tests.faults.verdict import Rule, Violation

_WEBHOOKS = "/v1/webhooks"


def check_outcomes(told: Testimony, store: Stored) -> list[Violation]:
    """Hold what the receiver took against the log, and against what the sender believes to have delivered.

    Whether anybody wanted to be told says the journal: a sender that lost all its messages excuses nobody.
    """
    if not _wanted(told):
        return []
    return [*_in_order(told), *_taken(told, store), *_everything(store)]


def _wanted(told: Testimony) -> bool:
    return any(exchange.path == _WEBHOOKS and exchange.accepted for exchange in told.exchanges.values())


def _in_order(told: Testimony) -> Iterator[Violation]:
    """What arrives again is no news: the first time counts."""
    newest: defaultdict[str, int] = defaultdict(int)
    known: set[str] = set()
    for look in told.seen("outcome"):
        if look.subject in known:
            continue
        known.add(look.subject)
        item, version = look.value["item"], look.value["version"]
        if version < newest[item]:
            found = f"version {version} came after version {newest[item]}"
            yield Violation(Rule.ORDER, f"outcomes of item {item}", "told in order", found, look.at)
        newest[item] = max(newest[item], version)


def _taken(told: Testimony, store: Stored) -> Iterator[Violation]:
    taken = {look.subject for look in told.seen("outcome")}
    for delivery in store.deliveries:
        subject, due = f"event {delivery.event_id}", "delivered in the end"
        if delivery.state != "delivered":
            yield Violation(Rule.OUTCOMES, subject, due, f"it is {delivery.state}", store.at)
        elif delivery.event_id not in taken:
            yield Violation(Rule.OUTCOMES, subject, "marked as delivered", "the receiver never took it", store.at)


def _everything(store: Stored) -> Iterator[Violation]:
    planned = {delivery.event_id for delivery in store.deliveries}
    reported = {
        event.stream
        for event in store.events
        if event.type == "item.reported.v1" and event.data["issue"]["source"] == SOURCE
    }
    for event in store.events:
        if event.kind == "item" and event.stream in reported and event.event_id not in planned:
            said = f"its reporter is told of version {event.version} ({event.type})"
            yield Violation(Rule.OUTCOMES, f"item {event.stream}", said, "there is no such message", event.recorded_at)
