"""The tally believes the log alone, and would notice if something were lost, stuck or climbed twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.actor import Actor, Role
from domain.item import commands as c
from domain.item.decisions import decide
from domain.item.values import Channel, Issue
from domain.rulebook.documents import CalendarDocument
from domain.rulebook.rulebook import Rulebook
from services.city.city_file import policy_at, read_city
from services.demo.cast import TEMPERS, UNITS
from services.demo.plans import Plans
from services.demo.reports import bad_inputs, issue_events
from services.demo.tally import Acknowledged, Tally
from services.handling.aggregates import ITEM
from services.handling.command_handler import new_event
from services.store.records import StoredEvent

CITY = read_city(Path(__file__).parents[2] / "services" / "demo" / "city.yaml")
BEGAN = datetime(2026, 11, 20, 8, tzinfo=UTC)
SERVICE = Actor(principal="service:worker", role=Role.SYSTEM)
ITEM_ID = UUID(int=7)


def rulebook() -> Rulebook:
    assert CITY.calendar is not None
    assert CITY.policy is not None
    calendar = CalendarDocument(calendar_id=CITY.calendar.id, version=1, calendar=CITY.calendar.at_version(1))
    policy = policy_at(CITY.policy, 1, CITY.calendar.id, CITY.catalogue_id)
    return Rulebook(
        policies={policy.ref: policy},
        catalogues={"city@1": CITY.catalogue_at(1)},
        calendars={calendar.ref: calendar},
        units={unit.code: unit for unit, _ in CITY.all_units()},
        areas={area.code: area for area, _ in CITY.all_areas()},
    )


def a_neglected_life(category: str = "market-order") -> list[StoredEvent]:
    """An item that is reported and climbs the whole ladder of its acceptance."""
    issue = Issue(
        source="demo", source_id="1", channel=Channel.HOTLINE, category=category, area="area-butou", title="通道被占"
    )
    report = c.ReportIssue(
        command_id="1", at=BEGAN, actor=SERVICE, item_id=ITEM_ID, number="1", issue=issue, reported_at=BEGAN
    )
    rules = rulebook()
    events = list(decide(report, None, rules))
    state = None
    for event in events:
        state = ITEM.evolve(state, event)
    late = c.FollowUp(command_id="2", at=BEGAN + timedelta(minutes=5), actor=SERVICE)
    events += decide(late, state, rules)
    return [stored(event, number) for number, event in enumerate(events)]


def stored(event: object, number: int) -> StoredEvent:
    made = new_event(event)
    return StoredEvent(
        position=number,
        seq=number,
        stream_id=ITEM_ID,
        version=number + 1,
        event_id=made.event_id,
        kind="item",
        type=made.type,
        schema_version=made.schema_version,
        occurred_at=made.occurred_at,
        recorded_at=made.occurred_at,
        actor="service:worker",
        campaign_id=None,
        unit=None,
        area=None,
        data=made.data,
    )


def tally_of(events: Sequence[StoredEvent]) -> Tally:
    tally = Tally()
    for event in events:
        tally.take(event)
    return tally


def test_the_whole_ladder_of_a_neglected_item_is_counted() -> None:
    tally = tally_of(a_neglected_life())
    assert set(tally.rungs().values()) == {1}
    assert tally.accountability_due() == 1
    assert tally.climbed_twice() == []
    assert tally.delays().longest > 0


def test_a_rung_that_stands_twice_in_the_log_is_noticed() -> None:
    life = a_neglected_life()
    [again] = [event for event in life if event.type == "item.rung_climbed.v1" and b'"rung":"summon"' in event.data]
    tally = tally_of([*life, again])
    assert tally.climbed_twice() == [(ITEM_ID, "accept-1", "summon")]
    assert tally.impossible == [again]


def test_an_item_that_was_acknowledged_and_is_not_in_the_log_is_lost() -> None:
    absent = uuid4()
    assert tally_of(a_neglected_life()).lost([ITEM_ID, absent]) == [absent]


def test_an_acknowledged_command_whose_events_are_missing_is_a_broken_promise() -> None:
    tally = tally_of(a_neglected_life()[:2])
    kept = Acknowledged(ITEM_ID, 2, ("item.reported.v1", "item.registered.v1"))
    broken = Acknowledged(ITEM_ID, 3, ("item.reported.v1", "item.registered.v1", "item.dispatched.v1"))
    other = Acknowledged(ITEM_ID, 2, ("item.registered.v1",))
    assert tally.broken_promises([kept, other]) == []
    assert tally.broken_promises([kept, broken]) == [broken]


def test_an_item_of_a_neglecting_unit_is_settled_on_the_top_rung_only() -> None:
    life = a_neglected_life()
    assert tally_of(life[:-2]).unsettled() == [ITEM_ID]
    assert tally_of(life).unsettled() == []


def test_an_item_of_a_moving_unit_is_not_settled_by_climbing() -> None:
    assert tally_of(a_neglected_life("broken-road")).unsettled() == [ITEM_ID]


def test_a_seed_tells_one_story() -> None:
    assert issue_events(50, 3) == issue_events(50, 3)
    assert issue_events(50, 3) != issue_events(50, 4)
    assert bad_inputs(3) == bad_inputs(3)
    first, second = Plans(1).of(ITEM_ID, "construction", "demo"), Plans(1).of(ITEM_ID, "construction", "demo")
    assert first == second


def test_every_category_and_area_of_the_reports_is_in_the_city() -> None:
    events = issue_events(400, 1)
    assert {event["data"]["category"] for event in events} == {category.code for category in CITY.categories}
    areas = {area.code for area, _ in CITY.all_areas()}
    assert {event["data"]["area"] for event in events} <= areas
    assert len({event["id"] for event in events}) == 400


@pytest.mark.parametrize("unit", [*UNITS, *TEMPERS])
def test_every_unit_of_the_cast_is_in_the_city(unit: str) -> None:
    assert unit in {each.code for each, _ in CITY.all_units()}


def test_all_units_to_which_the_city_routes_have_a_handler() -> None:
    rules = rulebook()
    routes = {rules.route(category.code, area.code) for category in CITY.categories for area, _ in CITY.all_areas()}
    assert {route.unit for route in routes if route is not None} <= set(UNITS)
