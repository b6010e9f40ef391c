"""What the gateway adds to an item's command: ids, numbers, who may see it, where personal data goes."""

import hashlib
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel

from domain.actor import Role
from domain.item.commands import AppealOverdue, MergeItem, RecordRecurrence, ReportFixedOnTheSpot, ReportIssue
from domain.item.rejections import NoSuchItem
from domain.item.values import Issue
from domain.rulebook.rulebook import Rulebook, UnknownArea
from services.gateway.dependencies import Asked
from services.gateway.item_commands import ItemCommand
from services.gateway.report_bodies import FixedOnTheSpotBody, ReportBody
from services.gateway.scope import with_marks
from services.gateway.wiring import Gateway
from services.handling.aggregates import ITEM
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.privacy.person import Person
from services.store.item_queries import Scope

# The source of issues that people report through the API.
PEOPLE = "duban"
_REPORTERS = UUID("5c1f6a52-7d0a-5b53-9a54-0f2f5e0f6f11")


async def report(parts: Gateway, asked: Asked, scope: Scope, rules: Rulebook, body: ReportBody) -> Receipt:
    """Report an issue; under the same key it is always the same item."""
    return await _open(parts, asked, scope, rules, body, ReportIssue, {"rectify_by": body.rectify_by}, body.evidence)


async def report_fixed(
    parts: Gateway, asked: Asked, scope: Scope, rules: Rulebook, body: FixedOnTheSpotBody
) -> Receipt:
    """Report an issue that was corrected on the spot."""
    return await _open(parts, asked, scope, rules, body, ReportFixedOnTheSpot, {"evidence": body.evidence}, ())


async def handle(
    parts: Gateway, asked: Asked, scope: Scope, item_id: UUID, kind: ItemCommand, body: BaseModel
) -> Receipt:
    """Carry out a command about an item the caller can see.

    What was done under the same key is answered again even if doing it took the item out of the caller's sight.
    """
    known: dict[str, Any] = {}
    if kind.command is MergeItem:
        into = await parts.items.one(getattr(body, "into"), scope, asked.at)  # noqa: B009 - the body's type is made at run time
        known["into_is_open"] = into is not None and into.row.open is True
    if kind.command is RecordRecurrence:
        known["new_item"] = ITEM.stream(f"recurrence\n{item_id}")
    command = kind.command.model_validate({**asked.fields, **dict(body), **known})
    wish = Wish(ITEM, item_id, command, expected_version=asked.expected_version)
    bounds = with_marks(scope) if kind.command is AppealOverdue else scope
    if await parts.items.is_visible(item_id, bounds, asked.at):
        return await parts.handler.handle(wish)
    answered = await parts.handler.answered_before(wish)
    if answered is None:
        raise NoSuchItem
    return answered


async def _open(
    parts: Gateway,
    asked: Asked,
    scope: Scope,
    rules: Rulebook,
    body: ReportBody | FixedOnTheSpotBody,
    command: type[ReportIssue | ReportFixedOnTheSpot],
    own: dict[str, Any],
    evidence: Any,
) -> Receipt:
    if scope.areas is not None and body.area not in scope.areas:
        raise UnknownArea(area=body.area)
    caller = asked.caller
    source = caller.standing.sources[0] if caller.standing.role is Role.SYSTEM else PEOPLE
    item_id = ITEM.stream(f"{source}\n{asked.command_id}")
    reporter = uuid5(_REPORTERS, asked.command_id) if body.reporter else None
    issue = Issue(
        source=source,
        source_id=asked.command_id,
        evidence=evidence,
        reporter=reporter,
        **body.model_dump(include={"channel", "category", "area", "title", "description", "location"}),
    )
    [number] = await parts.numbers.draw(1, asked.at, rules.regime().calendar.timezone)
    wish = Wish(
        ITEM,
        item_id,
        command(
            **asked.fields,
            item_id=item_id,
            number=number,
            issue=issue,
            reported_at=body.reported_at or asked.at,
            **own,
        ),
        new=True,
        request_sha256=hashlib.sha256(
            f"{command.__name__} {body.model_dump_json(exclude={'reporter'})}".encode()
        ).digest(),
    )
    receipt = await parts.handler.handle(wish)
    if reporter is not None and body.reporter is not None:
        # After the append: a refused report leaves nobody behind, and one that got no answer comes again.
        await parts.people.add([Person(reporter, body.reporter.name, body.reporter.phone)])
    return receipt
