"""A clock's budget is conserved: nobody gains or loses time except by an extension, a suspension or another limit.

Kept as an auditor would keep it, from the events alone, and recounted session by session with none of the product's
computations.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import WorkCalendar
from domain.clock import Clock
from domain.decider import Event
from domain.item import events as e
from domain.limits import Limit, LimitKind
from domain.rulebook.rulebook import Rulebook

Stretch = tuple[datetime, datetime]
FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)
UNITS = {
    LimitKind.NATURAL_DAYS: timedelta(days=1),
    LimitKind.WORKING_HOURS: timedelta(hours=1),
    LimitKind.URGENT_HOURS: timedelta(hours=1),
    LimitKind.ELAPSED_SECONDS: timedelta(seconds=1),
}


@dataclass(frozen=True)
class Account:
    """What people did to one clock."""

    opened: datetime
    limit: Limit
    extensions: tuple[Limit, ...] = ()
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()

    def after(self, event: Event, clock: Clock) -> "Account":
        """What it stands at after an event; most change nothing."""
        match event:
            case e.ExtensionGranted():
                return replace(self, extensions=(*self.extensions, event.by))
            case e.ItemSuspended():
                return replace(self, pauses=(*self.pauses, (event.occurred_at, None)))
            case e.ItemResumed():
                return replace(self, pauses=(*self.pauses[:-1], (self.pauses[-1][0], event.occurred_at)))
            case e.LimitChanged():
                return replace(self, limit=clock.limit)
            case _:
                return self


class Accounts:
    """The accounts of all clocks of one item, compared with what every event carries."""

    def __init__(self) -> None:
        self._of: dict[str, Account] = {}

    def follow(self, events: tuple[Event, ...], rules: Rulebook) -> None:
        for event in events:
            clock: Clock | None = getattr(event, "clock", None)
            if clock is None:
                continue
            account = self._of.get(clock.clock_id, Account(clock.opened_at, clock.limit)).after(event, clock)
            self._of[clock.clock_id] = account
            check_budget(clock, account, rules.calendar(clock.calendar_version))


def check_budget(clock: Clock, account: Account, calendar: WorkCalendar) -> None:
    """The clock carries the account, and falls due when the account is used up, not a second before or after."""
    assert (clock.opened_at, clock.limit, clock.extensions) == (account.opened, account.limit, account.extensions)
    assert tuple((held.began_at, held.ended_at) for held in clock.pauses) == account.pauses
    parts = (account.limit, *account.extensions)
    assert clock.budget_seconds == sum((_granted(part, calendar) for part in parts), timedelta()).total_seconds()
    assert clock.due_at == (None if clock.paused else used_up(account, calendar))


def used_up(account: Account, calendar: WorkCalendar) -> datetime:
    """Return the instant at which the limit and then each extension was used up, outside suspensions."""
    reached = account.opened
    for part in (account.limit, *account.extensions):
        left = _granted(part, calendar)
        if not left:
            continue
        for begin, end in _without(account.pauses, _counting(part, reached, calendar)):
            if end - begin >= left:
                reached = begin + left
                break
            left -= end - begin
    return reached


def _granted(limit: Limit, calendar: WorkCalendar) -> timedelta:
    if limit.kind is LimitKind.WORKING_DAYS:
        day = sum(session.end - session.start for session in calendar.sessions)
        return limit.amount * timedelta(minutes=day)
    return limit.amount * UNITS[limit.kind]


def _counting(limit: Limit, since: datetime, calendar: WorkCalendar) -> Iterator[Stretch]:
    if limit.kind not in {LimitKind.WORKING_DAYS, LimitKind.WORKING_HOURS}:
        yield since, FOR_EVER
        return
    zone = ZoneInfo(calendar.timezone)
    day = since.astimezone(zone).date()
    while True:
        if calendar.exceptions.get(day, day.weekday() in calendar.working_weekdays):
            midnight = datetime.combine(day, time(), zone)
            for session in calendar.sessions:
                begin, end = (midnight + timedelta(minutes=minute) for minute in (session.start, session.end))
                if end > since:
                    yield max(begin, since), end
        day += timedelta(days=1)


def _without(pauses: tuple[tuple[datetime, datetime | None], ...], stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    for stretch in stretches:
        begin, end = stretch
        for began, ended in pauses:
            if begin < began < end:
                yield begin, began
            if began < end:
                begin = max(begin, min(ended or FOR_EVER, end))
        if begin < end:
            yield begin, end
