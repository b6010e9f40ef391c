"""Golden cases of the ladder on a clock, of provisional deadlines, and of the stored form."""

from datetime import UTC, datetime, timedelta

from domain.clock import Clock, change_limit, climb, extend, pause, recompute, resume
from domain.ladder import STANDARD_LADDER, Ladder, Rung, RungRule
from domain.limits import Limit
from tests.domain.calendars import CHINA, CHINA_2027, SHANGHAI, shanghai
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


class TestTheLadder:
    def test_the_standard_ladder_rises_from_eighty_percent_to_ten_working_days_after(self):
        clock = opened(november(MONDAY, 9), working_days(5), STANDARD_LADDER)
        assert clock.due_at == november(23, 9)
        assert plan(clock) == {
            Rung.WARN: november(20, 9),
            Rung.REMIND: november(23, 9),
            Rung.SUPERVISE: november(25, 9),
            Rung.CRITICISE: november(30, 9),
            Rung.SUMMON: shanghai(2026, 12, 3, 9),
            Rung.HOLD_TO_ACCOUNT: shanghai(2026, 12, 7, 9),
        }

    def test_a_rung_due_at_closing_time_waits_for_the_morning(self):
        clock = opened(november(20, 8), working_days(1), STANDARD_LADDER)
        assert clock.due_at == november(20, 18)
        assert plan(clock)[Rung.REMIND] == november(23, 8)

    def test_an_extension_moves_the_warning_to_its_share_of_the_whole_budget(self):
        clock = opened(november(MONDAY, 8), working_days(1), STANDARD_LADDER)
        assert plan(clock)[Rung.WARN] == november(MONDAY, 16, 24)
        assert plan(extend(clock, working_days(4), CHINA, STANDARD_LADDER))[Rung.WARN] == november(20, 8)

    def test_a_share_is_rounded_up_to_a_whole_second(self):
        ladder = Ladder(rules=(RungRule(rung=Rung.WARN, share_of_limit=33),))
        clock = opened(november(MONDAY, 8), seconds(10), ladder)
        assert plan(clock)[Rung.WARN] == november(MONDAY, 8) + timedelta(seconds=4)

    def test_a_suspension_after_the_due_instant_holds_the_ladder_and_leaves_the_due_instant(self):
        clock = opened(november(MONDAY, 9), working_days(1), STANDARD_LADDER)
        reminded = climb(climb(clock, Rung.WARN), Rung.REMIND)
        paused = pause(reminded, november(18, 9))
        assert (paused.due_at, paused.planned) == (None, ())
        resumed = resume(paused, november(20, 9), CHINA, STANDARD_LADDER)
        assert resumed.due_at == november(17, 9)
        assert plan(resumed)[Rung.SUPERVISE] == november(23, 9)

    def test_a_suspension_from_the_due_instant_on_holds_the_reminder_back(self):
        clock = opened(november(MONDAY, 9), working_days(1), STANDARD_LADDER)
        resumed = held(clock, november(17, 9), november(18, 15), STANDARD_LADDER)
        assert resumed.due_at == november(17, 9)
        assert plan(resumed)[Rung.REMIND] == november(18, 15)

    def test_a_suspension_that_ends_at_night_lets_the_rung_wait_for_the_morning(self):
        clock = opened(november(MONDAY, 9), working_days(1), STANDARD_LADDER)
        resumed = held(clock, november(17, 9), november(18, 20), STANDARD_LADDER)
        assert plan(resumed)[Rung.REMIND] == november(19, 8)

    def test_an_old_item_climbs_from_the_day_it_was_imported(self):
        imported = november(MONDAY, 10)
        clock = opened(shanghai(2026, 3, 2, 9), working_days(5), STANDARD_LADDER, ladder_from=imported)
        assert clock.due_at == shanghai(2026, 3, 9, 9)
        assert plan(clock) == {
            Rung.REMIND: imported,
            Rung.SUPERVISE: november(18, 10),
            Rung.CRITICISE: november(23, 10),
            Rung.SUMMON: november(26, 10),
            Rung.HOLD_TO_ACCOUNT: november(30, 10),
        }

    def test_an_imported_item_that_is_not_due_yet_keeps_its_usual_ladder(self):
        clock = opened(november(MONDAY, 9), working_days(5), STANDARD_LADDER, ladder_from=november(17, 9))
        assert clock.planned == opened(november(MONDAY, 9), working_days(5), STANDARD_LADDER).planned

    def test_a_limit_shortened_into_the_past_climbs_from_the_change_on(self):
        clock = opened(november(MONDAY, 9), working_days(10), STANDARD_LADDER)
        now = november(25, 9)
        changed = change_limit(clock, working_days(1), CHINA, STANDARD_LADDER, "policy@2", ladder_from=now)
        assert changed.due_at == november(17, 9)
        assert plan(changed)[Rung.REMIND] == now
        assert plan(changed)[Rung.SUPERVISE] == november(27, 9)

    def test_rungs_never_overtake_each_other(self):
        late_warning = Ladder(
            rules=(
                RungRule(rung=Rung.REMIND, after_due=working_days(3)),
                RungRule(rung=Rung.SUPERVISE, after_due=natural_days(1)),
            )
        )
        clock = opened(november(MONDAY, 9), working_days(1), late_warning)
        assert plan(clock) == {Rung.REMIND: november(20, 9), Rung.SUPERVISE: november(20, 9)}
        assert plan(climb(clock, Rung.REMIND)) == {Rung.SUPERVISE: november(20, 9)}
        assert plan(recompute(climb(clock, Rung.REMIND), CHINA, late_warning)) == {Rung.SUPERVISE: november(20, 9)}

    def test_a_climbed_rung_leaves_the_plan(self):
        clock = opened(november(MONDAY, 9), working_days(5), STANDARD_LADDER)
        climbed = climb(clock, Rung.WARN)
        assert climbed.planned == clock.planned[1:]
        assert climbed.next_rung == clock.planned[1]

    def test_without_rules_nothing_is_planned(self):
        clock = opened(november(MONDAY, 9), working_days(5))
        assert clock.planned == ()
        assert clock.next_rung is None


class TestRungsBeforeTheDeadline:
    def before(self, limit: Limit, rung: Rung = Rung.WARN) -> Ladder:
        return Ladder(rules=(RungRule(rung=rung, before_due=limit),))

    def test_a_working_day_before_a_monday_afternoon_is_friday_afternoon(self):
        clock = opened(november(18, 16), working_days(3), self.before(working_days(1)))
        assert clock.due_at == november(23, 16)
        assert plan(clock) == {Rung.WARN: november(20, 16)}

    def test_a_whole_working_day_before_closing_time_is_that_morning_not_the_evening_before(self):
        clock = opened(november(MONDAY, 8), working_days(2), self.before(working_days(1)))
        assert clock.due_at == november(17, 18)
        assert plan(clock) == {Rung.WARN: november(17, 8)}

    def test_hours_around_the_clock_that_lead_into_the_night_wait_for_the_morning(self):
        clock = opened(november(MONDAY, 9), working_days(1), self.before(urgent_hours(12)))
        assert clock.due_at == november(17, 9)
        assert plan(clock) == {Rung.WARN: november(17, 8)}

    def test_working_hours_before_a_deadline_in_natural_days(self):
        clock = opened(november(20, 10), natural_days(2), self.before(working_hours(3)))
        assert clock.due_at == november(22, 10)
        assert plan(clock) == {Rung.WARN: november(20, 15)}

    def test_more_time_than_the_limit_has_is_the_opening(self):
        clock = opened(november(MONDAY, 9), working_days(1), self.before(working_days(5)))
        assert plan(clock) == {Rung.WARN: november(MONDAY, 9)}

    def test_no_time_before_is_the_due_instant(self):
        clock = opened(november(MONDAY, 9), working_days(1), self.before(seconds(0)))
        assert plan(clock) == {Rung.WARN: clock.due_at}

    def test_a_suspension_does_not_count_as_time_before(self):
        ladder = self.before(working_hours(4))
        clock = held(
            opened(november(MONDAY, 9), working_days(1), ladder), november(MONDAY, 16), november(18, 9), ladder
        )
        assert clock.due_at == november(18, 12)
        assert plan(clock) == {Rung.WARN: november(MONDAY, 15)}

    def test_an_extension_puts_it_off_by_as_much(self):
        ladder = self.before(working_days(1))
        clock = opened(november(MONDAY, 9), working_days(2), ladder)
        assert plan(clock) == {Rung.WARN: november(17, 9)}
        assert plan(extend(clock, working_days(2), CHINA, ladder)) == {Rung.WARN: november(19, 9)}

    def test_an_old_item_is_not_warned_of_a_deadline_whose_warning_has_passed(self):
        ladder = self.before(working_days(1))
        imported = opened(november(MONDAY, 9), working_days(2), ladder, ladder_from=november(17, 10))
        assert plan(imported) == {}

    def test_working_time_before_a_deadline_in_an_unannounced_year_is_provisional(self):
        around_the_clock = opened(shanghai(2026, 12, 31, 9), natural_days(2), self.before(urgent_hours(30)))
        at_work = opened(shanghai(2026, 12, 31, 9), natural_days(2), self.before(working_hours(3)))
        assert (around_the_clock.provisional, at_work.provisional) == (False, True)


class TestProvisionalDeadlines:
    def test_a_deadline_in_an_unannounced_year_is_provisional_until_the_holidays_are_known(self):
        clock = opened(shanghai(2026, 12, 31, 16), working_days(1))
        assert clock.due_at == shanghai(2027, 1, 1, 16)
        assert clock.provisional
        firm = recompute(clock, CHINA_2027, NO_LADDER)
        assert firm.due_at == shanghai(2027, 1, 4, 16)
        assert not firm.provisional
        assert firm.calendar_version == CHINA_2027.version

    def test_a_ladder_that_reaches_into_an_unannounced_year_is_provisional(self):
        late_december = shanghai(2026, 12, 28, 9)
        assert not opened(late_december, working_days(1)).provisional
        assert opened(late_december, working_days(1), STANDARD_LADDER).provisional

    def test_around_the_clock_nothing_is_provisional(self):
        reminder = Ladder(rules=(RungRule(rung=Rung.REMIND, after_due=seconds(HOUR)),))
        clock = opened(shanghai(2026, 12, 31, 23), urgent_hours(2), reminder)
        assert plan(clock)[Rung.REMIND] == shanghai(2027, 1, 1, 8)
        assert not clock.provisional

    def test_the_midnight_after_the_last_announced_day_is_provisional_as_a_day_of_the_new_year(self):
        day_and_night = CHINA.model_copy(update={"sessions": ("00:00-24:00",)})
        rule = RungRule(rung=Rung.REMIND, after_due=working_hours(1))
        for budget, ladder in ((working_days(1), NO_LADDER), (working_hours(23), Ladder(rules=(rule,)))):
            opened_at_midnight = opened(shanghai(2026, 12, 31), budget)
            clock = recompute(opened_at_midnight, day_and_night, ladder)
            assert day_and_night.is_provisional(shanghai(2027, 1, 1))
            assert clock.provisional

    def test_a_paused_clock_is_not_provisional(self):
        clock = opened(shanghai(2026, 12, 31, 16), working_days(1))
        assert not pause(clock, shanghai(2026, 12, 31, 17)).provisional

    def test_recomputing_a_paused_clock_names_the_calendar_and_plans_nothing(self):
        paused = pause(opened(shanghai(2026, 12, 31, 16), working_days(1), STANDARD_LADDER), shanghai(2026, 12, 31, 17))
        newer = recompute(paused, CHINA_2027, STANDARD_LADDER)
        assert newer.calendar_version == CHINA_2027.version
        assert (newer.due_at, newer.planned) == (None, ())

    def test_recomputing_under_the_same_calendar_changes_nothing(self):
        clock = held(opened(november(MONDAY, 9), working_days(3), STANDARD_LADDER), november(17, 9), november(17, 15))
        replanned = recompute(clock, CHINA, STANDARD_LADDER)
        assert recompute(replanned, CHINA, STANDARD_LADDER) == replanned


class TestAsData:
    def test_its_json_stays_what_stored_events_contain(self):
        clock = climb(opened(november(20, 16), working_days(1), STANDARD_LADDER), Rung.WARN)
        clock = held(extend(clock, working_hours(2), CHINA, STANDARD_LADDER), november(20, 17), november(23, 9))
        resumed = resume(pause(clock, november(23, 10)), november(23, 10), CHINA, STANDARD_LADDER)
        assert resumed.model_dump(mode="json") == {
            "clock_id": "rectify-1",
            "kind": "rectify",
            "policy_version": "policy@1",
            "calendar_version": "cn@1",
            "limit": {"kind": "working_days", "amount": 1},
            "budget_seconds": 36000,
            "around_the_clock": False,
            "extensions": [{"kind": "working_hours", "amount": 2}],
            "opened_at": "2026-11-20T08:00:00Z",
            "pauses": [
                {"began_at": "2026-11-20T09:00:00Z", "ended_at": "2026-11-23T01:00:00Z"},
                {"began_at": "2026-11-23T02:00:00Z", "ended_at": "2026-11-23T02:00:00Z"},
            ],
            "ladder_from": None,
            "due_at": "2026-11-24T02:00:00Z",
            "provisional": False,
            "planned": [
                {"rung": "remind", "at": "2026-11-24T02:00:00Z"},
                {"rung": "supervise", "at": "2026-11-26T02:00:00Z"},
                {"rung": "criticise", "at": "2026-12-01T02:00:00Z"},
                {"rung": "summon", "at": "2026-12-04T02:00:00Z"},
                {"rung": "hold_to_account", "at": "2026-12-08T02:00:00Z"},
            ],
            "climbed": ["warn"],
            "overdue_at": None,
            "severity": "ordinary",
        }
        assert Clock.model_validate_json(resumed.model_dump_json()) == resumed

    def test_other_offsets_are_the_same_instant_in_utc(self):
        local = datetime(2026, 11, 20, 16, tzinfo=SHANGHAI)
        clock = opened(local, working_days(1))
        assert clock == opened(local.astimezone(UTC), working_days(1))
        assert clock.opened_at.tzinfo is UTC
        assert pause(clock, local).pauses[0].began_at.tzinfo is UTC
