"""Rows of old ledgers: what they leave in an item's history, and where a remark on them is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.actor import Actor, Role
from domain.calendar import Session, WorkCalendar
from domain.clock import ClockKind
from domain.item.commands import ImportItem
from domain.item.decisions import decide, fold
from domain.item.events import CommentAdded, ItemClosed, ItemTransferredOut, ItemVoided
from domain.item.state import running_clock
from domain.ladder import STANDARD_LADDER
from domain.limits import Limit, LimitKind
from domain.organisation.state import Area, Unit
from domain.rulebook.documents import CalendarDocument, Catalogue, Category, Policy
from domain.rulebook.rulebook import Rulebook
from domain.text import Text

NAME = Text(zh="名", en="name")
REPORTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def rules() -> Rulebook:
    calendar = WorkCalendar(
        version="cn@1",
        name="weekdays",
        timezone="Asia/Shanghai",
        sessions=(Session(start=480, end=720), Session(start=840, end=1080)),
        working_weekdays=(0, 1, 2, 3, 4),
        exceptions={},
        announced_until=date(2026, 12, 31),
    )
    day = Limit(kind=LimitKind.WORKING_DAYS, amount=1)
    policy = Policy(
        policy_id="city",
        version=1,
        name=NAME,
        calendar_id="cn",
        catalogue_id="city",
        limits=dict.fromkeys(ClockKind, day),
        ladders={ClockKind.ACCEPT: STANDARD_LADDER, ClockKind.RECTIFY: STANDARD_LADDER},
    )
    return Rulebook(
        policies={policy.ref: policy},
        catalogues={
            "city@1": Catalogue(catalogue_id="city", version=1, categories=(Category(code="lamp", name=NAME),))
        },
        calendars={"cn@1": CalendarDocument(calendar_id="cn", version=1, calendar=calendar)},
        units={"lamps": Unit(code="lamps", name=NAME)},
        areas={"city": Area(code="city", name=NAME, kind="city")},
    )


def import_item(outcome: str, **more: object) -> ImportItem:
    return ImportItem.model_validate(
        {
            "command_id": "import:1",
            "at": NOW,
            "actor": Actor(principal="a", role=Role.OFFICE),
            "item_id": "6a7d3ab0-9c60-4c6e-8a4a-4be3a8d1d3a5",
            "number": "2026-0000001",
            "issue": {
                "source": "old",
                "source_id": "1",
                "channel": "hotline",
                "category": "lamp",
                "area": "city",
                "title": "Lamp out",
            },
            "reported_at": REPORTED,
            "outcome": outcome,
            "unit": "lamps",
        }
        | more
    )


@pytest.mark.parametrize("outcome", ["dispatched", "rectifying"])
def test_an_open_row_keeps_its_remark_beside_the_line_and_its_clock_running(rules, outcome):
    events = decide(import_item(outcome, remark="no area given"), None, rules)
    assert events[-1] == CommentAdded(occurred_at=NOW, text="no area given")
    state = fold(events)
    assert state is not None
    assert state.status == outcome
    clock = running_clock(state)
    assert clock is not None
    assert clock.opened_at == REPORTED
    assert all(rung.at >= NOW for rung in clock.planned)


@pytest.mark.parametrize("outcome", ["dispatched", "rectifying"])
def test_an_open_row_without_a_remark_has_nothing_beside_the_line(rules, outcome):
    assert not any(isinstance(event, CommentAdded) for event in decide(import_item(outcome), None, rules))


@pytest.mark.parametrize(
    ("outcome", "ends_with", "kept_in"),
    [
        ("closed", ItemClosed, "remark"),
        ("voided", ItemVoided, "reason"),
        ("transferred_out", ItemTransferredOut, "reason"),
    ],
)
def test_a_finished_row_ended_when_the_ledger_says_and_keeps_its_remark_there(rules, outcome, ends_with, kept_in):
    ended = REPORTED + timedelta(days=3)
    events = decide(import_item(outcome, ended_at=ended, remark="twice on paper"), None, rules)
    (end,) = [event for event in events if isinstance(event, ends_with)]
    assert end.occurred_at == ended
    assert getattr(end, kept_in) == "twice on paper"
    assert not any(isinstance(event, CommentAdded) for event in events)
    assert all(event.occurred_at <= ended for event in events)
