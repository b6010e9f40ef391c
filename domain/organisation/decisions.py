"""What follows from a command about a unit or an area."""

from typing import assert_never

from domain.actor import Actor, Role
from domain.errors import Forbidden, Invalid, Rejection
from domain.organisation.commands import (
    AbolishArea,
    AreaCommand,
    ChangeArea,
    ChangeUnit,
    DissolveUnit,
    RegisterArea,
    RegisterUnit,
    UnitCommand,
)
from domain.organisation.events import (
    AreaAbolished,
    AreaChanged,
    AreaEvent,
    AreaRegistered,
    UnitChanged,
    UnitDissolved,
    UnitEvent,
    UnitRegistered,
)
from domain.organisation.state import Area, Unit
from domain.rulebook.rulebook import Rulebook

_RESERVED = frozenset({"tree", ".", ".."})


class AlreadyRegistered(Rejection):
    """The code is taken."""

    code = "already_registered"


class NotRegistered(Rejection):
    """There is no such unit or area, or it is gone."""

    code = "not_registered"


class CodeCannotChange(Invalid):
    """The code is the identity; dissolve and register anew instead."""

    code = "code_cannot_change"


class CodeReserved(Invalid):
    """The code is a word of paths: of a unit called `tree`, `GET /v1/units/tree` would show something else."""

    code = "code_reserved"


class ParentIsBelow(Invalid):
    """The parent would be the unit or area itself or one below it."""

    code = "parent_is_below"


class StillHasChildren(Rejection):
    """Something below it is still in use."""

    code = "still_has_children"


def decide_unit(command: UnitCommand, state: Unit | None, rules: Rulebook) -> tuple[UnitEvent, ...]:
    """Turn a command about one unit into events."""
    _administers(command.actor)
    match command:
        case RegisterUnit():
            if state is not None:
                raise AlreadyRegistered(code=command.unit.code)
            _check_code(command.unit.code)
            _check_unit(command.unit, rules)
            return (UnitRegistered(occurred_at=command.at, unit=command.unit),)
        case ChangeUnit():
            unit = _present(state)
            if unit.code != command.unit.code:
                raise CodeCannotChange(code=unit.code)
            _check_unit(command.unit, rules)
            return (UnitChanged(occurred_at=command.at, unit=command.unit, reason=command.reason),)
        case DissolveUnit():
            unit = _present(state)
            if any(other.parent == unit.code and not other.dissolved for other in rules.units.values()):
                raise StillHasChildren(code=unit.code)
            return (UnitDissolved(occurred_at=command.at, reason=command.reason),)
        case _:
            assert_never(command)


def decide_area(command: AreaCommand, state: Area | None, rules: Rulebook) -> tuple[AreaEvent, ...]:
    """Turn a command about one area into events."""
    _administers(command.actor)
    match command:
        case RegisterArea():
            if state is not None:
                raise AlreadyRegistered(code=command.area.code)
            _check_code(command.area.code)
            _check_area(command.area, rules)
            return (AreaRegistered(occurred_at=command.at, area=command.area),)
        case ChangeArea():
            area = _present_area(state)
            if area.code != command.area.code:
                raise CodeCannotChange(code=area.code)
            _check_area(command.area, rules)
            return (AreaChanged(occurred_at=command.at, area=command.area, reason=command.reason),)
        case AbolishArea():
            area = _present_area(state)
            if any(other.parent == area.code and not other.abolished for other in rules.areas.values()):
                raise StillHasChildren(code=area.code)
            return (AreaAbolished(occurred_at=command.at, reason=command.reason),)
        case _:
            assert_never(command)


def evolve_unit(state: Unit | None, event: UnitEvent) -> Unit:
    """Fold one event into a unit."""
    match event:
        case UnitRegistered() | UnitChanged():
            return event.unit
        case UnitDissolved():
            return _present(state).model_copy(update={"dissolved": True})
        case _:
            assert_never(event)


def evolve_area(state: Area | None, event: AreaEvent) -> Area:
    """Fold one event into an area."""
    match event:
        case AreaRegistered() | AreaChanged():
            return event.area
        case AreaAbolished():
            return _present_area(state).model_copy(update={"abolished": True})
        case _:
            assert_never(event)


def _administers(actor: Actor) -> None:
    if actor.role not in (Role.OFFICE, Role.ADMINISTRATOR):
        raise Forbidden(role=actor.role)


def _present(state: Unit | None) -> Unit:
    if state is None or state.dissolved:
        raise NotRegistered
    return state


def _present_area(state: Area | None) -> Area:
    if state is None or state.abolished:
        raise NotRegistered
    return state


def _check_code(code: str) -> None:
    if code in _RESERVED:
        raise CodeReserved(code=code)


def _check_unit(unit: Unit, rules: Rulebook) -> None:
    if unit.parent is None:
        return
    rules.unit(unit.parent)
    if unit.code in (unit.parent, *rules.unit_lineage(unit.parent)):
        raise ParentIsBelow(code=unit.code, parent=unit.parent)


def _check_area(area: Area, rules: Rulebook) -> None:
    for unit in (area.owner, area.sponsor):
        if unit is not None:
            rules.unit(unit)
    if area.parent is None:
        return
    rules.area(area.parent)
    if area.code in rules.area_lineage(area.parent):
        raise ParentIsBelow(code=area.code, parent=area.parent)
