"""How an item begins: reported, fixed on the spot, or taken over from an old ledger."""

from datetime import datetime
from typing import assert_never

from domain.clock import ClockKind
from domain.item import commands as c
from domain.item import events as e
from domain.item.clocks import start, until
from domain.item.rejections import CampaignNotInForce, DueInThePast, ReportedInTheFuture
from domain.item.state import Dossier, evolve
from domain.item.values import Assignment
from domain.rulebook.regime import Route
from domain.rulebook.rulebook import Rulebook


def decide_opening(command: c.Opening, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """Open the item; unknown campaigns, categories and areas are refused."""
    if command.campaign_id is not None and command.campaign_id not in rules.campaigns:
        raise CampaignNotInForce(campaign=command.campaign_id)
    rules.regime(_campaign(command, rules)).category(command.issue.category)
    rules.area(command.issue.area)
    if command.reported_at > command.at:
        raise ReportedInTheFuture(reported_at=command.reported_at.isoformat())
    match command:
        case c.ReportIssue():
            return _report(command, rules)
        case c.ReportFixedOnTheSpot():
            return _fixed_on_the_spot(command, rules)
        case c.ImportItem():
            return _import(command, rules)
        case _:
            assert_never(command)


def _campaign(command: c.Opening, rules: Rulebook) -> str | None:
    """The campaign named, else the one that runs where the issue was seen. An old ledger joins none by itself."""
    if command.campaign_id is not None or isinstance(command, c.ImportItem):
        return command.campaign_id
    return rules.campaign_for(command.issue.area)


def _report(command: c.ReportIssue, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    if command.rectify_by is not None and command.rectify_by <= command.at:
        raise DueInThePast(due_at=command.rectify_by.isoformat())
    if command.rectify_by is not None:
        until(command.rectify_by, command.at)  # refused now rather than when the unit accepts
    at = command.at
    reported = e.IssueReported(
        occurred_at=command.reported_at,
        item_id=command.item_id,
        number=command.number,
        issue=command.issue,
        campaign_id=_campaign(command, rules),
        rectify_by=command.rectify_by,
        recurrence_of=command.recurrence_of,
    )
    file = evolve(None, reported).dossier
    policy = rules.regime(file.campaign_id).policy
    if policy.registration == "manual" and not command.register_now:
        return (reported.model_copy(update={"clock": start(ClockKind.REGISTER, file, at, rules)}),)
    route = routed(file, rules)
    waiting = None if route else start(ClockKind.DISPATCH, file, at, rules)
    registered = e.ItemRegistered(occurred_at=at, policy_version=policy.ref, clock=waiting)
    if route is None:
        return (reported, registered)
    return (reported, registered, _dispatched(file, route, at, rules))


def _fixed_on_the_spot(command: c.ReportFixedOnTheSpot, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    at = command.at
    reported = e.IssueReported(
        occurred_at=command.reported_at,
        item_id=command.item_id,
        number=command.number,
        issue=command.issue,
        campaign_id=_campaign(command, rules),
    )
    file = evolve(None, reported).dossier
    registered = e.ItemRegistered(occurred_at=at, policy_version=rules.regime(file.campaign_id).policy.ref)
    fixed = e.ItemFixedOnTheSpot(occurred_at=at, evidence=command.evidence)
    return (reported, registered, fixed, *closing(file, "fixed_on_the_spot", at, rules))


def _import(command: c.ImportItem, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    rules.unit(command.unit)
    began = command.reported_at
    ended = min(max(command.ended_at or command.at, began), command.at)
    reported = e.IssueReported(
        occurred_at=began,
        item_id=command.item_id,
        number=command.number,
        issue=command.issue,
        rectify_by=command.rectify_by,
        campaign_id=command.campaign_id,
    )
    file = evolve(None, reported).dossier
    registered = e.ItemRegistered(occurred_at=began, policy_version=rules.regime(file.campaign_id).policy.ref)
    dispatched = _dispatched(file, Route(command.unit), began, rules, ladder_from=command.at)
    past = (reported, registered, dispatched)
    # A finished row keeps the remark in the event that ends it, an open one beside the line.
    remarked = (e.CommentAdded(occurred_at=command.at, text=command.remark),) if command.remark else ()
    match command.outcome:
        case "dispatched":
            return (*past, *remarked)
        case "rectifying":
            limit = until(command.rectify_by, began) if command.rectify_by else None
            clock = start(ClockKind.RECTIFY, file, began, rules, limit=limit, ladder_from=command.at)
            return (*past, e.ItemAccepted(occurred_at=began, unit=command.unit, clock=clock), *remarked)
        case "closed":
            closed = e.ItemClosed(occurred_at=ended, basis="imported", remark=command.remark)
            return (*past, closed, e.ItemArchived(occurred_at=ended))
        case "voided":
            return (*past, e.ItemVoided(occurred_at=ended, reason=command.remark or "imported as voided"))
        case "transferred_out":
            authority = command.authority or "unnamed"
            reason = command.remark or "imported as transferred out"
            return (*past, e.ItemTransferredOut(occurred_at=ended, authority=authority, reason=reason))
        case _:
            assert_never(command.outcome)


def _dispatched(
    file: Dossier, route: Route, at: datetime, rules: Rulebook, ladder_from: datetime | None = None
) -> e.ItemDispatched:
    clock = start(ClockKind.ACCEPT, file, at, rules, ladder_from=ladder_from)
    return e.ItemDispatched(occurred_at=at, assignment=assign(file, route.unit, route.supporting), clock=clock)


def assign(file: Dossier, unit: str, supporting: tuple[str, ...]) -> Assignment:
    """The next assignment of an item: its dispatch number is the item's number with the round."""
    round_ = file.rounds + 1
    return Assignment(order_number=f"{file.number}-{round_}", unit=unit, supporting=supporting, round=round_)


def routed(file: Dossier, rules: Rulebook) -> Route | None:
    """The unit that routing finds; None where none does, or where the policy leaves dispatching to people."""
    if rules.regime(file.campaign_id).policy.dispatching == "manual":
        return None
    return rules.route(file.issue.category, file.issue.area, file.campaign_id)


def closing(file: Dossier, basis: e.ClosingBasis, at: datetime, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """Close an item; where its category is not rechecked and the policy archives, archive it at once."""
    regime = rules.regime(file.campaign_id)
    recheck = regime.limit(file.issue.category, ClockKind.RECHECK)
    clock = start(ClockKind.RECHECK, file, at, rules) if recheck else None
    closed = e.ItemClosed(occurred_at=at, basis=basis, clock=clock)
    if clock is None and regime.policy.archives_when_held:
        return (closed, e.ItemArchived(occurred_at=at))
    return (closed,)
