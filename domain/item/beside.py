"""What happens beside the line: extension, suspension, void, merge, appeal, comment."""

from domain.calendar import WorkCalendar
from domain.clock import Clock, extend, is_overdue, pause, recompute
from domain.clock import resume as resume_clock
from domain.item import commands as c
from domain.item import events as e
from domain.item.handling import Events, in_step
from domain.item.rejections import (
    AlreadyAppealed,
    AlreadySuspended,
    DeadlineUnchanged,
    ExtensionAfterDeadline,
    ExtensionAlreadyAsked,
    ExtensionLimitReached,
    ExtensionOfNothing,
    ExtensionTooLong,
    MergedIntoItself,
    MergeTargetNotOpen,
    NoAppealPending,
    NoExtensionAsked,
    NoOverdueMark,
    NotSuspended,
    NotYourUnit,
    ReviewInThePast,
    WrongStep,
)
from domain.item.state import (
    OPEN_STATUSES,
    Dispatched,
    Item,
    Passed,
    Rectifying,
    Registered,
    Reported,
    Submitted,
    Suspended,
    newest_mark,
    pending_mark,
    running_clock,
)
from domain.item.values import AppealStatus
from domain.ladder import Ladder
from domain.limits import Limit
from domain.rulebook.rulebook import Rulebook


def void(command: c.VoidItem, state: Item) -> Events:
    """作废, from any open step."""
    in_step(command, state, Reported, Registered, Dispatched, Rectifying, Submitted, Passed, Suspended)
    return (e.ItemVoided(occurred_at=command.at, reason=command.reason),)


def merge(command: c.MergeItem, state: Item) -> Events:
    """并案 of a duplicate into an item that is open."""
    file = in_step(command, state, Reported, Registered, Dispatched, Rectifying).dossier
    if command.into == file.item_id:
        raise MergedIntoItself(number=file.number)
    if not command.into_is_open:
        raise MergeTargetNotOpen(item=str(command.into))
    return (e.ItemMerged(occurred_at=command.at, into=command.into, reason=command.reason),)


def absorb(command: c.AbsorbItem, state: Item) -> Events:
    """并案 of another item into this one, which must be there to carry on."""
    if state.status not in OPEN_STATUSES:
        raise MergeTargetNotOpen(item=str(state.dossier.item_id))
    return (e.ItemAbsorbed(occurred_at=command.at, item=command.item, duplicate=command.duplicate),)


def request_extension(command: c.RequestExtension, state: Item, rules: Rulebook) -> Events:
    """延期, asked by the responsible unit before the deadline, at most as often as the policy allows."""
    step = in_step(command, state, Rectifying)
    if not command.actor.belongs_to(step.assignment.unit):
        raise NotYourUnit(unit=step.assignment.unit)
    may_be_extended(command, state, rules)
    return (e.ExtensionRequested(occurred_at=command.at, by=command.by, reason=command.reason),)


def may_be_extended(command: c.RequestExtension | c.ExtendItem, state: Item, rules: Rulebook) -> None:
    """Refuse what cannot be extended: nobody asked yet, not too often, not too long, not after the deadline."""
    step = in_step(command, state, Rectifying)
    file = step.dossier
    if file.extension_request is not None:
        raise ExtensionAlreadyAsked(number=file.number)
    if file.extensions >= rules.policy(step.clock.policy_version).max_extensions:
        raise ExtensionLimitReached(granted=file.extensions)
    if step.clock.due_at is not None and is_overdue(step.clock, command.at):
        raise ExtensionAfterDeadline(due_at=step.clock.due_at.isoformat())
    _check_length(command.by, step.clock, rules)


def _check_length(by: Limit, clock: Clock, rules: Rulebook) -> None:
    """Limits of different kinds are compared by where they lead: to the deadline they would give."""
    asked = extend(clock, by, *_computing(clock, rules)).due_at
    longest = extend(clock, rules.policy(clock.policy_version).longest_extension, *_computing(clock, rules)).due_at
    if asked is None or longest is None or clock.due_at is None:
        return
    if asked <= clock.due_at:
        raise ExtensionOfNothing
    if asked > longest:
        raise ExtensionTooLong(latest=longest.isoformat())


def grant_extension(command: c.GrantExtension, state: Item, rules: Rulebook) -> Events:
    """延期, granted as asked: the budget of the running clock grows."""
    step = in_step(command, state, Rectifying)
    request = step.dossier.extension_request
    if request is None:
        raise NoExtensionAsked(number=step.dossier.number)
    clock = extend(step.clock, request.by, *_computing(step.clock, rules))
    return (e.ExtensionGranted(occurred_at=command.at, by=request.by, due_before=step.clock.due_at, clock=clock),)


def refuse_extension(command: c.RefuseExtension, state: Item) -> Events:
    """延期, refused."""
    step = in_step(command, state, Rectifying)
    if step.dossier.extension_request is None:
        raise NoExtensionAsked(number=step.dossier.number)
    return (e.ExtensionRefused(occurred_at=command.at, reason=command.reason),)


def suspend(command: c.SuspendItem, state: Item) -> Events:
    """缓办: the clock stands still."""
    if isinstance(state, Suspended):
        raise AlreadySuspended(number=state.dossier.number)
    clock = in_step(command, state, Registered, Dispatched, Rectifying).clock
    if clock is None:
        raise WrongStep(status=state.status, command="SuspendItem")
    if command.review_on <= command.at:
        raise ReviewInThePast(review_on=command.review_on.isoformat())
    paused = pause(clock, command.at)
    return (e.ItemSuspended(occurred_at=command.at, reason=command.reason, review_on=command.review_on, clock=paused),)


def resume(command: c.ResumeItem, state: Item, rules: Rulebook) -> Events:
    """恢复: the clock runs on."""
    if not isinstance(state, Suspended):
        raise NotSuspended(status=state.status)
    clock = state.resumes.clock
    if clock is None:
        raise WrongStep(status=state.status, command="ResumeItem")
    running = resume_clock(clock, command.at, *_computing(clock, rules))
    return (e.ItemResumed(occurred_at=command.at, reason=command.reason, clock=running),)


def recompute_deadline(command: c.RecomputeDeadline, state: Item, rules: Rulebook) -> Events:
    """Compute the running clock under the newest calendar; both dates are recorded."""
    clock = running_clock(state)
    if clock is None or isinstance(state, Suspended):
        raise WrongStep(status=state.status, command="RecomputeDeadline")
    ladder = rules.policy(clock.policy_version).ladder_of(clock)
    newer = recompute(clock, rules.regime(state.dossier.campaign_id).calendar, ladder)
    if newer == clock:
        raise DeadlineUnchanged(calendar=clock.calendar_version)
    return (e.DeadlineRecomputed(occurred_at=command.at, reason=command.reason, due_before=clock.due_at, clock=newer),)


def appeal_overdue(command: c.AppealOverdue, state: Item) -> Events:
    """申诉 by the unit the mark counts against, once per mark."""
    mark = newest_mark(state.dossier, command.clock_id)
    if mark is None:
        raise NoOverdueMark(clock_id=command.clock_id)
    if mark.unit is None or not command.actor.belongs_to(mark.unit):
        raise NotYourUnit(unit=mark.unit or "")
    if mark.appeal is not AppealStatus.NONE:
        raise AlreadyAppealed(clock_id=mark.clock_id)
    appealed = e.OverdueAppealed(
        occurred_at=command.at, clock_id=mark.clock_id, unit=mark.unit, reason=command.reason, due_at=mark.due_at
    )
    return (appealed,)


def rule_on_appeal(command: c.RuleOnAppeal, state: Item) -> Events:
    """The office grants or refuses an appeal."""
    if newest_mark(state.dossier, command.clock_id) is None:
        raise NoOverdueMark(clock_id=command.clock_id)
    mark = pending_mark(state.dossier, command.clock_id)
    if mark is None:
        raise NoAppealPending(clock_id=command.clock_id)
    ruling = e.OverdueAppealGranted if command.granted else e.OverdueAppealRefused
    ruled = ruling(
        occurred_at=command.at, clock_id=mark.clock_id, reason=command.reason, due_at=mark.due_at, unit=mark.unit
    )
    return (ruled,)


def comment(command: c.AddComment) -> Events:
    """A remark, in any step."""
    return (e.CommentAdded(occurred_at=command.at, text=command.text),)


def unit_in_charge(state: Item) -> str | None:
    """The unit a running clock counts against: the one that works; nobody's where the office or inspectors wait."""
    match state:
        case Dispatched() | Rectifying():
            return state.assignment.unit
        case Suspended():
            return unit_in_charge(state.resumes)
        case _:
            return None


def _computing(clock: Clock, rules: Rulebook) -> tuple[WorkCalendar, Ladder]:
    return rules.calendar(clock.calendar_version), rules.policy(clock.policy_version).ladder_of(clock)
