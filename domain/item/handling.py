"""The line an item walks: register, dispatch, accept, rectify, submit, check, close, recheck, archive."""

from typing import TypeVar

from domain.actor import Actor
from domain.clock import ClockKind
from domain.decider import Command
from domain.item import commands as c
from domain.item import events as e
from domain.item.clocks import start, until
from domain.item.opening import assign, closing, routed
from domain.item.rejections import (
    AlreadyWithThisUnit,
    CheckedByOwnUnit,
    LeadUnitSupportsItself,
    NotYourUnit,
    RecheckPending,
    RecurrenceNotRecorded,
    WrongStep,
)
from domain.item.state import (
    Closed,
    Dispatched,
    Item,
    Passed,
    Rectifying,
    Recurred,
    Registered,
    Reported,
    Submitted,
)
from domain.item.values import Assignment
from domain.rulebook.rulebook import Rulebook

Events = tuple[e.ItemEvent, ...]
Step = TypeVar("Step", bound=Item)


def register(command: c.RegisterItem, state: Item, rules: Rulebook) -> Events:
    """立案, and dispatch at once where routing finds the unit."""
    file = in_step(command, state, Reported).dossier
    policy, at = rules.regime(file.campaign_id).policy, command.at
    route = routed(file, rules)
    if route is None:
        clock = start(ClockKind.DISPATCH, file, at, rules)
        return (e.ItemRegistered(occurred_at=at, policy_version=policy.ref, clock=clock),)
    assignment = assign(file, route.unit, route.supporting)
    accept_by = start(ClockKind.ACCEPT, file, at, rules)
    return (
        e.ItemRegistered(occurred_at=at, policy_version=policy.ref),
        e.ItemDispatched(occurred_at=at, assignment=assignment, clock=accept_by),
    )


def dispatch(command: c.DispatchItem, state: Item, rules: Rulebook) -> Events:
    """交办; from Dispatched, 再交办 before anybody accepted.

    To the same unit the clock runs on: sending an order again must not give it a fresh ladder.
    """
    step = in_step(command, state, Registered, Dispatched)
    _check_units(command.unit, command.supporting, rules)
    assignment = assign(step.dossier, command.unit, command.supporting)
    if isinstance(step, Dispatched) and step.assignment.unit == command.unit:
        clock = step.clock
    else:
        clock = start(ClockKind.ACCEPT, step.dossier, command.at, rules)
    return (e.ItemDispatched(occurred_at=command.at, assignment=assignment, clock=clock),)


def transfer(command: c.TransferItem, state: Item, rules: Rulebook) -> Events:
    """转办 to another unit, which has to accept anew."""
    step = in_step(command, state, Dispatched, Rectifying)
    if step.assignment.unit == command.unit:
        raise AlreadyWithThisUnit(unit=command.unit)
    _check_units(command.unit, command.supporting, rules)
    assignment = assign(step.dossier, command.unit, command.supporting)
    clock = start(ClockKind.ACCEPT, step.dossier, command.at, rules)
    return (e.ItemTransferred(occurred_at=command.at, assignment=assignment, reason=command.reason, clock=clock),)


def transfer_out(command: c.TransferItemOut, state: Item) -> Events:
    """转办 to an authority outside: the item ends here."""
    in_step(command, state, Registered, Dispatched, Rectifying)
    return (e.ItemTransferredOut(occurred_at=command.at, authority=command.authority, reason=command.reason),)


def accept(command: c.AcceptItem, state: Item, rules: Rulebook) -> Events:
    """签收: the rectification clock starts, with the category's limit or until the date that was ordered."""
    step = in_step(command, state, Dispatched)
    unit = _by_responsible_unit(command.actor, step.assignment)
    file, at = step.dossier, command.at
    limit = until(file.rectify_by, at) if file.rectify_by else None
    return (e.ItemAccepted(occurred_at=at, unit=unit, clock=start(ClockKind.RECTIFY, file, at, rules, limit=limit)),)


def refuse(command: c.RefuseItem, state: Item, rules: Rulebook) -> Events:
    """退单: back to the office, which has to dispatch again."""
    step = in_step(command, state, Dispatched)
    unit = _by_responsible_unit(command.actor, step.assignment)
    clock = start(ClockKind.DISPATCH, step.dossier, command.at, rules)
    return (e.ItemRefused(occurred_at=command.at, unit=unit, reason=command.reason, clock=clock),)


def submit(command: c.SubmitRectification, state: Item, rules: Rulebook) -> Events:
    """反馈."""
    step = in_step(command, state, Rectifying)
    unit = _by_responsible_unit(command.actor, step.assignment)
    submitted = e.RectificationSubmitted(
        occurred_at=command.at,
        unit=unit,
        account=command.account,
        evidence=command.evidence,
        clock=start(ClockKind.CHECK, step.dossier, command.at, rules),
    )
    return (submitted,)


def pass_check(command: c.PassCheck, state: Item, rules: Rulebook) -> Events:
    """核查 passed, and closed at once where the policy says so."""
    step = in_step(command, state, Submitted)
    _not_by_own_unit(command.actor, step.assignment)
    at = command.at
    if rules.regime(step.dossier.campaign_id).policy.closes_on_pass:
        passed = e.CheckPassed(occurred_at=at, note=command.note, evidence=command.evidence)
        return (passed, *closing(step.dossier, "check_passed", at, rules))
    clock = start(ClockKind.CLOSE, step.dossier, at, rules)
    return (e.CheckPassed(occurred_at=at, note=command.note, evidence=command.evidence, clock=clock),)


def send_back(command: c.SendBack, state: Item, rules: Rulebook) -> Events:
    """返工: a new rectification clock with the rework limit."""
    step = in_step(command, state, Submitted)
    _not_by_own_unit(command.actor, step.assignment)
    limit = rules.regime(step.dossier.campaign_id).rework_limit(step.dossier.issue.category)
    clock = start(ClockKind.RECTIFY, step.dossier, command.at, rules, limit=limit)
    return (e.ItemSentBack(occurred_at=command.at, reason=command.reason, evidence=command.evidence, clock=clock),)


def close(command: c.CloseItem, state: Item, rules: Rulebook) -> Events:
    """销号 by the office."""
    step = in_step(command, state, Passed)
    return closing(step.dossier, "check_passed", command.at, rules)


def confirm_recheck(command: c.ConfirmRecheck, state: Item, rules: Rulebook) -> Events:
    """回头看 holds; archived at once where the policy says so."""
    step = in_step(command, state, Closed)
    _not_by_own_unit(command.actor, step.assignment)
    held = e.RecheckHeld(occurred_at=command.at, evidence=command.evidence)
    if rules.regime(step.dossier.campaign_id).policy.archives_when_held:
        return (held, e.ItemArchived(occurred_at=command.at))
    return (held,)


def record_recurrence(command: c.RecordRecurrence, state: Item) -> Events:
    """反弹: another item will carry on."""
    step = in_step(command, state, Closed)
    _not_by_own_unit(command.actor, step.assignment)
    recurred = e.ItemRecurred(
        occurred_at=command.at, new_item=command.new_item, note=command.note, evidence=command.evidence
    )
    return (recurred,)


def link_recurrence(command: c.LinkRecurrence, state: Item) -> Events:
    """The item that carries on exists; saying so twice changes nothing."""
    if not isinstance(state, Recurred):
        raise RecurrenceNotRecorded(status=state.status)
    return () if state.linked else (e.RecurrenceOpened(occurred_at=command.at, new_item=state.new_item),)


def archive(command: c.ArchiveItem, state: Item) -> Events:
    """归档, once nothing is left to recheck."""
    step = in_step(command, state, Closed)
    if step.clock is not None:
        raise RecheckPending(recheck_on=str(step.clock.due_at))
    return (e.ItemArchived(occurred_at=command.at),)


def in_step(command: Command, state: Item, *steps: type[Step]) -> Step:
    """Return the state if it is one of the steps the command fits; refuse otherwise."""
    if isinstance(state, steps):
        return state
    raise WrongStep(status=state.status, command=type(command).__name__)


def _check_units(unit: str, supporting: tuple[str, ...], rules: Rulebook) -> None:
    if unit in supporting or len(set(supporting)) < len(supporting):
        raise LeadUnitSupportsItself(unit=unit)
    for code in (unit, *supporting):
        rules.unit(code)


def _by_responsible_unit(actor: Actor, assignment: Assignment) -> str:
    if not actor.belongs_to(assignment.unit):
        raise NotYourUnit(unit=assignment.unit)
    return assignment.unit


def _not_by_own_unit(actor: Actor, assignment: Assignment | None) -> None:
    for unit in (assignment.unit, *assignment.supporting) if assignment else ():
        if actor.belongs_to(unit):
            raise CheckedByOwnUnit(unit=unit)
