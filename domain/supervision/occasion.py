"""Whether what gave rise to an act still stands when it is to be issued."""

from datetime import datetime
from typing import assert_never

from domain.accountability.values import HandCause, RankingCause, RungCause
from domain.clock import Clock
from domain.item import state as item
from domain.item.excuse import is_excused
from domain.item.state import Item, assignment_of
from domain.item.state import running_clock as clock_of_item
from domain.obligation import state as obligation
from domain.obligation.state import Obligation
from domain.obligation.state import running_clock as clock_of_obligation
from domain.supervision.events import ActPlanned
from domain.supervision.values import ActKind

# What people read as the reason of a withdrawal; Chinese first.
CLOSED = "事项已办结 · closed before this was issued"
SUSPENDED = "事项已缓办 · suspended before this was issued"
WITH_ANOTHER_UNIT = "事项已不在该单位 · no longer with this unit"
EXCUSED = "超期申诉已成立 · the appeal against the missed deadline was granted"
STEP_DONE = "催办的环节已完成 · the step it reminds of is done"
DEADLINE_MOVED = "时限已顺延，尚未届满 · its deadline was moved and lies ahead"


def reason_gone(planned: ActPlanned, source: Item | Obligation | None, at: datetime) -> str | None:
    """Why the act is not issued at an instant; None: its occasion stands. ``source`` is what climbed the rung.

    What was closed, lies with another unit, or followed on a deadline that a granted appeal excused, brings no act. A
    reminder also has no use any more where the step is done or suspended, or its deadline was extended or computed anew
    and lies ahead; a higher act stands then, for it was due at once.
    """
    cause = planned.cause
    match cause:
        case HandCause() | RankingCause():
            return None
        case RungCause():
            return None if source is None else _gone(planned, cause, source, at)
        case _:
            assert_never(cause)


def _gone(planned: ActPlanned, cause: RungCause, source: Item | Obligation, at: datetime) -> str | None:
    if _is_closed(source):
        return CLOSED
    if _unit_of(source) != planned.unit:
        return WITH_ANOTHER_UNIT
    if deadline_excused(cause, source):
        return EXCUSED
    if planned.kind is not ActKind.REMINDER:
        return None
    if isinstance(source, item.Suspended):
        return SUSPENDED
    return _no_use_reminding(cause, _clock_of(source), at)


def _no_use_reminding(cause: RungCause, clock: Clock | None, at: datetime) -> str | None:
    if clock is None or clock.clock_id != cause.clock_id:
        return STEP_DONE
    # The letter names the deadline of the climb.
    if cause.due_at is None or clock.due_at is None or clock.due_at == cause.due_at:
        return None
    return DEADLINE_MOVED if clock.due_at > at else None


def deadline_excused(cause: RungCause, source: Item | Obligation) -> bool:
    """Whether a granted appeal has excused the missed deadline that a rung followed on."""
    if isinstance(source, obligation.Open | obligation.Submitted | obligation.Fulfilled | obligation.Withdrawn):
        climbs, marks = source.record.climbs, source.record.marks
    else:
        climbs, marks = source.dossier.climbs, source.dossier.marks
    return is_excused(cause.clock_id, cause.rung, climbs, marks)


def _is_closed(source: Item | Obligation) -> bool:
    if isinstance(source, obligation.Open | obligation.Submitted | obligation.Fulfilled | obligation.Withdrawn):
        return isinstance(source, obligation.Fulfilled | obligation.Withdrawn)
    return source.status not in item.OPEN_STATUSES


def _unit_of(source: Item | Obligation) -> str | None:
    if isinstance(source, obligation.Open | obligation.Submitted | obligation.Fulfilled | obligation.Withdrawn):
        return source.record.unit
    assignment = assignment_of(source)
    return assignment.unit if assignment else None


def _clock_of(source: Item | Obligation) -> Clock | None:
    if isinstance(source, obligation.Open | obligation.Submitted | obligation.Fulfilled | obligation.Withdrawn):
        return clock_of_obligation(source)
    return clock_of_item(source)
