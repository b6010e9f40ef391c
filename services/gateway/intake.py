"""Takes issue events in: each becomes a command, all of them one transaction, each with an answer of its own."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from domain.errors import Forbidden, Rejection
from domain.item.commands import ReportFixedOnTheSpot, ReportIssue
from domain.item.values import Issue
from domain.rulebook.rulebook import Rulebook, UnknownArea
from services.gateway.authentication import Caller
from services.gateway.cloud_events import Unreadable, request_sha256
from services.gateway.issue_events import AnyIssueEvent, IssueReported
from services.gateway.refusals import Refusal
from services.gateway.wiring import Gateway
from services.handling.aggregates import ITEM
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.privacy.person import Person

# The clocks of two machines differ; a time further ahead than this is a mistake at the source.
CLOCK_SKEW = timedelta(minutes=5)
_LONGEST_KEY = 255
_PEOPLE = UUID("3b0e5a0c-6c7c-5d0e-8b4e-0a4f1f2f8d55")

Taken = Receipt | Rejection | Refusal


class SourceNotYours(Forbidden):
    """Events are taken from back-office systems, each under the sources it is registered for."""

    code = "source_not_yours"


async def take_in(parts: Gateway, caller: Caller, event: AnyIssueEvent, at: datetime) -> Receipt:
    """Take one event, sharing the transaction with others that arrive at this moment. Raises why not."""
    rules = await parts.rulebooks.current()
    [number] = await parts.numbers.draw(1, at, rules.regime().calendar.timezone)
    wish = _wish_of(event, caller, rules, number=number, at=at)
    if not isinstance(wish, Wish):
        raise wish
    answer = await parts.reports.handle(wish)
    if not isinstance(answer, Receipt):
        raise answer
    await _keep_reporters(parts, [event])
    return answer


async def take_in_batch(
    parts: Gateway, caller: Caller, events: Sequence[AnyIssueEvent | Unreadable], at: datetime
) -> list[Taken]:
    """Answer for each event in order; what is accepted is one transaction and on disk when this returns."""
    rules = await parts.rulebooks.current()
    numbers = await parts.numbers.draw(len(events), at, rules.regime().calendar.timezone)
    answers: list[Taken | Wish] = [
        event.refusal if isinstance(event, Unreadable) else _wish_of(event, caller, rules, number=number, at=at)
        for event, number in zip(events, numbers, strict=True)
    ]
    handled = iter(await parts.handler.handle_batch([each for each in answers if isinstance(each, Wish)]))
    taken = [next(handled) if isinstance(each, Wish) else each for each in answers]
    await _keep_reporters(
        parts,
        [
            event
            for event, answer in zip(events, taken, strict=True)
            if isinstance(answer, Receipt) and not isinstance(event, Unreadable)
        ],
    )
    return taken


def _wish_of(event: AnyIssueEvent, caller: Caller, rules: Rulebook, *, number: str, at: datetime) -> Wish | Rejection:
    """What an event asks for. Source and id make item and key, so that the same event always means the same item."""
    if event.source not in caller.standing.sources:
        return SourceNotYours(source=event.source)
    scope = caller.standing.area
    if scope is not None and scope not in rules.area_lineage(event.data.area):
        return UnknownArea(area=event.data.area)
    key = f"ce:{event.source}\n{event.id}"
    item_id = ITEM.stream(f"{event.source}\n{event.id}")
    seen = event.time or at
    fields: dict[str, Any] = {
        "command_id": key if len(key) <= _LONGEST_KEY else f"ce:{hashlib.sha256(key.encode()).hexdigest()}",
        # Seen a little later than now is seen now, by another clock.
        "at": seen if at < seen <= at + CLOCK_SKEW else at,
        "actor": caller.actor,
        "item_id": item_id,
        "number": number,
        "reported_at": seen,
        "issue": _issue(event),
    }
    if isinstance(event, IssueReported):
        command = ReportIssue(**fields, rectify_by=event.data.rectify_by)
    else:
        command = ReportFixedOnTheSpot(**fields, evidence=event.data.evidence)
    return Wish(ITEM, item_id, command, new=True, request_sha256=request_sha256(event))


def _issue(event: AnyIssueEvent) -> Issue:
    data = event.data
    return Issue(
        source=event.source,
        source_id=event.id,
        channel=data.channel,
        category=data.category,
        area=data.area,
        title=data.title,
        description=data.description,
        location=data.location,
        evidence=data.evidence if isinstance(event, IssueReported) else (),
        reporter=_person_id(event) if data.reporter else None,
    )


async def _keep_reporters(parts: Gateway, accepted: Sequence[AnyIssueEvent]) -> None:
    # After the append: a refused event leaves no person behind, and one whose sender got no answer comes again.
    people = [
        Person(_person_id(event), event.data.reporter.name, event.data.reporter.phone)
        for event in accepted
        if event.data.reporter
    ]
    if people:
        await parts.people.add(people)


def _person_id(event: AnyIssueEvent) -> UUID:
    return uuid5(_PEOPLE, f"{event.source}\n{event.id}")
