"""Units and areas: registered, changed, dissolved or abolished, always a tree of what is in use."""

from dataclasses import replace

import pytest

from domain.actor import Role
from domain.errors import Forbidden
from domain.organisation.commands import (
    AbolishArea,
    ChangeArea,
    ChangeUnit,
    DissolveUnit,
    RegisterArea,
    RegisterUnit,
)
from domain.organisation.decisions import (
    AlreadyRegistered,
    CodeCannotChange,
    NotRegistered,
    ParentIsBelow,
    StillHasChildren,
    decide_area,
    decide_unit,
    evolve_area,
    evolve_unit,
)
from domain.organisation.events import (
    AreaAbolished,
    AreaChanged,
    AreaRegistered,
    UnitChanged,
    UnitDissolved,
    UnitRegistered,
)
from domain.organisation.state import Area, Unit
from domain.rulebook.rulebook import UnknownArea, UnknownUnit
from tests.domain.item_samples import AREAS, EVERYBODY, OFFICE, RULES, START, UNITS, text

NEW_UNIT = Unit(code="parks", name=text("园林处"), parent="city-management")
NEW_AREA = Area(code="east-2", name=text("东街二网格"), kind="grid", parent="east", owner="east-street")
BUREAU, SQUAD = UNITS["city-management"], UNITS["market-squad"]
CITY, EAST, GRID = AREAS["city"], AREAS["east"], AREAS["east-1"]


def on_unit(command, state, *, actor=OFFICE, rules=RULES, **content):
    if command is not RegisterUnit:
        content = {"reason": "机构改革", **content}
    return decide_unit(command(command_id="unit", at=START, actor=actor, **content), state, rules)


def on_area(command, state, *, actor=OFFICE, rules=RULES, **content):
    if command is not RegisterArea:
        content = {"reason": "区划调整", **content}
    return decide_area(command(command_id="area", at=START, actor=actor, **content), state, rules)


class TestUnits:
    def test_a_unit_is_registered_changed_and_dissolved(self):
        (registered,) = on_unit(RegisterUnit, None, unit=NEW_UNIT)
        unit = evolve_unit(None, registered)
        (changed,) = on_unit(ChangeUnit, unit, unit=NEW_UNIT.model_copy(update={"parent": None}))
        unit = evolve_unit(unit, changed)
        (dissolved,) = on_unit(DissolveUnit, unit)
        assert [type(event) for event in (registered, changed, dissolved)] == [
            UnitRegistered,
            UnitChanged,
            UnitDissolved,
        ]
        assert (unit.parent, evolve_unit(unit, dissolved).dissolved) == (None, True)

    def test_a_code_is_taken_once(self):
        for taken in (BUREAU, UNITS["old-squad"]):
            with pytest.raises(AlreadyRegistered):
                on_unit(RegisterUnit, taken, unit=taken)

    def test_a_code_never_changes(self):
        with pytest.raises(CodeCannotChange):
            on_unit(ChangeUnit, BUREAU, unit=NEW_UNIT)

    def test_what_is_not_there_or_gone_is_neither_changed_nor_dissolved(self):
        for state in (None, UNITS["old-squad"]):
            with pytest.raises(NotRegistered):
                on_unit(ChangeUnit, state, unit=NEW_UNIT)
            with pytest.raises(NotRegistered):
                on_unit(DissolveUnit, state)

    def test_the_parent_is_in_use(self):
        for parent in ("nobody", "old-squad"):
            with pytest.raises(UnknownUnit):
                on_unit(RegisterUnit, None, unit=NEW_UNIT.model_copy(update={"parent": parent}))

    @pytest.mark.parametrize("parent", ["city-management", "market-squad"])
    def test_no_unit_stands_below_itself(self, parent):
        with pytest.raises(ParentIsBelow):
            on_unit(ChangeUnit, BUREAU, unit=BUREAU.model_copy(update={"parent": parent}))

    def test_a_unit_is_dissolved_after_those_below_it(self):
        with pytest.raises(StillHasChildren):
            on_unit(DissolveUnit, BUREAU)
        gone = {**UNITS, SQUAD.code: SQUAD.model_copy(update={"dissolved": True})}
        assert on_unit(DissolveUnit, BUREAU, rules=replace(RULES, units=gone))


class TestAreas:
    def test_an_area_is_registered_changed_and_abolished(self):
        (registered,) = on_area(RegisterArea, None, area=NEW_AREA)
        area = evolve_area(None, registered)
        (changed,) = on_area(ChangeArea, area, area=NEW_AREA.model_copy(update={"sponsor": "sanitation"}))
        area = evolve_area(area, changed)
        (abolished,) = on_area(AbolishArea, area)
        assert [type(event) for event in (registered, changed, abolished)] == [
            AreaRegistered,
            AreaChanged,
            AreaAbolished,
        ]
        assert (area.sponsor, evolve_area(area, abolished).abolished) == ("sanitation", True)

    def test_a_code_is_taken_once_and_never_changes(self):
        with pytest.raises(AlreadyRegistered):
            on_area(RegisterArea, EAST, area=EAST)
        with pytest.raises(CodeCannotChange):
            on_area(ChangeArea, EAST, area=NEW_AREA)

    def test_what_is_not_there_or_gone_is_neither_changed_nor_abolished(self):
        for state in (None, AREAS["drowned"]):
            with pytest.raises(NotRegistered):
                on_area(ChangeArea, state, area=NEW_AREA)
            with pytest.raises(NotRegistered):
                on_area(AbolishArea, state)

    @pytest.mark.parametrize(
        ("field", "code", "reason"),
        [
            ("parent", "nowhere", UnknownArea),
            ("parent", "drowned", UnknownArea),
            ("owner", "old-squad", UnknownUnit),
            ("sponsor", "nobody", UnknownUnit),
        ],
    )
    def test_parent_owner_and_sponsor_are_in_use(self, field, code, reason):
        with pytest.raises(reason):
            on_area(RegisterArea, None, area=NEW_AREA.model_copy(update={field: code}))

    @pytest.mark.parametrize("parent", ["city", "east", "east-1"])
    def test_no_area_lies_in_itself(self, parent):
        with pytest.raises(ParentIsBelow):
            on_area(ChangeArea, CITY, area=CITY.model_copy(update={"parent": parent}))

    def test_an_area_is_abolished_after_those_in_it(self):
        with pytest.raises(StillHasChildren):
            on_area(AbolishArea, EAST)
        gone = {**AREAS, GRID.code: GRID.model_copy(update={"abolished": True})}
        assert on_area(AbolishArea, EAST, rules=replace(RULES, areas=gone))


@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
def test_office_and_administrators_draw_the_map_and_nobody_else(actor):
    attempts = (
        lambda: on_unit(RegisterUnit, None, actor=actor, unit=NEW_UNIT),
        lambda: on_area(RegisterArea, None, actor=actor, area=NEW_AREA),
    )
    for attempt in attempts:
        if actor.role in (Role.OFFICE, Role.ADMINISTRATOR):
            assert attempt()
        else:
            with pytest.raises(Forbidden):
                attempt()
