"""What follows by itself in a running campaign when an instant has come."""

from datetime import datetime, timedelta

from domain.calendar import WorkCalendar
from domain.campaign import events as e
from domain.campaign.due import CampaignDue, next_due
from domain.campaign.occurrences import next_occurrence
from domain.campaign.plan import PhasePlan
from domain.campaign.schedule import duties_after
from domain.campaign.state import Campaign, Running, evolve, phase_of
from domain.rulebook.rulebook import Rulebook

# More than a campaign can have due at once, even if nobody looked for years.
_MOST_STEPS = 10_000


def follow_up(state: Campaign, at: datetime, rules: Rulebook) -> tuple[e.CampaignEvent, ...]:
    """Open, call, refer and close what has fallen due, in the order of its instants.

    Assessing a gate and opening obligations need facts from elsewhere: the workflow does them, and this stops there.
    """
    events: list[e.CampaignEvent] = []
    for _ in range(_MOST_STEPS):
        due = next_due(state)
        if due is None or due.at > at or due.what in ("assess_gate", "open_duty") or not isinstance(state, Running):
            break
        event = _follow(state, due, at, rules)
        events.append(event)
        state = evolve(state, event)
    return tuple(events)


def _follow(state: Running, due: CampaignDue, at: datetime, rules: Rulebook) -> e.CampaignEvent:
    calendar = rules.calendar(state.calendar_version)
    plan = state.plan.phase(due.phase_id)
    phase = phase_of(state, due.phase_id)
    closes_at = phase.closes_at if phase else None
    match due.what:
        case "open_phase":
            return e.PhaseOpened(
                occurred_at=at,
                phase_id=due.phase_id,
                policy_id=plan.policy_id,
                open_items=plan.open_items,
                duties=_first_duties(plan, state, due.at, calendar, closes_at),
            )
        case "call_duty":
            return _call(state, due, at, calendar)
        case "refer_gate":
            return e.GateReferred(occurred_at=at, phase_id=due.phase_id)
        case _:
            return e.PhaseClosed(occurred_at=at, phase_id=due.phase_id)


def _first_duties(
    plan: PhasePlan, state: Running, opens_at: datetime, calendar: WorkCalendar, closes_at: datetime | None
) -> tuple[e.DutyNext, ...]:
    """When each duty recurs first. What lay before the campaign's start means nothing any more and is only counted."""
    just_before = max(opens_at, state.started_at) - timedelta(microseconds=1)
    duties = duties_after(plan, just_before, calendar, closes_at)
    if opens_at >= state.started_at:
        return duties
    return tuple(
        duty.model_copy(update={"passed_over": _count(plan, duty.duty_id, opens_at, state.started_at, calendar)})
        for duty in duties
    )


def _count(plan: PhasePlan, duty_id: str, after: datetime, until: datetime, calendar: WorkCalendar) -> int:
    duty = next(duty for duty in plan.duties if duty.duty_id == duty_id)
    count, reached = 0, after - timedelta(microseconds=1)
    while (occurrence := next_occurrence(duty, plan.first_day, reached, calendar, until)) is not None:
        count, reached = count + 1, occurrence
    return count


def _call(state: Running, due: CampaignDue, at: datetime, calendar: WorkCalendar) -> e.DutyCalled:
    plan = state.plan.phase(due.phase_id)
    phase = phase_of(state, due.phase_id)
    duty = next(duty for duty in plan.duties if duty.duty_id == due.duty_id)
    return e.DutyCalled(
        occurred_at=at,
        phase_id=due.phase_id,
        duty_id=duty.duty_id,
        kind=duty.kind,
        occurrence=due.at,
        next_at=next_occurrence(duty, plan.first_day, due.at, calendar, phase.closes_at if phase else None),
    )
