"""Thousands of random clocks, each compared with an oracle that looks at every minute."""

from datetime import date, datetime, timedelta
from functools import cache
from random import Random

import pytest

from domain.calendar import WorkCalendar
from domain.clock import (
    Clock,
    ClockKind,
    change_limit,
    climb,
    extend,
    open_clock,
    pause,
    recompute,
    remaining_seconds,
    resume,
    used_seconds,
)
from domain.ladder import RUNGS, STANDARD_LADDER, Ladder, Rung, RungRule
from domain.limits import Limit, LimitKind
from tests.domain.calendars import CHINA, NIGHTS, SUNDAYS
from tests.domain.oracle import MINUTE, Facts, Oracle, Window

CASES_PER_SEASON = 1500
DAYS = 240
DAYS_TO_OPEN_IN = 40

SEASONS: dict[str, tuple[WorkCalendar, date]] = {
    "spring festival and its make-up days": (CHINA, date(2026, 1, 10)),
    "labour day": (CHINA, date(2026, 4, 1)),
    "national holiday and its make-up days": (CHINA, date(2026, 9, 1)),
    "year end": (CHINA, date(2026, 11, 25)),
    "nights into summer time": (NIGHTS, date(2026, 3, 10)),
    "nights out of summer time": (NIGHTS, date(2026, 10, 5)),
    "sundays and single days": (SUNDAYS, date(2026, 5, 20)),
}
LARGEST = {
    LimitKind.NATURAL_DAYS: 6,
    LimitKind.WORKING_DAYS: 3,
    LimitKind.WORKING_HOURS: 30,
    LimitKind.URGENT_HOURS: 72,
    LimitKind.ELAPSED_SECONDS: 5000,  # minutes
}


@cache
def window(season: str) -> Window:
    calendar, first = SEASONS[season]
    return Window(calendar, first, DAYS)


class Life:
    """A clock and the facts behind it, kept apart from each other."""

    def __init__(self, season: str, number: int) -> None:
        self.random = Random(f"{season} {number}")  # noqa: S311 - repeatable on purpose, no secret
        self.window = window(season)
        self.calendar = self.window.calendar
        self.ladder = self.any_ladder()
        self.now = self.window.begins + self.random.randrange(DAYS_TO_OPEN_IN * 24 * 60) * MINUTE
        self.facts = Facts(opened=self.now, limit=self.any_limit())
        if self.random.random() < 0.15:
            self.facts.ladder_from = self.now + self.any_while()
        self.clock: Clock = open_clock(
            clock_id="rectify-1",
            kind=ClockKind.RECTIFY,
            limit=self.facts.limit,
            at=self.now,
            calendar=self.calendar,
            ladder=self.ladder,
            policy_version="policy@1",
            ladder_from=self.facts.ladder_from,
        )

    def any_limit(self, *, smallest: int = 1) -> Limit:
        kind = self.random.choice(tuple(LimitKind))
        if kind is not LimitKind.ELAPSED_SECONDS:
            return Limit(kind=kind, amount=self.random.randint(1, LARGEST[kind]))
        return Limit(kind=kind, amount=60 * self.random.randint(smallest, LARGEST[kind]))

    def any_ladder(self) -> Ladder:
        if self.random.random() < 0.2:
            return STANDARD_LADDER
        rungs = [rung for rung in RUNGS if self.random.random() < 0.6]
        return Ladder(rules=tuple(self.any_rule(rung) for rung in rungs))

    def any_rule(self, rung: Rung) -> RungRule:
        match self.random.choice(("share", "before", "before", "after", "after")):
            case "share":
                return RungRule(rung=rung, share_of_limit=self.random.randint(1, 100))
            case "before":
                return RungRule(rung=rung, before_due=self.any_limit(smallest=0))
            case _:
                return RungRule(rung=rung, after_due=self.any_limit(smallest=0))

    def any_while(self) -> timedelta:
        longest = self.random.choice((1, 90, 12 * 60, 3 * 24 * 60, 9 * 24 * 60))
        return self.random.randrange(longest) * MINUTE

    def moves_on(self) -> None:
        """Let time pass; at times exactly to the due instant or a minute beside it, where mistakes would hide."""
        self.now += self.any_while()
        due_at = self.clock.due_at
        if due_at is not None and self.random.random() < 0.25:
            self.now = max(self.now, due_at + self.random.choice((-1, 0, 1)) * MINUTE)

    def goes_on(self) -> None:
        """Let one thing happen."""
        self.moves_on()
        match self.random.choice(("hold", "hold", "hold", "extend", "limit", "climb", "recompute")):
            case "hold":
                self.holds()
            case "extend":
                by = self.any_limit(smallest=0)
                self.facts.extensions.append(by)
                self.clock = extend(self.clock, by, self.calendar, self.ladder)
            case "limit":
                self.facts.limit = self.any_limit(smallest=0)
                self.clock = change_limit(self.clock, self.facts.limit, self.calendar, self.ladder, "policy@2")
            case "climb" if self.clock.planned:
                rung = self.random.choice((self.clock.planned[0], *self.clock.planned)).rung
                self.facts.climbed.append(rung)
                self.clock = climb(self.clock, rung)
            case _:
                self.clock = recompute(self.clock, self.calendar, self.ladder)

    def holds(self) -> None:
        if self.clock.paused:
            self.facts.pauses[-1] = (self.facts.pauses[-1][0], self.now)
            self.clock = resume(self.clock, self.now, self.calendar, self.ladder)
        else:
            self.facts.pauses.append((self.now, None))
            self.clock = pause(self.clock, self.now)

    def any_instant(self) -> datetime:
        return self.facts.opened + self.random.randrange(-60, 12 * 24 * 60) * MINUTE


def test_there_are_at_least_ten_thousand_cases():
    assert CASES_PER_SEASON * len(SEASONS) >= 10_000


@pytest.mark.parametrize("season", SEASONS)
def test_a_clock_is_due_and_climbs_when_the_oracle_says(season: str):
    for number in range(CASES_PER_SEASON):
        life = Life(season, number)
        for _ in range(life.random.randrange(8)):
            life.goes_on()
        if life.clock.paused and life.random.random() < 0.8:
            life.moves_on()
            life.holds()
        oracle = Oracle(life.window, life.facts)
        clock = life.clock
        context = (season, number, life.facts, life.ladder)
        assert clock.budget_seconds == oracle.budget, context
        if clock.paused:
            assert (clock.due_at, clock.planned, clock.provisional) == (None, (), False), context
        else:
            expected = oracle.expected(life.ladder)
            assert clock.due_at == expected.due, context
            assert [(step.rung, step.at) for step in clock.planned] == expected.planned, context
            again = recompute(clock, life.calendar, life.ladder)
            assert again.planned == clock.planned, context
            assert again.provisional == expected.provisional, context
        assert Clock.model_validate_json(clock.model_dump_json()) == clock, context
        for instant in (life.now, life.any_instant()):
            used = oracle.used(instant)
            assert used_seconds(clock, instant, life.calendar) == used, context
            assert remaining_seconds(clock, instant, life.calendar) == oracle.budget - used, context


@pytest.mark.parametrize("season", SEASONS)
def test_a_calendar_works_in_the_minutes_the_oracle_says(season: str):
    minutes = window(season)
    random = Random(season)  # noqa: S311 - repeatable on purpose, no secret
    for _ in range(1000):
        first, second = (random.randrange(minutes.length - 10 * 24 * 60) for _ in range(2))
        start, end = minutes.instant(first * 60), minutes.instant(second * 60)
        assert minutes.calendar.is_working(start) == bool(minutes.working[first])
        assert minutes.calendar.working_seconds_between(start, end) == 60 * sum(minutes.working[first:second])
        following = minutes.working.index(1, first)
        assert minutes.calendar.next_working_instant(start) == minutes.instant(following * 60)
        assert minutes.calendar.is_provisional(start) == minutes.is_unannounced(first * 60)
