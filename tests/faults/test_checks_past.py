"""What the judge says of order, of outcomes and of the past, on stories by hand."""

from datetime import timedelta

import pytest

from tests.faults.checks_order import check_order
from tests.faults.checks_outcomes import check_outcomes
from tests.faults.checks_past import check_past
from tests.faults.hand_made import ITEM, OPENING, Story, accepted, at, event, neglected, receipt
from tests.faults.stored import Delivery
from tests.faults.verdict import Rule


def rules(story: Story) -> set[Rule]:
    checks = (check_order, check_past, check_outcomes)
    found = [violation for check in checks for violation in check(story.told, story.store)]
    return {violation.rule for violation in found}


@pytest.mark.parametrize("story", [neglected(), accepted()])
def test_a_story_that_holds_together_breaks_no_rule(story: Story) -> None:
    assert rules(story) == set()


def test_an_event_without_a_place_in_the_log_is_noticed() -> None:
    story = neglected()
    story.events[2] = story.events[2]._replace(position=None)
    assert rules(story) == {Rule.ORDER}


def test_an_event_that_is_about_to_get_its_place_is_no_violation() -> None:
    story = neglected()
    story.events[-1] = story.events[-1]._replace(position=None)
    assert rules(story) == {Rule.ORDER}
    story.read_at = story.events[-1].recorded_at + timedelta(seconds=1)
    assert rules(story) == set()


def test_two_events_of_one_stream_that_stand_the_wrong_way_round_are_noticed() -> None:
    story = neglected()
    first, second = story.events[2:4]
    story.events[2:4] = [first._replace(position=3), second._replace(position=2)]
    assert rules(story) == {Rule.ORDER}


def test_a_hole_in_the_versions_is_noticed() -> None:
    story = neglected()
    story.events[3:] = [each._replace(version=each.version + 1) for each in story.events[3:]]
    assert rules(story) == {Rule.ORDER}


def test_time_that_goes_back_on_an_item_is_noticed() -> None:
    story = neglected()
    story.events[-1] = story.events[-1]._replace(occurred_at=at(3))
    assert rules(story) == {Rule.ORDER}


def test_what_was_acknowledged_first_stands_first_across_items() -> None:
    story = accepted()
    # Asked for when the other had been acknowledged for long, and standing before it.
    other = {"id": "other", "version": 1, "events": ["item.commented.v1"], "due_at": None, "status": "x"}
    story.exchange("comment-3", "/v1/items/other/comment", {}, [(200, other)], 34)
    early = event(1, "item.commented.v1", at(34.1))._replace(stream="other")
    story.events = [early, *(each._replace(position=(each.position or 0) + 1) for each in story.events)]
    assert rules(story) == {Rule.ORDER}


def test_commands_under_way_at_the_same_time_stand_in_any_order() -> None:
    story = accepted()
    other = {"id": "other", "version": 1, "events": ["item.commented.v1"], "due_at": None, "status": "x"}
    story.exchange("comment-3", "/v1/items/other/comment", {}, [(200, other)], 30)
    story.events.append(event(1, "item.commented.v1", at(30.1))._replace(stream="other", position=8))
    assert rules(story) == set()


def test_a_version_that_one_gateway_showed_is_not_unknown_to_the_other() -> None:
    story = accepted()
    story.saw("item", ITEM, {"version": 8, "status": "rectifying", "open": True}, 32, "leader-1")
    story.saw("item", ITEM, {"version": 7, "status": "dispatched", "open": True}, 33, "leader-2")
    assert rules(story) == {Rule.WENT_BACK}


def test_looks_that_overlap_may_see_either() -> None:
    story = neglected()
    story.saw("item", ITEM, {"version": 7, "status": "dispatched", "open": True}, 20, "leader-1")
    story.saw("item", ITEM, {"version": 6, "status": "dispatched", "open": True}, 20.05, "leader-2")
    assert rules(story) == set()


def test_whoever_looks_after_a_receipt_sees_what_it_says() -> None:
    story = accepted()
    story.saw("item", ITEM, {"version": 7, "status": "dispatched", "open": True}, 32)
    assert rules(story) == {Rule.WENT_BACK}


def test_a_receipt_told_again_later_is_no_step_back() -> None:
    story = accepted()
    event_sent = {"source": "hotline", "id": "GD-1", "data": {}}
    story.exchange("sent-5", "/v1/events", event_sent, [(200, receipt(3, OPENING, at(11.1)))], 33)
    assert rules(story) == set()


@pytest.mark.parametrize("what", ["counter", "log_size", "unread"])
def test_counts_never_decrease(what: str) -> None:
    story = neglected()
    story.saw(what, "x", 5, 20)
    story.saw(what, "x", 4, 25)
    assert rules(story) == {Rule.WENT_BACK}


def test_checkpoints_never_shrink() -> None:
    story = neglected()
    story.saw("checkpoint", "log", "log.example\n7\nroot\n", 20)
    story.saw("checkpoint", "log", "log.example\n6\nroot\n", 25)
    assert rules(story) == {Rule.WENT_BACK}


def test_what_was_closed_stays_closed() -> None:
    story = accepted()
    story.saw("item", ITEM, {"version": 7, "status": "closed", "open": False}, 20)
    assert rules(story) == {Rule.WENT_BACK}


def test_what_has_ended_does_not_go_on() -> None:
    story = neglected()
    story.status, story.open = "voided", False
    story.saw("item", ITEM, {"version": 6, "status": "archived", "open": False}, 20)
    story.saw("item", ITEM, {"version": 7, "status": "voided", "open": False}, 22)
    assert rules(story) == {Rule.WENT_BACK}


def test_an_event_that_an_auditor_saw_stands_where_it_stood() -> None:
    story = neglected()
    seen = {"position": 3, "stream": ITEM, "version": 4, "type": "item.rung_climbed.v1"}
    story.saw("event", "event-4", seen, 20)
    assert rules(story) == set()
    story.saw("event", "event-5", seen, 21)
    assert rules(story) == {Rule.WENT_BACK}


def test_an_item_that_was_seen_and_is_gone_is_noticed() -> None:
    story = neglected()
    story.saw("item", "another", {"version": 1, "status": "reported", "open": True}, 20)
    assert rules(story) == {Rule.WENT_BACK}


def told_of_everything() -> Story:
    story = neglected()
    story.exchange("webhook", "/v1/webhooks", {}, [(201, {"id": "webhook"})], 0)
    for number, each in enumerate(story.events):
        story.saw("outcome", each.event_id, {"item": ITEM, "version": each.version}, 20 + number)
        story.deliveries.append(Delivery(each.event_id, "delivered"))
    return story


def test_outcomes_in_order_break_no_rule_and_may_come_again() -> None:
    story = told_of_everything()
    story.saw("outcome", "event-3", {"item": ITEM, "version": 3}, 40)
    assert rules(story) == set()


def test_an_outcome_that_overtakes_another_is_noticed() -> None:
    story = told_of_everything()
    story.records = [each for each in story.records if getattr(each, "subject", "") != "event-3"]
    story.saw("outcome", "event-3", {"item": ITEM, "version": 3}, 40)
    assert rules(story) == {Rule.ORDER}


def test_a_message_that_was_marked_as_delivered_and_never_arrived_is_noticed() -> None:
    story = told_of_everything()
    story.records = [each for each in story.records if getattr(each, "subject", "") != "event-3"]
    assert rules(story) == {Rule.OUTCOMES}


def test_an_event_of_which_its_reporter_is_never_told_is_noticed() -> None:
    story = told_of_everything()
    del story.deliveries[2]
    assert rules(story) == {Rule.OUTCOMES}


@pytest.mark.parametrize("state", ["pending", "dead"])
def test_a_message_that_was_not_delivered_in_the_end_is_noticed(state: str) -> None:
    story = told_of_everything()
    story.records = [each for each in story.records if getattr(each, "subject", "") != "event-7"]
    story.deliveries[-1] = Delivery("event-7", state)
    assert rules(story) == {Rule.OUTCOMES}


def test_messages_that_were_all_lost_are_noticed() -> None:
    story = told_of_everything()
    story.deliveries.clear()
    assert rules(story) == {Rule.OUTCOMES}
