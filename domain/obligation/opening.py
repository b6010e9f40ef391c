"""How an obligation begins: a duty recurs, a task is assigned with its milestones, a letter is issued."""

from datetime import date, datetime, timedelta
from typing import assert_never

from domain.calendar import WorkCalendar
from domain.campaign.occurrences import midnight
from domain.clock import Clock, ClockKind
from domain.item.clocks import until
from domain.item.rejections import DueInThePast, LeadUnitSupportsItself
from domain.obligation import commands as c
from domain.obligation import events as e
from domain.obligation.clocks import start, start_duty
from domain.obligation.identity import number_of
from domain.obligation.rejections import MilestoneGivenTwice
from domain.obligation.values import DutyOwed, LetterOwed, Milestone, MilestonePlan, TaskOwed
from domain.rulebook.rulebook import Rulebook


def decide_opening(command: c.ObligationOpening, rules: Rulebook) -> tuple[e.ObligationAssigned]:
    """Open the obligation; unknown units are refused."""
    rules.unit(command.unit)
    match command:
        case c.AssignDuty():
            owed = command.owed
            clock = start_duty(command.campaign_id, command.limit, owed.occurrence, command.at, rules)
            return (_assigned(command, owed, clock),)
        case c.AssignTask():
            return (_task(command, rules),)
        case c.IssueLetter():
            clock = start(ClockKind.LETTER, command.campaign_id, command.limit, command.at, rules)
            return (_assigned(command, command.owed, clock),)
        case _:
            assert_never(command)


def counted_back(
    inspection_day: date, plans: tuple[MilestonePlan, ...], calendar: WorkCalendar
) -> tuple[Milestone, ...]:
    """倒排工期: milestones so many days before the inspection, each due as its day ends, in order."""
    reached = [
        Milestone(
            milestone_id=plan.milestone_id,
            name=plan.name,
            due_at=midnight(inspection_day - timedelta(days=plan.days_before - 1), calendar),
        )
        for plan in plans
    ]
    return tuple(sorted(reached, key=lambda milestone: milestone.due_at))


def _task(command: c.AssignTask, rules: Rulebook) -> e.ObligationAssigned:
    if command.unit in command.supporting or len(set(command.supporting)) < len(command.supporting):
        raise LeadUnitSupportsItself(unit=command.unit)
    for unit in command.supporting:
        rules.unit(unit)
    ids = [plan.milestone_id for plan in command.milestones]
    if len(set(ids)) < len(ids):
        raise MilestoneGivenTwice(task=command.task_id)
    calendar = rules.regime(command.campaign_id).calendar
    milestones = counted_back(command.inspection_day, command.milestones, calendar)
    last_day = command.complete_by or command.inspection_day - timedelta(days=1)
    due_at = midnight(last_day + timedelta(days=1), calendar)
    for instant in (*(milestone.due_at for milestone in milestones), due_at):
        _lies_ahead(instant, command.at)
    owed = TaskOwed(
        task_id=command.task_id,
        leader=command.leader,
        supporting=command.supporting,
        task=command.task,
        responsibility=command.responsibility,
        indicator=command.indicator,
        standard_node=command.standard_node,
        inspection_day=command.inspection_day,
        milestones=milestones,
    )
    opened_at = command.at.replace(microsecond=0)  # limits are whole seconds: the task is due as its last day ends
    clock = start(ClockKind.TASK, command.campaign_id, until(due_at, opened_at), opened_at, rules)
    return _assigned(command, owed, clock)


def _lies_ahead(instant: datetime, at: datetime) -> None:
    if instant <= at:
        raise DueInThePast(due_at=instant.isoformat())


def _assigned(
    command: c.ObligationOpening, owed: DutyOwed | TaskOwed | LetterOwed, clock: Clock
) -> e.ObligationAssigned:
    return e.ObligationAssigned(
        occurred_at=command.at,
        obligation_id=command.obligation_id,
        number=number_of(command.campaign_id, owed, command.unit),
        campaign_id=command.campaign_id,
        unit=command.unit,
        title=command.title,
        owed=owed,
        clock=clock,
    )
