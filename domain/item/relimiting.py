"""What the office changes about the clocks of many items at once: the rules in force, or more time for everybody."""

from datetime import datetime

from domain.clock import Clock, ClockKind, change_limit
from domain.item import beside
from domain.item import commands as c
from domain.item import events as e
from domain.item.handling import Events
from domain.item.rejections import DeadlineUnchanged, WrongStep
from domain.item.state import Dossier, Item, evolve, running_clock
from domain.limits import Limit
from domain.rulebook.regime import Regime
from domain.rulebook.rulebook import Rulebook


def apply_regime(command: c.ApplyRegime, state: Item, rules: Rulebook) -> Events:
    """Give the running clock the limit and ladder that are in force now, as when a phase opens; both dates are kept.

    What was used up, suspended and extended counts as before; a clock that stands still has them when it runs on.
    """
    clock = running_clock(state)
    if clock is None:
        raise WrongStep(status=state.status, command="ApplyRegime")
    regime = rules.regime(state.dossier.campaign_id)
    newer = _under(regime, clock, state.dossier, command.at)
    ladder_before = rules.policy(clock.policy_version).ladder_of(clock)
    if regime.policy.ladder_of(newer) == ladder_before and _dates(newer) == _dates(clock):
        raise DeadlineUnchanged(calendar=clock.calendar_version)
    return (e.LimitChanged(occurred_at=command.at, reason=command.reason, due_before=clock.due_at, clock=newer),)


def extend_of_own_accord(command: c.ExtendItem, state: Item, rules: Rulebook) -> Events:
    """延期 for everybody, after a typhoon: the office asks for the unit and grants it, under the same rules."""
    asked = e.ExtensionRequested(occurred_at=command.at, by=command.by, reason=command.reason)
    beside.may_be_extended(command, state, rules)
    grant = c.GrantExtension(command_id=command.command_id, at=command.at, actor=command.actor)
    return (asked, *beside.grant_extension(grant, evolve(state, asked), rules))


def _limit(file: Dossier, clock: Clock, regime: Regime) -> Limit:
    """The limit that the step would get now. A date that was ordered for this item is no matter of policy: it stays."""
    if clock.kind is ClockKind.RECTIFY and file.reworking:
        return regime.rework_limit(file.issue.category) or clock.limit
    if clock.kind is ClockKind.RECTIFY and file.rectify_by is not None:
        return clock.limit
    return regime.limit(file.issue.category, clock.kind) or clock.limit


def _under(regime: Regime, clock: Clock, file: Dossier, at: datetime) -> Clock:
    """Where the new limit has run out already, the ladder counts from now: not all its rungs are due at once.

    But nobody who was late before gains by the change: where that would put a rung off, it counts from when they were.
    """
    limit, severity = _limit(file, clock, regime), regime.severity(file.issue.category)
    ladder = regime.policy.ladder(clock.kind, severity)

    def counted_from(instant: datetime) -> Clock:
        since = instant if clock.ladder_from is None else max(clock.ladder_from, instant)
        return change_limit(
            clock, limit, regime.calendar, ladder, regime.policy.ref, ladder_from=since, severity=severity
        )

    newer = counted_from(at)
    planned = {step.rung: step.at for step in clock.planned}
    if clock.due_at is None or not any(step.at > planned.get(step.rung, step.at) for step in newer.planned):
        return newer
    return counted_from(min(at, clock.due_at))


def _dates(clock: Clock) -> tuple[object, ...]:
    return (clock.limit, clock.due_at, clock.planned)
