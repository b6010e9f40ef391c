"""Golden cases of the clock: due instants, the faults of other systems that must not occur here, misuse."""

from datetime import datetime, timedelta

import pytest

from domain.clock import (
    AlreadyClimbedError,
    AlreadyMarkedOverdueError,
    AlreadyPausedError,
    NotPausedError,
    OutOfOrderError,
    change_limit,
    climb,
    extend,
    is_overdue,
    mark_overdue,
    pause,
    recompute,
    remaining_seconds,
    resume,
    used_seconds,
)
from domain.instant import UnusableInstantError
from domain.ladder import STANDARD_LADDER, Rung
from tests.domain.calendars import CHINA, shanghai
from tests.domain.clocks import (
    HOUR,
    MONDAY,
    NO_LADDER,
    held,
    natural_days,
    november,
    opened,
    plan,
    seconds,
    urgent_hours,
    working_days,
    working_hours,
)


class TestDueInstants:
    def test_one_working_day_from_friday_16_00_ends_on_monday_16_00(self):
        assert opened(november(20, 16), working_days(1)).due_at == november(23, 16)

    def test_suspended_friday_17_00_to_monday_9_00_it_ends_on_monday_18_00(self):
        clock = opened(november(20, 16), working_days(1))
        paused = pause(clock, november(20, 17))
        assert paused.due_at is None
        assert used_seconds(paused, november(21, 12), CHINA) == HOUR
        assert remaining_seconds(paused, november(23, 9), CHINA) == 7 * HOUR
        assert resume(paused, november(23, 9), CHINA, NO_LADDER).due_at == november(23, 18)

    def test_the_lunch_break_does_not_count(self):
        assert opened(november(MONDAY, 11), working_hours(2)).due_at == november(MONDAY, 15)

    def test_a_budget_used_up_at_closing_time_is_due_then_and_not_next_morning(self):
        assert opened(november(MONDAY, 8), working_days(1)).due_at == november(MONDAY, 18)

    def test_a_budget_used_up_at_noon_is_due_at_noon_and_not_after_lunch(self):
        assert opened(november(MONDAY, 8), working_hours(4)).due_at == november(MONDAY, 12)

    def test_opened_at_night_it_counts_from_the_morning(self):
        assert opened(november(MONDAY, 23), working_hours(1)).due_at == november(17, 9)

    def test_a_make_up_saturday_counts(self):
        friday = shanghai(2026, 2, 13, 16)
        assert opened(friday, working_days(1)).due_at == shanghai(2026, 2, 14, 16)

    def test_the_national_holiday_does_not_count_and_its_make_up_saturday_does(self):
        clock = opened(shanghai(2026, 9, 30, 16), working_days(1))
        assert clock.due_at == shanghai(2026, 10, 8, 16)
        assert extend(clock, working_days(2), CHINA, NO_LADDER).due_at == shanghai(2026, 10, 10, 16)

    def test_natural_days_count_nights_and_holidays(self):
        assert opened(shanghai(2026, 9, 30, 16), natural_days(3)).due_at == shanghai(2026, 10, 3, 16)

    def test_urgent_hours_run_around_the_clock(self):
        assert opened(november(20, 17), urgent_hours(24)).due_at == november(21, 17)

    def test_an_empty_budget_is_due_when_it_is_opened(self):
        assert opened(november(21, 3), seconds(0)).due_at == november(21, 3)

    def test_fractions_of_a_second_are_kept(self):
        fraction = timedelta(microseconds=123_456)
        assert opened(november(20, 16) + fraction, working_days(1)).due_at == november(23, 16) + fraction


class TestFaultsOfOtherSystems:
    def test_a_pause_over_a_weekend_adds_no_weekend(self):
        clock = opened(november(20, 10), working_days(1))
        assert clock.due_at == november(23, 10)
        assert held(clock, november(20, 18), november(23, 8)).due_at == november(23, 10)
        assert held(clock, november(20, 17), november(23, 8)).due_at == november(23, 11)

    def test_a_resume_keeps_a_granted_extension(self):
        clock = extend(opened(november(MONDAY, 8), working_days(1)), working_days(2), CHINA, NO_LADDER)
        assert clock.due_at == november(18, 18)
        assert held(clock, november(17, 8), november(18, 8)).due_at == november(19, 18)

    def test_an_extension_granted_while_paused_counts_after_the_resume(self):
        paused = pause(opened(november(MONDAY, 8), working_days(1)), november(MONDAY, 12))
        extended = extend(paused, working_days(1), CHINA, NO_LADDER)
        assert (extended.due_at, extended.planned) == (None, ())
        assert resume(extended, november(18, 14), CHINA, NO_LADDER).due_at == november(19, 18)

    def test_a_changed_limit_keeps_earlier_pauses(self):
        clock = held(opened(november(MONDAY, 8), working_days(1)), november(MONDAY, 10), november(17, 10))
        assert clock.due_at == november(17, 18)
        changed = change_limit(clock, working_days(2), CHINA, NO_LADDER, "policy@2")
        assert changed.due_at == november(18, 18)
        assert changed.pauses == clock.pauses
        assert changed.policy_version == "policy@2"

    def test_a_changed_limit_keeps_extensions_and_the_opening(self):
        clock = extend(opened(november(MONDAY, 8), working_days(1)), working_days(1), CHINA, NO_LADDER)
        changed = change_limit(clock, working_days(3), CHINA, NO_LADDER, "policy@2")
        assert changed.due_at == november(19, 18)
        assert changed.opened_at == clock.opened_at

    def test_a_limit_changed_to_another_kind_of_time_runs_in_it_from_the_opening(self):
        clock = opened(november(20, 16), working_days(1))
        changed = change_limit(clock, urgent_hours(24), CHINA, NO_LADDER, "policy@2")
        assert changed == opened(november(20, 16), urgent_hours(24)).model_copy(update={"policy_version": "policy@2"})
        assert changed.around_the_clock
        assert changed.due_at == november(21, 16)

    def test_an_edit_does_not_reset_the_ladder(self):
        clock = opened(november(MONDAY, 8), working_days(1), STANDARD_LADDER)
        climbed = climb(climb(clock, Rung.WARN), Rung.REMIND)
        extended = extend(climbed, working_days(5), CHINA, STANDARD_LADDER)
        changed = change_limit(extended, working_days(7), CHINA, STANDARD_LADDER, "policy@2")
        paused = held(changed, november(18, 8), november(19, 8), STANDARD_LADDER)
        for edited in (climbed, extended, changed, paused, recompute(paused, CHINA, STANDARD_LADDER)):
            assert edited.climbed == (Rung.WARN, Rung.REMIND)
            assert list(plan(edited)) == [Rung.SUPERVISE, Rung.CRITICISE, Rung.SUMMON, Rung.HOLD_TO_ACCOUNT]

    def test_no_rung_is_used_up_at_night(self):
        clock = opened(november(MONDAY, 10), urgent_hours(12), STANDARD_LADDER)
        assert clock.due_at == november(MONDAY, 22)
        assert plan(clock)[Rung.WARN] == november(17, 8)
        assert plan(clock)[Rung.REMIND] == november(17, 8)

    def test_no_rung_is_used_up_on_a_holiday(self):
        clock = opened(shanghai(2026, 9, 30, 16), natural_days(3), STANDARD_LADDER)
        assert set(plan(clock).values()) & {shanghai(2026, 10, day, 8) for day in range(1, 8)} == set()
        assert plan(clock)[Rung.REMIND] == shanghai(2026, 10, 8, 8)


class TestExtensionsOfAnotherKind:
    def test_natural_days_run_on_from_a_working_deadline_around_the_clock(self):
        clock = extend(opened(november(20, 16), working_days(1)), natural_days(2), CHINA, NO_LADDER)
        assert clock.due_at == november(25, 16)

    def test_working_days_follow_an_explicit_due_date_in_working_time(self):
        clock = extend(opened(november(MONDAY, 9), seconds(11 * HOUR)), working_days(1), CHINA, NO_LADDER)
        assert clock.due_at == november(17, 18)
        assert used_seconds(clock, november(17, 9), CHINA) == 12 * HOUR
        assert used_seconds(clock, november(18, 9), CHINA) == 20 * HOUR


class TestOverdue:
    def test_a_clock_is_overdue_after_its_due_instant_and_not_at_it(self):
        clock = opened(november(20, 16), working_days(1))
        assert not is_overdue(clock, november(23, 16))
        assert is_overdue(clock, november(23, 16) + timedelta(microseconds=1))

    def test_a_paused_clock_is_not_overdue(self):
        assert not is_overdue(pause(opened(november(20, 16), working_days(1)), november(20, 17)), november(30, 9))

    def test_the_mark_stays_when_an_extension_is_granted(self):
        clock = opened(november(20, 16), working_days(1))
        marked = mark_overdue(clock, november(23, 16))
        extended = extend(marked, working_days(2), CHINA, NO_LADDER)
        assert extended.overdue_at == november(23, 16)
        assert extended.due_at == november(25, 16)

    def test_an_extended_deadline_can_pass_as_well(self):
        marked = mark_overdue(opened(november(20, 16), working_days(1)), november(23, 16))
        extended = extend(marked, working_days(2), CHINA, NO_LADDER)
        assert mark_overdue(extended, november(25, 16)).overdue_at == november(25, 16)

    def test_what_is_left_turns_negative(self):
        clock = opened(november(MONDAY, 8), working_days(1))
        assert remaining_seconds(clock, november(17, 9), CHINA) == -HOUR


class TestMisuse:
    CLOCK = opened(november(MONDAY, 9), working_days(1), STANDARD_LADDER)

    def test_a_paused_clock_cannot_be_paused(self):
        with pytest.raises(AlreadyPausedError):
            pause(pause(self.CLOCK, november(MONDAY, 10)), november(MONDAY, 11))

    def test_a_running_clock_cannot_be_resumed(self):
        with pytest.raises(NotPausedError):
            resume(self.CLOCK, november(MONDAY, 10), CHINA, NO_LADDER)

    def test_a_pause_cannot_begin_before_the_clock(self):
        with pytest.raises(OutOfOrderError):
            pause(self.CLOCK, november(MONDAY, 8))

    def test_a_pause_cannot_begin_in_an_earlier_one(self):
        with pytest.raises(OutOfOrderError):
            pause(held(self.CLOCK, november(MONDAY, 10), november(MONDAY, 12)), november(MONDAY, 11))

    def test_a_pause_cannot_end_before_it_began(self):
        with pytest.raises(OutOfOrderError):
            resume(pause(self.CLOCK, november(MONDAY, 10)), november(MONDAY, 9), CHINA, NO_LADDER)

    def test_a_rung_is_climbed_once(self):
        with pytest.raises(AlreadyClimbedError):
            climb(climb(self.CLOCK, Rung.WARN), Rung.WARN)

    def test_a_due_instant_is_marked_once(self):
        with pytest.raises(AlreadyMarkedOverdueError):
            mark_overdue(mark_overdue(self.CLOCK, november(17, 9)), november(17, 9))

    def test_a_naive_instant_is_refused_everywhere(self):
        naive = datetime(2026, 11, 16, 9)  # noqa: DTZ001 - the very thing to be refused
        with pytest.raises(ValueError):
            opened(naive, working_days(1))
        for use in (
            lambda: pause(self.CLOCK, naive),
            lambda: resume(pause(self.CLOCK, november(MONDAY, 10)), naive, CHINA, NO_LADDER),
            lambda: mark_overdue(self.CLOCK, naive),
            lambda: used_seconds(self.CLOCK, naive, CHINA),
            lambda: is_overdue(self.CLOCK, naive),
        ):
            with pytest.raises(UnusableInstantError):
                use()
