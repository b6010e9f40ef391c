"""Loads a city file: registers what is missing, changes what differs, publishes versions where content differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import uuid4

from domain.actor import Actor, Role
from domain.decider import Command
from domain.errors import Invalid, Rejection
from domain.organisation.commands import ChangeArea, ChangeUnit, RegisterArea, RegisterUnit
from domain.organisation.state import Area, Unit
from domain.rulebook.commands import PublishCalendar, PublishCatalogue, PublishPolicy
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from services.city.city_file import CalendarEntry, CityFile, policy_at, read_city
from services.handling.aggregate import Aggregate
from services.handling.aggregates import AREA, CALENDAR, CATALOGUE, POLICY, UNIT
from services.handling.command_handler import CommandHandler, Wish
from services.handling.rulebooks import RulebookSource
from services.marked_yaml import Place
from services.one_shot import one_shot
from services.settings import Settings

_REASON = "changed in the city file"


class CalendarNotPublished(Invalid):
    """The city file has a policy and no calendar, and no policy stands whose calendar could be kept."""

    code = "calendar_not_published"


@dataclass
class LoadReport:
    """What loading changed, as codes and refs; ``unchanged`` counts what was there already.

    ``differences`` tells what is other than before, by code, so that nothing moves without a word.
    """

    registered: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    published: list[str] = field(default_factory=list[str])
    differences: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    unchanged: int = 0

    def note(self, wishes: Sequence[Wish], of: int) -> None:
        """Count what was sent for so many units or areas."""
        for wish in wishes:
            match wish.command:
                case RegisterUnit(unit=entry) | RegisterArea(area=entry):
                    self.registered.append(entry.code)
                case ChangeUnit(unit=entry) | ChangeArea(area=entry):
                    self.changed.append(entry.code)
                case _:
                    pass
        self.unchanged += of - len(wishes)

    @property
    def nothing_new(self) -> bool:
        """Whether the city already stood as the file says."""
        return not (self.registered or self.changed or self.published)


class Versioned(Protocol):
    """Any published document."""

    @property
    def version(self) -> int:
        """Counts from 1."""
        ...


E = TypeVar("E", Unit, Area)
V = TypeVar("V", bound=Versioned)


@dataclass
class _Loading:
    handler: CommandHandler
    rulebooks: RulebookSource
    actor: Actor
    at: datetime
    report: LoadReport
    load_id: str

    async def send(self, wishes: Sequence[Wish]) -> None:
        for answer in await self.handler.handle_batch(wishes):
            if isinstance(answer, Rejection):
                raise answer

    def wish(self, aggregate: Aggregate, key: str, command: type[Command], **content: object) -> Wish:
        # Every load is a wish of its own: what a city file once said and says again is to be carried out again.
        command_id = f"city:{self.load_id}:{aggregate.kind}:{key}"
        made = command.model_validate({"command_id": command_id, "at": self.at, "actor": self.actor} | content)
        return Wish(aggregate, aggregate.stream(key), made, new=command not in (ChangeUnit, ChangeArea))

    async def rules(self) -> Rulebook:
        return await self.rulebooks.current(newest=True)


async def load_city(
    city: CityFile, handler: CommandHandler, rulebooks: RulebookSource, actor: Actor, at: datetime
) -> LoadReport:
    """Bring units, areas, calendar, catalogue and policy to what the file says; may be repeated, changes nothing then.

    ``rulebooks`` is the one the handler decides with. Raises a Rejection where a rule says no (a dissolved unit among
    them); what was done until then stands, and a second load carries on from there. What the file leaves out stays.
    """
    loading = _Loading(handler, rulebooks, actor, at, LoadReport(), uuid4().hex)
    await _load_units(city, loading)
    await _load_areas(city, loading)
    if city.calendar is not None:
        await _load_calendar(city.calendar, loading)
    if city.categories:
        await _load_catalogue(city, loading)
    if city.policy is not None:
        await _load_policy(city, loading)
    return loading.report


async def _load_units(city: CityFile, loading: _Loading) -> None:
    for level in _levels(city.all_units()):
        known = (await loading.rules()).units  # the level above is among them now
        wishes: list[Wish] = []
        for unit in level:
            if unit.code not in known:
                wishes.append(loading.wish(UNIT, unit.code, RegisterUnit, unit=unit))
            elif known[unit.code] != unit:
                wishes.append(loading.wish(UNIT, unit.code, ChangeUnit, unit=unit, reason=_REASON))
                loading.report.differences[unit.code] = _differences(known[unit.code], unit)
        await loading.send(wishes)
        loading.report.note(wishes, len(level))


async def _load_areas(city: CityFile, loading: _Loading) -> None:
    for level in _levels(city.all_areas()):
        known = (await loading.rules()).areas
        wishes: list[Wish] = []
        for area in level:
            if area.code not in known:
                wishes.append(loading.wish(AREA, area.code, RegisterArea, area=area))
            elif known[area.code] != area:
                wishes.append(loading.wish(AREA, area.code, ChangeArea, area=area, reason=_REASON))
                loading.report.differences[area.code] = _differences(known[area.code], area)
        await loading.send(wishes)
        loading.report.note(wishes, len(level))


def _differences(before: Unit | Area, after: Unit | Area) -> tuple[str, ...]:
    """Each field that differs, as ``parent: office → —``; names as they are in Chinese."""

    def shown(value: object) -> str:
        return value.zh if isinstance(value, Text) else "—" if value is None else str(value)

    pairs = ((name, getattr(before, name), getattr(after, name)) for name in type(after).model_fields)
    return tuple(f"{name}: {shown(old)} → {shown(new)}" for name, old, new in pairs if old != new)


def _levels(entries: Iterable[tuple[E, Place]]) -> list[list[E]]:
    """Entries by their depth in the file, since nothing can be registered before what it belongs to."""
    levels: dict[int, list[E]] = {}
    for entry, place in entries:
        levels.setdefault(len(place), []).append(entry)
    return [levels[depth] for depth in sorted(levels)]


async def _load_calendar(entry: CalendarEntry, loading: _Loading) -> None:
    rules = await loading.rules()
    newest = _newest([one for one in rules.calendars.values() if one.calendar_id == entry.id])
    if newest is not None and newest.calendar == entry.at_version(newest.version):
        loading.report.unchanged += 1
        return
    version = newest.version + 1 if newest else 1
    document = CalendarDocument(calendar_id=entry.id, version=version, calendar=entry.at_version(version))
    await loading.send([loading.wish(CALENDAR, document.ref, PublishCalendar, document=document)])
    loading.report.published.append(f"calendar {document.ref}")


async def _load_catalogue(city: CityFile, loading: _Loading) -> None:
    rules = await loading.rules()
    newest: Catalogue | None = _newest(
        [one for one in rules.catalogues.values() if one.catalogue_id == city.catalogue_id]
    )
    if newest is not None and newest == city.catalogue_at(newest.version):
        loading.report.unchanged += 1
        return
    document = city.catalogue_at(newest.version + 1 if newest else 1)
    await loading.send([loading.wish(CATALOGUE, document.ref, PublishCatalogue, document=document)])
    loading.report.published.append(f"catalogue {document.ref}")


async def _load_policy(city: CityFile, loading: _Loading) -> None:
    entry = city.policy
    if entry is None:
        return
    rules = await loading.rules()
    newest: Policy | None = _newest([one for one in rules.policies.values() if one.policy_id == entry.id])
    calendar_id = city.calendar.id if city.calendar else newest.calendar_id if newest else None
    if calendar_id is None:
        raise CalendarNotPublished(policy=entry.id)
    if newest is not None and newest == policy_at(entry, newest.version, calendar_id, city.catalogue_id):
        loading.report.unchanged += 1
        return
    document = policy_at(entry, newest.version + 1 if newest else 1, calendar_id, city.catalogue_id)
    await loading.send([loading.wish(POLICY, document.ref, PublishPolicy, document=document)])
    loading.report.published.append(f"policy {document.ref}")


def _newest(versions: Sequence[V]) -> V | None:
    return max(versions, key=lambda document: document.version, default=None)


async def load(settings: Settings, path: Path, *, principal: str = "administrator:cli") -> LoadReport:
    """Load a city file into a running database; raises UnusableDocumentError or a Rejection."""
    city = read_city(path)
    actor = Actor(principal=principal, role=Role.ADMINISTRATOR)
    async with one_shot(settings) as parts:
        return await load_city(city, parts.handler, parts.rulebooks, actor, datetime.now(UTC))
