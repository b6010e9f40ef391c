"""A slow, obviously right answer to every question about a clock: looks at each minute in turn.

It reads the data of calendars, limits and ladders and calls none of their computations.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar
from domain.ladder import RUNGS, Ladder, Rung
from domain.limits import Limit, LimitKind

MINUTE = timedelta(minutes=1)


class Window:
    """Every minute of some months under a calendar; ``working`` says 1 or 0 for each."""

    def __init__(self, calendar: WorkCalendar, first: date, days: int) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.timezone)
        self.begins = datetime.combine(first, time(), tzinfo=UTC)
        self.length = days * 24 * 60
        self.working = bytearray(self._is_working(self.begins + number * MINUTE) for number in range(self.length))

    def _is_working(self, instant: datetime) -> bool:
        local = instant.astimezone(self.zone)
        day = local.date()
        if day in self.calendar.exceptions:
            works = self.calendar.exceptions[day]
        else:
            works = local.weekday() in self.calendar.working_weekdays
        minute = local.hour * 60 + local.minute
        return works and any(session.start <= minute < session.end for session in self.calendar.sessions)

    def second(self, instant: datetime) -> int:
        """Count the seconds from the window's beginning."""
        return int((instant - self.begins).total_seconds())

    def minute(self, instant: datetime) -> int:
        """Count the minutes from the window's beginning; the instant must be a whole one."""
        minute, rest = divmod(self.second(instant), 60)
        assert rest == 0
        return minute

    def instant(self, second: int) -> datetime:
        return self.begins + timedelta(seconds=second)

    def is_unannounced(self, second: int) -> bool:
        return self.instant(second).astimezone(self.zone).date() > self.calendar.announced_until


@dataclass
class Facts:
    """What happened to a clock."""

    opened: datetime
    limit: Limit
    extensions: list[Limit] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    climbed: list[Rung] = field(default_factory=list)
    ladder_from: datetime | None = None

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None


@dataclass
class Expected:
    """What must follow from the facts."""

    due: datetime
    planned: list[tuple[Rung, datetime]]
    provisional: bool


class Oracle:
    """Answers for one clock."""

    def __init__(self, window: Window, facts: Facts) -> None:
        self.window = window
        self.facts = facts
        self.paused = bytearray(window.length)
        for began, ended in facts.pauses:
            first = window.minute(began)
            last = window.length if ended is None else window.minute(ended)
            self.paused[first:last] = b"\x01" * (last - first)
        whole = int.from_bytes(b"\x01" * window.length)
        free = whole ^ int.from_bytes(self.paused)
        self.at_any_hour = free.to_bytes(window.length)
        self.at_work = (free & int.from_bytes(window.working)).to_bytes(window.length)
        self.legs = [(self.seconds(limit), self.counts(limit)) for limit in (facts.limit, *facts.extensions)]
        self.budget = sum(size for size, _ in self.legs)

    def seconds(self, limit: Limit) -> int:
        match limit.kind:
            case LimitKind.NATURAL_DAYS:
                return limit.amount * 24 * 60 * 60
            case LimitKind.WORKING_DAYS:
                sessions = self.window.calendar.sessions
                return limit.amount * sum((session.end - session.start) * 60 for session in sessions)
            case LimitKind.WORKING_HOURS | LimitKind.URGENT_HOURS:
                return limit.amount * 60 * 60
            case LimitKind.ELAPSED_SECONDS:
                return limit.amount

    def counts(self, limit: Limit) -> bytes:
        """Return the minutes in which the limit is used up."""
        working = limit.kind in {LimitKind.WORKING_DAYS, LimitKind.WORKING_HOURS}
        return self.at_work if working else self.at_any_hour

    def runs_out(self, start: int, seconds: int, counts: bytes) -> int:
        """Return the second at which so many seconds were used up, from a whole minute on."""
        if seconds == 0:
            return start
        assert start % 60 == 0
        left = seconds
        for minute in range(start // 60, self.window.length):
            if counts[minute]:
                if left <= 60:
                    return minute * 60 + left
                left -= 60
        raise AssertionError("the window is too short for this case")

    def runs_up_to(self, end: int, seconds: int, counts: bytes) -> int:
        """Return the last second from which so many seconds are used up until the end; not before the opening."""
        if seconds == 0:
            return end
        opened = self.window.second(self.facts.opened)
        assert end % 60 == opened % 60 == 0
        left = seconds
        for minute in reversed(range(opened // 60, end // 60)):
            if counts[minute]:
                if left <= 60:
                    return minute * 60 + 60 - left
                left -= 60
        return opened

    def spend(self, seconds: int) -> int:
        """Return the second at which so much of the budget was used up, limit first, then each extension."""
        reached = self.window.second(self.facts.opened)
        for size, counts in self.legs:
            part = min(size, seconds)
            reached = self.runs_out(reached, part, counts)
            seconds -= part
        return reached

    def waits(self, second: int) -> int:
        """Return the first second at work and outside pauses."""
        minute = second // 60
        if self.at_work[minute]:
            return second
        while not self.at_work[minute]:
            minute += 1
        return minute * 60

    def expected(self, ladder: Ladder) -> Expected:
        due = self.spend(self.budget)
        provisional = self.window.is_unannounced(due) and any(counts is self.at_work for _, counts in self.legs)
        watched_from = self.window.second(self.facts.ladder_from or self.facts.opened)
        planned: list[tuple[Rung, datetime]] = []
        reached = 0
        for rule in ladder.rules:
            unannounced = False
            if rule.before_due is not None:
                counts = self.counts(rule.before_due)
                raw = self.runs_up_to(due, self.seconds(rule.before_due), counts)
                unannounced = counts is self.at_work and self.window.is_unannounced(due)
            elif rule.after_due is None:
                hundredths = self.budget * (rule.share_of_limit or 0)
                raw = self.spend(hundredths // 100 + (hundredths % 100 > 0))
            else:
                counts = self.counts(rule.after_due)
                raw = self.runs_out(max(due, watched_from), self.seconds(rule.after_due), counts)
                unannounced = counts is self.at_work and self.window.is_unannounced(raw)
            at = self.waits(raw)
            if at < watched_from:
                continue
            reached = max(reached, at)
            if any(RUNGS.index(rule.rung) <= RUNGS.index(climbed) for climbed in self.facts.climbed):
                continue
            provisional = provisional or unannounced
            planned.append((rule.rung, self.window.instant(reached)))
        return Expected(self.window.instant(due), planned, provisional)

    def used(self, until: datetime) -> int:
        """Return the seconds used until a whole minute; beyond the budget the last leg's minutes go on counting."""
        total = 0
        number = 0
        left = self.legs[0][0]
        for minute in range(self.window.minute(self.facts.opened), self.window.minute(until)):
            while left == 0 and number < len(self.legs) - 1:
                number += 1
                left = self.legs[number][0]
            if self.legs[number][1][minute]:
                total += 60
                left -= 60
        return total
