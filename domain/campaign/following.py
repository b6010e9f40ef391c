"""What follows by itself in a running campaign when an instant has come."""

from datetime import datetime

from domain.calendar import WorkCalendar
from domain.campaign import events as e
from domain.campaign.due import CampaignDue, everything_due, next_due
from domain.campaign.occurrences import next_occurrence
from domain.campaign.plan import PhasePlan
from domain.campaign.schedule import duties_from
from domain.campaign.state import Campaign, Running, evolve, phase_of
from domain.rulebook.rulebook import Rulebook

# More than a campaign can have due at once, even if nobody looked for years.
_MOST_STEPS = 10_000
# These need facts from elsewhere: the workflow does them.
_OF_THE_WORKFLOW = ("assess_gate", "open_duty", "recompute_items")


def follow_up(state: Campaign, at: datetime, rules: Rulebook) -> tuple[e.CampaignEvent, ...]:
    """Open, call, refer and close what has fallen due, in the order of its instants.

    Assessing a gate, opening obligations and recomputing items need more than the campaign: the workflow does them,
    and this stops there.
    """
    events: list[e.CampaignEvent] = []
    for _ in range(_MOST_STEPS):
        due = next_due(state)
        if due is None or due.at > at or due.what in _OF_THE_WORKFLOW or not isinstance(state, Running):
            break
        event = _follow(state, due, at, rules)
        events.append(event)
        state = evolve(state, event)
    return tuple(events)


def settle(state: Campaign, at: datetime, rules: Rulebook) -> tuple[e.CampaignEvent, ...]:
    """What fell due before an instant at which somebody acts, even if the workflow was down.

    Whatever waits for the workflow is left to it, and holds up nothing else.
    """
    events: list[e.CampaignEvent] = []
    for _ in range(_MOST_STEPS):
        fallen = (due for due in everything_due(state) if due.at < at and due.what not in _OF_THE_WORKFLOW)
        due = next(fallen, None)
        if due is None or not isinstance(state, Running):
            break
        event = _follow(state, due, at, rules)
        events.append(event)
        state = evolve(state, event)
    return tuple(events)


def _follow(state: Running, due: CampaignDue, at: datetime, rules: Rulebook) -> e.CampaignEvent:
    # The newest version: a campaign of years outlives the announced holidays it began with.
    calendar = rules.newest_calendar(state.plan.calendar_id)
    match due.what:
        case "open_phase":
            return _open(state, due, at, calendar)
        case "call_duty":
            return _call(state, due, at, calendar)
        case "refer_gate":
            return e.GateReferred(occurred_at=at, phase_id=due.phase_id)
        case _:
            return e.PhaseClosed(occurred_at=at, phase_id=due.phase_id)


def _open(state: Running, due: CampaignDue, at: datetime, calendar: WorkCalendar) -> e.PhaseOpened:
    """Occurrences before the campaign's start mean nothing any more and are only counted."""
    plan, phase = state.plan.phase(due.phase_id), phase_of(state, due.phase_id)
    duties = duties_from(plan, max(due.at, state.started_at), calendar, phase.closes_at)
    if due.at < state.started_at:
        duties = tuple(
            duty.model_copy(update={"passed_over": _count(plan, duty.duty_id, due.at, state.started_at, calendar)})
            for duty in duties
        )
    return e.PhaseOpened(
        occurred_at=at,
        phase_id=due.phase_id,
        policy_id=plan.policy_id,
        open_items=plan.open_items,
        calendar_version=calendar.version,
        duties=duties,
    )


def _count(plan: PhasePlan, duty_id: str, since: datetime, until: datetime, calendar: WorkCalendar) -> int:
    duty = next(duty for duty in plan.duties if duty.duty_id == duty_id)
    count = 0
    (first,) = (found.at for found in duties_from(plan, since, calendar, until) if found.duty_id == duty_id)
    reached = first
    while reached is not None:
        count += 1
        reached = next_occurrence(duty, plan.first_day, reached, calendar, until)
    return count


def _call(state: Running, due: CampaignDue, at: datetime, calendar: WorkCalendar) -> e.DutyCalled:
    plan, phase = state.plan.phase(due.phase_id), phase_of(state, due.phase_id)
    duty = next(duty for duty in plan.duties if duty.duty_id == due.duty_id)
    return e.DutyCalled(
        occurred_at=at,
        phase_id=due.phase_id,
        duty_id=duty.duty_id,
        kind=duty.kind,
        occurrence=due.at,
        calendar_version=calendar.version,
        next_at=next_occurrence(duty, plan.first_day, due.at, calendar, phase.closes_at),
    )
