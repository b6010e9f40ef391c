"""The working calendar: sessions of a day, working weekdays, holidays and make-up days 调休, as versioned data."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_serializer, model_validator
from pydantic.config import JsonDict

from domain.instant import FIRST_YEAR, LAST_YEAR, SECOND, from_microseconds, to_microseconds
from domain.working_time import WorkingTime

MINUTES_PER_DAY = 24 * 60
SESSION_TEXT = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"

Minute = Annotated[int, Field(strict=True, ge=0, le=MINUTES_PER_DAY)]
Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]


def _as_text(schema: JsonDict) -> None:
    schema.clear()
    schema.update({"type": "string", "pattern": SESSION_TEXT, "examples": ["08:00-12:00"]})


_REGIONS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Etc", "Europe", "Indian", "Pacific"]
)


class Session(BaseModel):
    """An unbroken stretch of work, from one minute of the day up to another. Written ``08:00-12:00``."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_as_text)

    start: Minute
    end: Minute

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if re.fullmatch(SESSION_TEXT, value) is None:
            raise ValueError("a session is written like 08:00-12:00")
        start, end = ((int(hour) * 60 + int(minute)) for hour, minute in (part.split(":") for part in value.split("-")))
        return {"start": start, "end": end}

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start >= self.end:
            raise ValueError("a session ends after it starts")
        return self

    @model_serializer
    def _to_text(self) -> str:
        start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (self.start, self.end))
        return f"{start}-{end}"


class WorkCalendar(BaseModel):
    """When work is done.

    Beyond ``announced_until`` only the weekday rule is known, so a deadline that reaches there is provisional.
    ``exceptions`` says True for a make-up working day and False for a holiday. Weekdays count from Monday = 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    timezone: str
    sessions: Annotated[tuple[Session, ...], Field(min_length=1, max_length=48)]
    working_weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    exceptions: Annotated[dict[date, Annotated[bool, Field(strict=True)]], Field(max_length=100_000)]
    announced_until: date

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        # Regions only: names such as localtime or posix/… mean something on this machine, and nothing to the database.
        if name != "UTC" and name.partition("/")[0] not in _REGIONS:
            raise ValueError("not a time zone of the IANA database, such as Asia/Shanghai")
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as unknown:  # a folder of the database, a path, or nothing at all
            raise ValueError("not a time zone of the IANA database") from unknown
        return name

    @field_validator("sessions")
    @classmethod
    def _follow_each_other(cls, sessions: tuple[Session, ...]) -> tuple[Session, ...]:
        if any(earlier.end > later.start for earlier, later in pairwise(sessions)):
            raise ValueError("sessions stand in order and do not overlap")
        return sessions

    @field_validator("working_weekdays")
    @classmethod
    def _ascend(cls, weekdays: tuple[int, ...]) -> tuple[int, ...]:
        if any(earlier >= later for earlier, later in pairwise(weekdays)):
            raise ValueError("weekdays stand in order, none twice")
        return weekdays

    @field_validator("announced_until")
    @classmethod
    def _lies_in_reach(cls, day: date) -> date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"announced_until lies between {FIRST_YEAR} and {LAST_YEAR}")
        return day

    def model_copy(
        self,
        *,
        update: Mapping[str, Any] | None = None,
        deep: bool = False,  # noqa: ARG002 - nothing in it changes
    ) -> Self:
        """Return a changed calendar, validated anew: a plain copy would keep the working time of its original."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    @cached_property
    def working_time(self) -> WorkingTime:
        """The calendar as working intervals in microseconds, laid out when first needed."""
        sessions = tuple((session.start, session.end) for session in self.sessions)
        return WorkingTime(ZoneInfo(self.timezone), sessions, self.is_working_day)

    @cached_property
    def provisional_from(self) -> int:
        """The first instant, in microseconds, of the first local day that is not announced yet."""
        day = self.announced_until + timedelta(days=1)
        return to_microseconds(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.timezone)))

    @cached_property
    def working_seconds_per_day(self) -> int:
        """The seconds of all sessions of a day together."""
        return 60 * sum(session.end - session.start for session in self.sessions)

    def is_working_day(self, day: date) -> bool:
        """Say whether work is done on this local day."""
        exception = self.exceptions.get(day)
        return day.weekday() in self.working_weekdays if exception is None else exception

    def is_working(self, instant: datetime) -> bool:
        """Say whether the instant lies in a session of a working day."""
        return self.working_time.is_working(to_microseconds(instant))

    def next_working_instant(self, instant: datetime) -> datetime:
        """Return the first working instant from this one on: itself, when it is one."""
        return from_microseconds(self.working_time.next_working(to_microseconds(instant)))

    def is_provisional(self, instant: datetime) -> bool:
        """Say whether the instant's local day lies beyond the announced ones."""
        return to_microseconds(instant) >= self.provisional_from

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """Return the whole seconds of working time from start until end; 0 when the end is not after the start."""
        return self.working_time.between(to_microseconds(start), to_microseconds(end)) // SECOND
