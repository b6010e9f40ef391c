"""The clock 时限: a budget and a ledger of suspensions, from which due instant and rungs are computed anew."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.calendar import WorkCalendar
from domain.deadline import Gap, used
from domain.instant import SECOND, Instant, to_microseconds, utc
from domain.ladder import Ladder, Rung, Severity, height
from domain.limits import Limit
from domain.schedule import PlannedRung, Run, leg, schedule

# An open suspension, where an end is needed to compute with.
NEVER = 1 << 62


__all__ = [
    "ACCOUNTABILITY_CLOCKS",
    "OBLIGATION_CLOCKS",
    "STEPS_WITH_LIMIT",
    "AlreadyClimbedError",
    "AlreadyMarkedOverdueError",
    "AlreadyPausedError",
    "Clock",
    "ClockError",
    "ClockKind",
    "NotPausedError",
    "OutOfOrderError",
    "Pause",
    "PlannedRung",
    "change_limit",
    "climb",
    "extend",
    "is_overdue",
    "mark_overdue",
    "open_clock",
    "pause",
    "recompute",
    "remaining_seconds",
    "resume",
    "used_seconds",
]


class ClockKind(StrEnum):
    """Which step is being timed."""

    REGISTER = "register"  # 立案
    DISPATCH = "dispatch"  # 交办
    ACCEPT = "accept"  # 签收
    RECTIFY = "rectify"  # 整改
    CHECK = "check"  # 核查
    CLOSE = "close"  # 销号
    RECHECK = "recheck"  # 回头看
    DUTY = "duty"  # 常态任务
    TASK = "task"  # 任务
    LETTER = "letter"  # 责任书
    ACCEPTANCE = "acceptance"  # 验收: of a task, or of material handed in
    NOTIFY = "notify"  # 告知: of a case
    STATEMENT = "statement"  # 申辩
    FINDING = "finding"  # 调查认定
    DECISION = "decision"  # 问责决定
    APPEAL = "appeal"  # 申诉
    REVIEW = "review"  # 复核
    CARRY_OUT = "carry_out"  # 执行
    RECORD = "record"  # 约谈记录


OBLIGATION_CLOCKS = frozenset({ClockKind.DUTY, ClockKind.TASK, ClockKind.LETTER, ClockKind.ACCEPTANCE})
# Timed by the policy's rules of accountability, and marked overdue without a ladder.
ACCOUNTABILITY_CLOCKS = frozenset(
    {
        ClockKind.NOTIFY,
        ClockKind.STATEMENT,
        ClockKind.FINDING,
        ClockKind.DECISION,
        ClockKind.APPEAL,
        ClockKind.REVIEW,
        ClockKind.CARRY_OUT,
        ClockKind.RECORD,
    }
)
# The steps every item walks; without a limit for the recheck nothing is rechecked.
STEPS_WITH_LIMIT = tuple(
    kind for kind in ClockKind if kind not in {*OBLIGATION_CLOCKS, *ACCOUNTABILITY_CLOCKS, ClockKind.RECHECK}
)


class ClockError(ValueError):
    """A change that the clock's state does not allow. The decider asks first, so this is a programming error."""


class AlreadyPausedError(ClockError):
    """A paused clock cannot be paused."""


class NotPausedError(ClockError):
    """A running clock cannot be resumed."""


class OutOfOrderError(ClockError):
    """A suspension cannot begin before the clock or the end of the last one, nor end before it began."""


class AlreadyClimbedError(ClockError):
    """A rung is climbed once."""


class AlreadyMarkedOverdueError(ClockError):
    """The same due instant passes once."""


class Pause(BaseModel):
    """A suspension 缓办: nothing is used up from its beginning until its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    began_at: Instant
    ended_at: Instant | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.ended_at is not None and self.ended_at < self.began_at:
            raise ValueError("a pause ends after it began")
        return self


class Clock(BaseModel):
    """One deadline with its history. It carries everything, so that folding events needs no calendar.

    ``budget_seconds`` is the limit with its extensions. While the clock is paused nothing is due and nothing planned.
    ``overdue_at`` is the due instant that passed, once that was recorded; it stays whatever is granted later.
    ``severity`` is that of the issue's category when the clock started: it chooses among the policy's ladders.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clock_id: Annotated[str, Field(min_length=1, max_length=100)]
    kind: ClockKind
    policy_version: str
    calendar_version: str
    limit: Limit
    budget_seconds: Annotated[int, Field(strict=True, ge=0)]
    around_the_clock: bool
    extensions: tuple[Limit, ...] = ()
    opened_at: Instant
    pauses: tuple[Pause, ...] = ()
    ladder_from: Instant | None = None
    due_at: Instant | None = None
    provisional: bool = False
    planned: tuple[PlannedRung, ...] = ()
    climbed: tuple[Rung, ...] = ()
    overdue_at: Instant | None = None
    severity: Severity = Severity.ORDINARY

    @property
    def paused(self) -> bool:
        """Whether a suspension is open."""
        return bool(self.pauses) and self.pauses[-1].ended_at is None

    @property
    def next_rung(self) -> PlannedRung | None:
        """The rung to be climbed next; None while paused and on top of the ladder."""
        return self.planned[0] if self.planned else None


def open_clock(
    *,
    clock_id: str,
    kind: ClockKind,
    limit: Limit,
    at: datetime,
    calendar: WorkCalendar,
    ladder: Ladder,
    policy_version: str,
    ladder_from: datetime | None = None,
    severity: Severity = Severity.ORDINARY,
) -> Clock:
    """Start a clock. ``ladder_from``: when the product began to watch an older item; no rung is planned before.

    ``ladder``: the policy's for this kind and ``severity``.
    """
    clock = Clock(
        clock_id=clock_id,
        kind=kind,
        policy_version=policy_version,
        calendar_version=calendar.version,
        limit=limit,
        budget_seconds=0,
        around_the_clock=limit.around_the_clock,
        opened_at=at,
        ladder_from=ladder_from,
        severity=severity,
    )
    return recompute(clock, calendar, ladder)


def pause(clock: Clock, at: datetime) -> Clock:
    """Suspend: the clock stands still, nothing is due and nothing planned until it is resumed."""
    if clock.paused:
        raise AlreadyPausedError(clock.clock_id)
    last = clock.pauses[-1].ended_at if clock.pauses else None
    if utc(at) < (last or clock.opened_at):
        raise OutOfOrderError(clock.clock_id)
    pauses = (*clock.pauses, Pause(began_at=at))
    return _changed(clock, {"pauses": pauses, "due_at": None, "provisional": False, "planned": ()})


def resume(clock: Clock, at: datetime, calendar: WorkCalendar, ladder: Ladder) -> Clock:
    """End the suspension; what was left of the budget, extensions included, runs on."""
    if not clock.paused:
        raise NotPausedError(clock.clock_id)
    began_at = clock.pauses[-1].began_at
    if utc(at) < began_at:
        raise OutOfOrderError(clock.clock_id)
    pauses = (*clock.pauses[:-1], Pause(began_at=began_at, ended_at=at))
    return recompute(_changed(clock, {"pauses": pauses}), calendar, ladder)


def extend(clock: Clock, by: Limit, calendar: WorkCalendar, ladder: Ladder) -> Clock:
    """Grant an extension 延期, used up after the limit and the earlier extensions, in its own kind of time."""
    return recompute(_changed(clock, {"extensions": (*clock.extensions, by)}), calendar, ladder)


def change_limit(
    clock: Clock,
    limit: Limit,
    calendar: WorkCalendar,
    ladder: Ladder,
    policy_version: str,
    *,
    ladder_from: datetime | None = None,
    severity: Severity | None = None,
) -> Clock:
    """Replace the limit, and the severity where one is given; suspensions, extensions, climbed rungs and opening stay.

    ``ladder_from``: the instant of the change, where the new limit may have run out already; the ladder then
    counts from there, instead of having several rungs due at once.
    """
    changes: dict[str, object] = {
        "limit": limit,
        "around_the_clock": limit.around_the_clock,
        "policy_version": policy_version,
    }
    if ladder_from is not None:
        changes["ladder_from"] = utc(ladder_from)
    if severity is not None:
        changes["severity"] = severity
    return recompute(_changed(clock, changes), calendar, ladder)


def climb(clock: Clock, rung: Rung) -> Clock:
    """Record a climbed rung. Neither it nor a lower one is planned again, whatever is granted or changed later."""
    if rung in clock.climbed:
        raise AlreadyClimbedError(clock.clock_id)
    planned = tuple(step for step in clock.planned if height(step.rung) > height(rung))
    return _changed(clock, {"climbed": (*clock.climbed, rung), "planned": planned})


def mark_overdue(clock: Clock, at: datetime) -> Clock:
    """Record that the due instant ``at`` has passed."""
    if clock.overdue_at == utc(at):
        raise AlreadyMarkedOverdueError(clock.clock_id)
    return _changed(clock, {"overdue_at": utc(at)})


def recompute(clock: Clock, calendar: WorkCalendar, ladder: Ladder) -> Clock:
    """Compute due instant and plan anew: under a newer calendar what was provisional becomes firm."""
    run = _run(clock, calendar)
    changes: dict[str, object] = {
        "calendar_version": calendar.version,
        "budget_seconds": sum(part.amount for part in run.legs) // SECOND,
    }
    if not clock.paused:
        computed = schedule(run, calendar, ladder, climbed=clock.climbed, ladder_from=clock.ladder_from)
        changes |= computed._asdict()
    return _changed(clock, changes)


def used_seconds(clock: Clock, at: datetime, calendar: WorkCalendar) -> int:
    """Return the whole seconds of the budget used until ``at``; more than the budget once it is overdue."""
    opened, legs, gaps = _run(clock, calendar)
    return used(opened, to_microseconds(at), legs, gaps, calendar.working_time) // SECOND


def remaining_seconds(clock: Clock, at: datetime, calendar: WorkCalendar) -> int:
    """Return the seconds of the budget left at ``at``; below 0 they say how far it is overdue."""
    return clock.budget_seconds - used_seconds(clock, at, calendar)


def is_overdue(clock: Clock, at: datetime) -> bool:
    """Say whether the due instant has passed. A paused clock is due at no instant."""
    return clock.due_at is not None and utc(at) > clock.due_at


def _changed(clock: Clock, changes: Mapping[str, object]) -> Clock:
    return clock.model_copy(update=changes)


def _run(clock: Clock, calendar: WorkCalendar) -> Run:
    gaps = tuple(
        Gap(to_microseconds(held.began_at), NEVER if held.ended_at is None else to_microseconds(held.ended_at))
        for held in clock.pauses
    )
    legs = tuple(leg(limit, calendar) for limit in (clock.limit, *clock.extensions))
    return Run(to_microseconds(clock.opened_at), legs, gaps)
