"""The city that is fuzzed has one of everything on both sides, and forgets what is tried in it."""

from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.known_values import NAMED, name_of
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.subjects import REASON


def test_both_sides_have_one_of_everything_that_is_named(living: LoopThread[FuzzedCity]) -> None:
    own, foreign = living.opened.own.ids, living.opened.foreign.ids
    assert set(own) == set(foreign) >= set(NAMED)
    names = {name_of(side, subject) for side in ("own", "foreign") for subject in NAMED}
    assert len(names) == 2 * len(NAMED)
    for subject in NAMED:
        assert own[subject] != foreign[subject] or subject == "message", subject
        assert len(name_of("own", subject)) == len(own[subject]), subject


def test_what_is_tried_has_not_happened(living: LoopThread[FuzzedCity]) -> None:
    city = living.opened
    item = f"/v1/items/{city.own.ids['item dispatched']}"
    before = living.run(city.tried("office", "GET", item)).json()
    for _ in range(2):
        assert living.run(city.tried("office", "POST", f"{item}/void", json=REASON)).status_code == 200
    assert living.run(city.tried("office", "GET", item)).json() == before
