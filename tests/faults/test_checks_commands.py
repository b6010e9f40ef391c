"""What the judge says of commands, on stories by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.faults.checks_commands import check_commands
from tests.faults.hand_made import ITEM, OPENING, PRINCIPAL, Story, accepted, at, neglected, receipt
from tests.faults.journal import Answered, ClockJumped
from tests.faults.stored import Command
from tests.faults.verdict import Rule


def rules(story: Story) -> set[Rule]:
    return {violation.rule for violation in check_commands(story.told, story.store)}


@pytest.mark.parametrize("story", [neglected(), accepted()])
def test_a_story_that_holds_together_breaks_no_rule(story: Story) -> None:
    assert rules(story) == set()


def test_an_acknowledged_event_that_is_not_there_was_not_kept() -> None:
    story = accepted()
    del story.events[-1]
    assert Rule.KEPT in rules(story)


def test_an_acknowledged_event_that_found_no_place_in_the_log_was_not_kept() -> None:
    story = accepted()
    story.events[-1] = story.events[-1]._replace(position=None)
    assert Rule.KEPT in rules(story)


def test_what_was_asked_must_stand_in_the_event() -> None:
    story = accepted()
    story.events[-1] = story.events[-1]._replace(data={**story.events[-1].data, "note": "再说"})
    assert rules(story) == {Rule.KEPT}


def test_a_command_without_its_key_was_not_done_once() -> None:
    story = accepted()
    del story.commands[-1]
    assert rules(story) == {Rule.ONCE}


def test_an_event_that_two_commands_claim_was_not_done_once() -> None:
    story = accepted()
    story.commands.append(Command("follow-up:again", ITEM, 8, {"events": ["item.accepted.v1"]}))
    assert rules(story) == {Rule.ONCE}


def test_what_nobody_asked_for_must_not_be_there() -> None:
    story = accepted()
    story.commands[-1] = story.commands[-1]._replace(key=f"{PRINCIPAL}:accept-99")
    assert rules(story) == {Rule.ONCE}


def test_a_repeated_key_is_answered_the_same() -> None:
    story = accepted()
    answers = [(200, receipt(3, OPENING, at(11.1))), (200, receipt(3, OPENING, at(12.1)))]
    story.records = [record for record in story.records if getattr(record, "key", "") != "sent-1"]
    story.exchange("sent-1", "/v1/events", {"source": "hotline", "id": "GD-1", "data": {}}, answers, 1)
    assert rules(story) == {Rule.SAME_ANSWER}


def test_a_yes_is_not_followed_by_a_no() -> None:
    story = accepted()
    story.records.append(
        Answered(at(35), "client", "accept-2", 2, 409, "wrong_step", None, {"code": "wrong_step"}, None)
    )
    assert Rule.SAME_ANSWER in rules(story)


def test_what_was_refused_left_nothing() -> None:
    story = accepted()
    story.records = [record for record in story.records if getattr(record, "key", "") != "accept-2"]
    story.exchange("accept-2", f"/v1/items/{ITEM}/accept", {}, [(409, {"code": "wrong_step"})], 30)
    assert rules(story) == {Rule.REFUSED}


def test_an_attempt_that_was_still_on_its_way_may_come_through_after_a_refusal() -> None:
    story = accepted()
    story.records = [record for record in story.records if getattr(record, "key", "") != "accept-2"]
    story.exchange("accept-2", f"/v1/items/{ITEM}/accept", {}, [(None, None), (409, {"code": "wrong_step"})], 30)
    assert rules(story) == set()


def test_a_command_of_unknown_outcome_may_be_there_once() -> None:
    story = accepted()
    story.records = [record for record in story.records if getattr(record, "key", "") != "accept-2"]
    story.exchange("accept-2", f"/v1/items/{ITEM}/accept", {}, [(None, None)], 30)
    assert rules(story) == set()


def test_an_outage_is_not_answered_as_a_bug() -> None:
    story = accepted()
    story.exchange("accept-3", f"/v1/items/{ITEM}/accept", {}, [(500, {"code": "internal_fault"})], 35)
    assert rules(story) == {Rule.NO_BUG}


def test_what_happened_is_dated_within_the_request() -> None:
    story = accepted()
    story.events[-1] = story.events[-1]._replace(occurred_at=at(25))
    assert rules(story) == {Rule.TIME}


def test_a_gateway_whose_clock_is_wrong_dates_by_it() -> None:
    story = accepted()
    story.records.append(ClockJumped(at(28), "gateway-1", 3600.0))
    story.events[-1] = story.events[-1]._replace(occurred_at=at(30.1) + timedelta(hours=1))
    assert rules(story) == set()


def test_events_of_a_batch_are_promised_one_by_one() -> None:
    story = accepted()
    batch = [{"source": "hotline", "id": "GD-1", "data": {}}, {"source": "hotline", "id": "GD-2", "data": {}}]
    answers = [{"status": 200, "receipt": receipt(3, OPENING, at(11.1))}, {"status": 422, "problem": {}}]
    story.exchange("sent-9", "/v1/events", batch, [(200, answers)], 2)
    assert rules(story) == set()
    story.commands.append(Command("ce:hotline\nGD-2", "other", 3, {"events": list(OPENING)}))
    assert rules(story) == {Rule.REFUSED}


def test_clients_keys_of_one_key_are_told_apart_by_their_principals() -> None:
    story = accepted()
    other = replace(story).commands[-1]._replace(key=f"{PRINCIPAL.replace('1', '2')}:accept-2", version=7)
    story.commands[-2] = other
    assert Rule.ONCE in rules(story)
