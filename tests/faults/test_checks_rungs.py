"""What the judge says of rungs and deadlines, on stories by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.faults.checks_rungs import check_rungs
from tests.faults.hand_made import ITEM, Story, accepted, at, climb, clock, event, neglected, overdue
from tests.faults.journal import ClockJumped
from tests.faults.stored import Event
from tests.faults.verdict import Rule


def rules(story: Story) -> set[Rule]:
    return {violation.rule for violation in check_rungs(story.told, story.store).violations}


@pytest.mark.parametrize("story", [neglected(), accepted()])
def test_a_story_that_holds_together_breaks_no_rule(story: Story) -> None:
    assert rules(story) == set()


def test_lateness_is_measured_and_no_fault() -> None:
    story = neglected()
    story.events[3] = climb(4, "warn", at(11.05), at(9.1))
    climbs = check_rungs(story.told, story.store)
    assert climbs.violations == []
    assert max(climbs.lateness) == timedelta(seconds=1.95)


def test_a_rung_that_nobody_climbed_is_missing_in_the_end() -> None:
    story = neglected()
    del story.events[-1]
    assert rules(story) == {Rule.RUNG_MISSING}


def test_a_rung_that_was_passed_over_is_missing() -> None:
    story = neglected()
    del story.events[5]
    assert rules(story) == {Rule.RUNG_MISSING}


def test_a_deadline_that_nobody_marked_is_missing() -> None:
    story = neglected()
    del story.events[4]
    assert rules(story) == {Rule.RUNG_MISSING}


def test_a_rung_is_missing_where_somebody_acted_after_its_instant_and_it_was_not_settled_before() -> None:
    story = accepted()
    del story.events[6]
    assert rules(story) == {Rule.RUNG_MISSING}


def test_what_has_just_come_due_may_be_on_its_way() -> None:
    story = neglected()
    del story.events[-1]
    story.read_at = at(16)
    assert rules(story) == set()


def test_a_rung_before_its_instant_is_early() -> None:
    story = neglected()
    story.events[3] = climb(4, "warn", at(8), at(9.1))
    assert rules(story) == {Rule.RUNG_EARLY}


def test_a_rung_that_was_seen_before_its_instant_is_early_whatever_it_is_dated() -> None:
    story = neglected()
    story.saw("event", "event-4", {}, 5)
    assert rules(story) == {Rule.RUNG_EARLY}


def test_a_worker_whose_clock_was_ahead_is_judged_by_its_clock() -> None:
    story = neglected()
    story.events[3] = climb(4, "warn", at(7203), at(9.1))
    story.events[4:] = []
    story.saw("event", "event-4", {}, 5)
    story.read_at = at(9)
    assert rules(story) == {Rule.RUNG_EARLY}
    story.records += [ClockJumped(at(2), "worker-1", 7200.0), ClockJumped(at(4), "worker-1", 0.0)]
    assert rules(story) == set()
    assert check_rungs(story.told, story.store).excused == 1


def test_a_clock_that_was_ahead_excuses_no_date_but_its_own() -> None:
    story = neglected()
    story.saw("event", "event-4", {}, 5)
    story.records += [ClockJumped(at(2), "worker-1", 7200.0), ClockJumped(at(4), "worker-1", 0.0)]
    assert rules(story) == {Rule.RUNG_EARLY}


def test_whoever_acts_after_a_clock_that_was_ahead_takes_over_its_date() -> None:
    story = neglected()
    story.records += [ClockJumped(at(2), "gateway-1", 7200.0), ClockJumped(at(3), "gateway-1", 0.0)]
    comment = event(4, "item.commented.v1", at(7202), note="x")
    story.events[3:] = [climb(5, "warn", at(7202), at(9.1)), overdue(6, at(7202), at(11.1))]
    story.events.insert(3, comment)
    story.saw("event", "event-4", {}, 4)
    story.saw("event", "event-5", {}, 5)
    story.read_at = at(9)
    assert Rule.RUNG_EARLY not in rules(story)
    story.records = [each for each in story.records if each.kind != "clock_jumped"]
    assert Rule.RUNG_EARLY in rules(story)


def test_a_deadline_that_was_seen_marked_before_it_passed_is_early() -> None:
    story = neglected()
    story.saw("event", "event-5", {}, 5)
    assert rules(story) == {Rule.RUNG_EARLY}


def owing() -> Story:
    """A duty that recurred a second after the beginning and was handed out a second later, and neglected."""
    story, stream = neglected(), "duty"
    limit = {"kind": "elapsed_seconds", "amount": 12}
    phase = {"phase_id": "sprint", "duties": [{"duty_id": "patrol", "limit": limit}]}
    story.exchange("plan", "/v1/campaigns", {"plan": {"phases": [phase]}}, [(201, {})], 0)
    owed = {"kind": "duty", "phase_id": "sprint", "duty_id": "patrol", "occurrence": at(1).isoformat()}
    duty = [
        event(1, "obligation.assigned.v1", at(2), owed=owed, clock=clock("duty-1", at(13))),
        _on_duty(2, "rung_climbed", at(11), rung="warn", planned_at=at(11).isoformat()),
        _on_duty(3, "fell_overdue", at(13.1), due_at=at(13).isoformat()),
        _on_duty(4, "rung_climbed", at(13.1), rung="remind", planned_at=at(13).isoformat()),
        _on_duty(5, "rung_climbed", at(17), rung="supervise", planned_at=at(17).isoformat()),
    ]
    story.events += [each._replace(stream=stream, event_id=f"duty-{each.version}") for each in duty]
    return story


def _on_duty(version: int, what: str, when: datetime, **data: Any) -> Event:
    return event(version, f"obligation.{what}.v1", when, clock_id="duty-1", **data)


def test_the_rungs_of_duties_are_accounted_for() -> None:
    climbs = check_rungs(owing().told, owing().store)
    assert climbs.violations == []
    assert climbs.accounts == {"item": 1, "obligation": 1}


@pytest.mark.parametrize("version", [2, 3, 4, 5])
def test_a_rung_of_a_duty_that_nobody_climbed_is_missing(version: int) -> None:
    story = owing()
    story.events = [each for each in story.events if each.event_id != f"duty-{version}"]
    assert rules(story) == {Rule.RUNG_MISSING}


def test_a_rung_of_a_duty_before_its_instant_is_early() -> None:
    story = owing()
    story.events[-1] = story.events[-1]._replace(occurred_at=at(16))
    assert rules(story) == {Rule.RUNG_EARLY}


def test_a_duty_that_is_due_other_than_its_plan_says_is_noticed() -> None:
    story = owing()
    story.events[-5].data["clock"]["due_at"] = at(14).isoformat()
    assert rules(story) == {Rule.DEADLINE}


def test_a_duty_that_was_handed_out_too_late_runs_from_then_on() -> None:
    story = owing()
    told = event(1, "obligation.assigned.v1", at(50), owed=story.events[-5].data["owed"], clock=clock("duty-1", at(62)))
    story.events[-5:] = [told._replace(stream="duty")]
    assert rules(story) == set()


def test_a_rung_climbed_twice_on_one_clock_is_noticed() -> None:
    story = neglected()
    story.events.append(climb(8, "supervise", at(17), at(15.1)))
    assert rules(story) == {Rule.RUNG_TWICE}


def test_a_rung_that_the_ladder_does_not_have_is_noticed() -> None:
    story = neglected()
    story.events.append(climb(8, "summon", at(17), at(16)))
    assert rules(story) == {Rule.RUNG_EARLY}


def test_a_deadline_other_than_the_published_limit_gives_is_noticed() -> None:
    story = accepted()
    story.events[-1] = event(8, "item.accepted.v1", at(30.1), clock=clock("rectify-1", at(51.1)), note="马上处理")
    assert rules(story) == {Rule.DEADLINE}


def test_a_plan_that_moved_silently_is_noticed() -> None:
    story = neglected()
    story.events[-1] = climb(7, "supervise", at(17.2), at(17.1))
    assert rules(story) == {Rule.DEADLINE}


def test_what_a_client_was_told_of_the_deadline_is_held_against_it() -> None:
    story = accepted()
    told = next(
        record for record in story.records if getattr(record, "key", "") == "accept-2" and record.kind == "answered"
    )
    told.body["due_at"] = at(55).isoformat()  # type: ignore[union-attr]
    assert rules(story) == {Rule.DEADLINE}


def test_suspensions_and_extensions_move_the_deadline_by_as_much() -> None:
    story = accepted()
    story.events += [
        event(9, "item.suspended.v1", at(35.1), clock=clock("rectify-1", None)),
        event(10, "item.resumed.v1", at(65.1), clock=clock("rectify-1", at(80.1))),
        event(
            11,
            "item.extension_granted.v1",
            at(70),
            by={"kind": "elapsed_seconds", "amount": 5},
            clock=clock("rectify-1", at(85.1)),
        ),
        climb(12, "warn", at(80.2), at(80.1), "rectify-1"),
        overdue(13, at(85.2), at(85.1), "rectify-1"),
        climb(14, "remind", at(85.2), at(85.1), "rectify-1"),
        climb(15, "supervise", at(89.2), at(89.1), "rectify-1"),
    ]
    story.read_at = at(200)
    assert rules(story) == set()


def test_a_resume_that_forgets_how_long_it_was_suspended_is_noticed() -> None:
    story = accepted()
    story.events += [
        event(9, "item.suspended.v1", at(35.1), clock=clock("rectify-1", None)),
        event(10, "item.resumed.v1", at(40), clock=clock("rectify-1", at(50.1))),
    ]
    assert rules(story) == {Rule.DEADLINE}


def test_the_top_of_the_ladder_opens_one_case() -> None:
    story = neglected()
    story.events.append(event(8, "item.accountability_fell_due.v1", at(16), clock_id="accept-1"))
    assert rules(story) == {Rule.CASE}
    cause = {"kind": "rung", "stream_id": ITEM, "clock_id": "accept-1"}
    opened = event(1, "case.opened.v1", at(17), cause=cause)._replace(stream="case", kind="case", position=8)
    story.events.append(opened)
    assert rules(story) == set()
    story.events.append(opened._replace(stream="another case", position=9))
    assert rules(story) == {Rule.CASE}
