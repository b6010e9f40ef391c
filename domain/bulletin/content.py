"""What stands in a bulletin: the period, the figures with the versions and the moment they hold for, the rankings."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Invalid
from domain.indicator.figures import Figure
from domain.indicator.ranking import Ranking
from domain.instant import Instant
from domain.text import Text

BulletinKind = Literal["weekly", "monthly"]
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


class PeriodMalformed(Invalid):
    """A week is written 2026-W47 (ISO 8601), a month 2026-11."""

    code = "period_malformed"


class Part(BaseModel):
    """Immutable content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(Part):
    """A week or month by its label, as instants: from inclusive, to exclusive, in the city's time zone."""

    label: Annotated[str, Field(min_length=1, max_length=20)]
    starts_at: Instant
    ends_at: Instant


class NamedCriticism(Part):
    """通报批评 as a bulletin names it: the act, the unit, what it is about, and the points that it takes."""

    number: str
    act_id: UUID
    unit: str
    title: Text
    points: int = 0


class Content(Part):
    """One edition's figures. ``position``: the last event of the log that they were computed from; -1 before any.

    ``criticisms`` are published by this bulletin, each by one bulletin alone.
    """

    period: Period
    as_of: Instant
    position: int
    formulas: str
    figures: tuple[Figure, ...]
    rankings: tuple[Ranking, ...] = ()
    criticisms: tuple[NamedCriticism, ...] = ()


def period_of(kind: BulletinKind, label: str, timezone: str) -> Period:
    """The period that a label names; raises PeriodMalformed."""
    try:
        first, after = _week(label) if kind == "weekly" else _month(label)
        zone = ZoneInfo(timezone)
        begins, ends = (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in (first, after))
        return Period(label=label, starts_at=begins, ends_at=ends)
    except (ValueError, OverflowError):
        raise PeriodMalformed(period=label[:20]) from None


def _week(label: str) -> tuple[date, date]:
    found = _WEEK.fullmatch(label)
    if found is None:
        raise ValueError(label)
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return monday, monday + timedelta(days=7)


def _month(label: str) -> tuple[date, date]:
    found = _MONTH.fullmatch(label)
    if found is None:
        raise ValueError(label)
    first = date(int(found[1]), int(found[2]), 1)
    return first, (first + timedelta(days=31)).replace(day=1)
