"""From the days of a plan to the instants of a campaign."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar
from domain.campaign.events import DutyNext, PhaseWindow
from domain.campaign.occurrences import midnight, next_occurrence
from domain.campaign.plan import PhasePlan
from domain.campaign.state import PhaseState

_INSTANT_BEFORE = timedelta(microseconds=1)


def local_day(instant: datetime, calendar: WorkCalendar) -> date:
    """The day an instant lies in, in the calendar's time zone."""
    return instant.astimezone(ZoneInfo(calendar.timezone)).date()


def days_between(earlier: datetime, later: datetime, calendar: WorkCalendar) -> int:
    """The local days from one instant to another; 0 on the same day."""
    return (local_day(later, calendar) - local_day(earlier, calendar)).days


def window_of(phase: PhasePlan, calendar: WorkCalendar, last_day: date | None = None) -> PhaseWindow:
    """The instants of a phase: those of its plan, else it opens as its first day begins and closes as its last ends.

    ``last_day``: another one than planned; it ends the phase as it ends, even one that was planned to the instant.
    """
    opens_at = phase.opens_at or midnight(phase.first_day, calendar)
    last = last_day or phase.last_day
    if last is None:
        return PhaseWindow(phase_id=phase.phase_id, opens_at=opens_at)
    if phase.closes_at is not None and last_day is None:
        closes_at = phase.closes_at
    else:
        closes_at = midnight(last + timedelta(days=1), calendar)
    assess_at = None
    if phase.gate is not None:
        days = phase.gate.assess_days_before
        if closes_at == phase.closes_at:
            assess_at = closes_at - timedelta(days=days)
        else:
            assess_at = midnight(last + timedelta(days=1 - days), calendar)
        assess_at = max(assess_at, opens_at)
    return PhaseWindow(phase_id=phase.phase_id, opens_at=opens_at, assess_at=assess_at, closes_at=closes_at)


def shifted(phase: PhaseState, days: int, since: datetime, calendar: WorkCalendar) -> PhaseWindow:
    """The window of a phase with everything that lay ahead at an instant moved by whole local days."""

    def moved(instant: datetime | None) -> datetime | None:
        if instant is None or instant < since or not days:
            return instant
        return midnight(local_day(instant, calendar) + timedelta(days=days), calendar)

    opens_at = moved(phase.opens_at) if phase.status == "waiting" else phase.opens_at
    return PhaseWindow(
        phase_id=phase.phase_id,
        opens_at=opens_at or phase.opens_at,
        assess_at=moved(phase.assess_at),
        closes_at=moved(phase.closes_at),
    )


def duties_from(
    phase: PhasePlan, at: datetime, calendar: WorkCalendar, closes_at: datetime | None
) -> tuple[DutyNext, ...]:
    """When each duty of a phase recurs first, at an instant or after it."""
    return tuple(
        DutyNext(
            duty_id=duty.duty_id,
            at=next_occurrence(duty, phase.first_day, at - _INSTANT_BEFORE, calendar, closes_at),
        )
        for duty in phase.duties
    )


def duties_onward(
    phase: PhasePlan, state: PhaseState, at: datetime, calendar: WorkCalendar, closes_at: datetime | None
) -> tuple[DutyNext, ...]:
    """When each duty of an open phase recurs next, at an instant or after it, but after what it was called for."""
    last = {duty.duty_id: duty.last for duty in state.duties}

    def after(duty_id: str) -> datetime:
        called, before = last.get(duty_id), at - _INSTANT_BEFORE
        return before if called is None else max(called, before)

    return tuple(
        DutyNext(
            duty_id=duty.duty_id,
            at=next_occurrence(duty, phase.first_day, after(duty.duty_id), calendar, closes_at),
        )
        for duty in phase.duties
    )
