"""Floods: the first of a kind is written, the rest are counted, nothing is lost from the count, lines stay few."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access.events import Refused, SignInFailed
from domain.actor import Actor, Role
from services.access.tally import MOST_LINES, MOST_OF_ONE, WINDOW, Tally
from services.access.trace import NOBODY, TalliedTrace

START = datetime(2026, 11, 20, 3, tzinfo=UTC)


def refused(who: str, what: str, at: datetime = START, address: str = "203.0.113.7") -> TalliedTrace:
    event = Refused(occurred_at=at, operation="POST /v1/items/{item_id}/accept", code="not_your_unit", object=what)
    return TalliedTrace(Actor(principal=who, role=Role.OFFICE), address, event)


def failed(address: str, key: str, at: datetime = START) -> TalliedTrace:
    return TalliedTrace(NOBODY, address, SignInFailed(occurred_at=at, operation="GET /v1/me", key_prefix=key))


def total(written: list[TalliedTrace]) -> int:
    return sum(trace.event.count for trace in written)


def test_the_first_stands_at_once_and_the_rest_is_a_number_with_its_first_and_last_moment() -> None:
    tally = Tally()
    assert tally.add(refused("a", "x")) == [refused("a", "x")]
    for second in (5, 10, 59):
        assert tally.add(refused("a", "x", START + timedelta(seconds=second))) == []
    assert tally.finished(START + timedelta(seconds=59)) == []
    [more] = tally.finished(START + WINDOW)
    assert more.event.count == 3
    assert more.event.occurred_at == START + timedelta(seconds=5)
    assert more.event.until == START + timedelta(seconds=59)
    assert tally.finished(START + WINDOW) == []


def test_what_comes_after_a_minute_stands_anew_with_what_was_counted_before_it() -> None:
    tally = Tally()
    tally.add(refused("a", "x"))
    tally.add(refused("a", "x"))
    later = START + WINDOW + timedelta(seconds=1)
    counted, again = tally.add(refused("a", "x", later))
    assert (counted.event.count, again.event.count) == (1, 1)
    assert again.event.occurred_at == later


def test_different_people_objects_and_addresses_do_not_mix() -> None:
    tally = Tally()
    traces = [refused("a", "x"), refused("b", "x"), refused("a", "y"), refused("a", "x", address="198.51.100.1")]
    assert [tally.add(trace) for trace in traces] == [[trace] for trace in traces]


def test_whoever_tries_every_object_gets_a_line_without_one() -> None:
    tally = Tally()
    written = [told for number in range(5_000) for told in tally.add(refused("a", str(number)))]
    assert len(written) == MOST_OF_ONE + 1
    assert written[-1].event.object is None
    assert total(written + tally.finished()) == 5_000
    assert tally.add(refused("b", "x")) == [refused("b", "x")]


def test_a_flood_from_everywhere_is_bounded_and_counted_to_the_last() -> None:
    tally = Tally()
    flood = (failed(f"10.{n % 250}.{n // 250 % 250}.{n // 62500}", f"{n:08x}") for n in range(20_000))
    written = [told for trace in flood for told in tally.add(trace)]
    assert len(written) <= MOST_LINES + 1
    assert written[-1].address is None
    assert total(written + tally.finished()) == 20_000


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.integers(0, 200), st.booleans()), max_size=400)
)
def test_nothing_is_ever_lost_from_the_count(steps: list[tuple[int, str, int, bool]]) -> None:
    tally, at, written = Tally(), START, list[TalliedTrace]()
    for seconds, who, what, looks in steps:
        at += timedelta(seconds=seconds)
        written += tally.add(refused(who, str(what), at))
        if looks:
            written += tally.finished(at)
    written += tally.finished()
    counted = Counter[str]()
    for trace in written:
        counted[trace.actor.principal] += trace.event.count
    assert counted == Counter(who for _, who, _, _ in steps)
    assert all((trace.event.until or trace.event.occurred_at) >= trace.event.occurred_at for trace in written)
