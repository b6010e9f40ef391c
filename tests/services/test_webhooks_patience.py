"""How long a failing receiver is left alone, message by message and as a whole."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.webhooks import patience
from services.webhooks.patience import AT_ONCE, FAILURES_THAT_OPEN, Circuit, asked_for, pause_after

AT = datetime(2026, 11, 20, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_pauses_grow_up_to_six_hours():
    pauses = [pause_after(attempts, 0.5) for attempts in range(1, 12)]
    assert pauses[:3] == [5 * SECOND, 15 * SECOND, 45 * SECOND]
    assert pauses == sorted(pauses)
    assert pause_after(1000, 0.5) == patience.LONGEST_PAUSE


def test_lots_spread_pauses_by_a_fifth_each_way():
    assert (pause_after(1, 0.0), pause_after(1, 1.0)) == (4 * SECOND, 6 * SECOND)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", 120 * SECOND),
        (" 7 ", 7 * SECOND),
        ("99999999999999999999", patience.LONGEST_ASKED_FOR),
        (format_datetime(AT + 60 * SECOND, usegmt=True), 60 * SECOND),
        (format_datetime(AT + timedelta(days=9), usegmt=True), patience.LONGEST_ASKED_FOR),
        (format_datetime(AT - 60 * SECOND, usegmt=True), None),
        ("soon", None),
        ("-5", None),
        ("１２", None),
        ("Fri, 20 Nov 2026 00:00:00", None),
        ("Fri, 99 Nov 99999 00:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_a_receiver_may_ask_for_a_pause_of_at_most_an_hour(header, pause):
    assert asked_for(header, AT) == pause


def test_a_few_messages_go_at_once():
    circuit = Circuit()
    assert [circuit.room(AT, under_way) for under_way in range(AT_ONCE + 2)] == [4, 3, 2, 1, 0, 0]


def test_after_several_failures_in_a_row_it_rests_and_one_message_tries_it_out():
    circuit = Circuit()
    for _ in range(FAILURES_THAT_OPEN):
        assert not circuit.open
        circuit.failed(AT, None)
    assert circuit.room(AT, 0) == 0
    later = AT + patience.FIRST_REST
    assert (circuit.room(later, 0), circuit.room(later, 1)) == (1, 0)
    assert circuit.succeeded()
    assert circuit.room(later, 0) == AT_ONCE


def test_a_success_in_between_begins_the_count_anew():
    circuit = Circuit()
    for _ in range(FAILURES_THAT_OPEN - 1):
        circuit.failed(AT, None)
    assert not circuit.succeeded()
    circuit.failed(AT, None)
    assert circuit.room(AT, 0) == AT_ONCE


def test_rests_grow_up_to_a_quarter_of_an_hour_and_not_by_what_was_under_way_together():
    circuit, at, rests = Circuit(failures=FAILURES_THAT_OPEN - 1), AT, []
    for _ in range(30):
        for _together in range(AT_ONCE):
            circuit.failed(at, None)
        assert circuit.until is not None
        rests.append(circuit.until - at)
        at = circuit.until
    assert rests[:3] == [30 * SECOND, 60 * SECOND, 120 * SECOND]
    assert rests[-1] == patience.LONGEST_REST


def test_what_a_receiver_asks_for_holds_for_all_messages():
    circuit = Circuit()
    circuit.failed(AT, 600 * SECOND)
    circuit.failed(AT, 5 * SECOND)
    assert circuit.room(AT + 599 * SECOND, 0) == 0
    assert circuit.room(AT + 600 * SECOND, 0) == AT_ONCE


def test_a_rest_that_a_clock_set_which_was_hours_ahead_is_forgotten():
    circuit = Circuit(failures=FAILURES_THAT_OPEN - 1)
    circuit.failed(AT + 12 * patience.LONGEST_ASKED_FOR, None)
    assert circuit.room(AT, 0) == 1
    circuit.failed(AT, None)
    assert circuit.room(AT + patience.LONGEST_REST, 0) == 1
