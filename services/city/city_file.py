"""The city file: what it may say, and the units, areas and documents that follow from it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.calendar import Session, WorkCalendar
from domain.clock import STEPS_WITH_LIMIT, ClockKind
from domain.ladder import Severity
from domain.limits import Limit, LimitKind
from domain.organisation.state import Area, AreaKind, Code, Unit, UnitKind
from domain.rulebook.documents import (
    Catalogue,
    Category,
    Identifier,
    Policy,
    RoutingRule,
    check_ladders,
    check_severities,
)
from services.calendar_seed import seed_calendar
from services.city.readable import AccountabilityEntry, LadderEntry, ReadableLimit, ReadableText
from services.marked_yaml import MarkedYaml, Place, Problem, UnusableDocumentError, read

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Codes = Annotated[tuple[Code, ...], Field(max_length=20)]


class Part(BaseModel):
    """A part of a city file; what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitEntry(Part):
    """A unit; the units below it stand under ``units``."""

    code: Code
    name: ReadableText
    kind: UnitKind = "other"
    head: str | None = None
    units: "tuple[UnitEntry, ...]" = ()


class AreaEntry(Part):
    """An area; the areas within it stand under ``areas``."""

    code: Code
    name: ReadableText
    kind: AreaKind
    owner: Code | None = None
    sponsor: Code | None = None
    areas: "tuple[AreaEntry, ...]" = ()


Limits = dict[ClockKind, ReadableLimit]
Ladders = dict[ClockKind, LadderEntry]


class CategoryEntry(Category):
    """A category with its texts and limits in readable form."""

    name: ReadableText
    limits: Limits = Field(default_factory=dict[ClockKind, ReadableLimit])
    rework: ReadableLimit | None = None
    checklist: tuple[ReadableText, ...] = ()


class PolicyEntry(Part):
    """The rules. ``limits`` for every step (``recheck`` may be absent); ``severities``: ladders of graver issues."""

    id: Identifier = "city"
    name: ReadableText
    limits: Limits
    rework: ReadableLimit | None = None
    ladders: Ladders = Field(default_factory=Ladders)
    severities: dict[Severity, Ladders] = Field(default_factory=dict[Severity, Ladders])
    routing: tuple[RoutingRule, ...] = ()
    registration: Literal["automatic", "manual"] = "automatic"
    dispatching: Literal["automatic", "manual"] = "automatic"
    max_extensions: Annotated[int, Field(ge=0, le=2)] = 2
    longest_extension: ReadableLimit = Limit(kind=LimitKind.WORKING_DAYS, amount=20)
    closes_on_pass: bool = True
    archives_when_held: bool = True
    accountability: AccountabilityEntry = AccountabilityEntry()

    @field_validator("ladders")
    @classmethod
    def _can_be_climbed(cls, ladders: Ladders) -> Ladders:
        check_ladders(ladders)
        return ladders

    @field_validator("severities")
    @classmethod
    def _can_be_met(cls, severities: dict[Severity, Ladders]) -> dict[Severity, Ladders]:
        check_severities(severities)
        return severities

    @field_validator("limits")
    @classmethod
    def _name_every_step(cls, limits: Limits) -> Limits:
        missing = [kind for kind in STEPS_WITH_LIMIT if kind not in limits]
        if missing:
            raise ValueError(f"缺少时限：{', '.join(missing)} / limits are missing for: {', '.join(missing)}")
        return limits


class CalendarEntry(Part):
    """The working calendar: ``seed: china``, or given in full."""

    id: Identifier = "city"
    seed: Literal["china"] | None = None
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    timezone: str | None = None
    sessions: tuple[Session, ...] | None = None
    working_weekdays: tuple[Weekday, ...] | None = None
    holidays: tuple[date, ...] = ()
    make_up_days: tuple[date, ...] = ()
    announced_until: date | None = None

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.at_version(1)
        return self

    def at_version(self, version: int) -> WorkCalendar:
        """The calendar under a version of its own."""
        ref = f"{self.id}@{version}"
        own = (self.name, self.timezone, self.sessions, self.working_weekdays, self.announced_until)
        if self.seed == "china":
            if any(value is not None for value in own) or self.holidays or self.make_up_days:
                raise ValueError(
                    "用 seed 时不得再写其他项 / a seeded calendar has nothing else; give it in full to change it"
                )
            return seed_calendar(ref)
        if any(value is None for value in own):
            raise ValueError(
                "须写 seed: china 或完整日历 / "
                "give 'seed: china', or name, timezone, sessions, working_weekdays, announced_until"
            )
        if both := set(self.holidays) & set(self.make_up_days):
            raise ValueError(f"{min(both)} 不能既放假又调休上班 / {min(both)} cannot be a holiday and a make-up day")
        return WorkCalendar.model_validate(
            {
                "version": ref,
                "name": self.name,
                "timezone": self.timezone,
                "sessions": self.sessions,
                "working_weekdays": sorted(_WEEKDAYS.index(day) for day in self.working_weekdays or ()),
                "exceptions": dict.fromkeys(self.holidays, False) | dict.fromkeys(self.make_up_days, True),
                "announced_until": self.announced_until,
            }
        )


class CityFile(Part):
    """A whole city. Everything may be left out that is loaded from elsewhere."""

    units: tuple[UnitEntry, ...] = ()
    areas: tuple[AreaEntry, ...] = ()
    calendar: CalendarEntry | None = None
    catalogue_id: Identifier = "city"
    categories: tuple[CategoryEntry, ...] = ()
    policy: PolicyEntry | None = None

    def all_units(self) -> Iterator[tuple[Unit, Place]]:
        """Every unit with its place in the file, parents first."""
        yield from _units(self.units, None, ("units",))

    def all_areas(self) -> Iterator[tuple[Area, Place]]:
        """Every area with its place in the file, parents first."""
        yield from _areas(self.areas, None, ("areas",))

    def catalogue_at(self, version: int) -> Catalogue:
        """The categories as a version of the catalogue."""
        categories = [Category.model_validate(entry.model_dump()) for entry in self.categories]
        return Catalogue(catalogue_id=self.catalogue_id, version=version, categories=tuple(categories))


def policy_at(entry: PolicyEntry, version: int, calendar_id: str, catalogue_id: str) -> Policy:
    """The rules as a version of the policy."""
    named = {"policy_id": entry.id, "version": version, "calendar_id": calendar_id, "catalogue_id": catalogue_id}
    return Policy.model_validate(entry.model_dump(exclude={"id"}) | named)


def read_city(path: Path) -> CityFile:
    """Read a city file; raises UnusableDocumentError that names every wrong line."""
    marked = read(path)
    city = marked.as_model(CityFile)
    problems = list(_contradictions(city, marked))
    if problems:
        raise UnusableDocumentError(marked.name, problems)
    return city


def _contradictions(city: CityFile, marked: MarkedYaml) -> Iterator[Problem]:
    """Codes given twice, and names of what the file does not have although it lists its kind."""
    units = list(city.all_units())
    areas = list(city.all_areas())
    categories = [(entry, ("categories", index)) for index, entry in enumerate(city.categories)]
    for listed in (units, areas, categories):
        seen: set[str] = set()
        for entry, place in listed:
            if entry.code in seen:
                yield marked.problem((*place, "code"), f"代码 {entry.code!r} 重复 / {entry.code!r} is given twice")
            seen.add(entry.code)
    named: list[tuple[str | None, Place, str]] = []
    for area, place in areas:
        named += [(area.owner, (*place, "owner"), "unit"), (area.sponsor, (*place, "sponsor"), "unit")]
    for category, place in categories:
        named.append((category.lead_unit, (*place, "lead_unit"), "unit"))
    for index, rule in enumerate(city.policy.routing if city.policy else ()):
        place: Place = ("policy", "routing", index)
        named += [(rule.category, (*place, "category"), "category"), (rule.area, (*place, "area"), "area")]
        named.append((rule.unit, (*place, "unit"), "unit"))
        named += [(unit, (*place, "supporting"), "unit") for unit in rule.supporting]
    known = {
        "unit": {unit.code for unit, _ in units},
        "area": {area.code for area, _ in areas},
        "category": {category.code for category, _ in categories},
    }
    for code, place, kind in named:
        if code is not None and known[kind] and code not in known[kind]:
            yield marked.problem(place, f"本文件中没有 {kind} {code!r} / there is no {kind} {code!r} in this file")


def _units(entries: tuple[UnitEntry, ...], parent: str | None, place: Place) -> Iterator[tuple[Unit, Place]]:
    for index, entry in enumerate(entries):
        here = (*place, index)
        yield Unit(code=entry.code, name=entry.name, kind=entry.kind, parent=parent, head=entry.head), here
        yield from _units(entry.units, entry.code, (*here, "units"))


def _areas(entries: tuple[AreaEntry, ...], parent: str | None, place: Place) -> Iterator[tuple[Area, Place]]:
    for index, entry in enumerate(entries):
        here = (*place, index)
        area = Area(
            code=entry.code,
            name=entry.name,
            kind=entry.kind,
            parent=parent,
            owner=entry.owner,
            sponsor=entry.sponsor,
        )
        yield area, here
        yield from _areas(entry.areas, entry.code, (*here, "areas"))
