"""Reads a recurrence rule (RFC 5545 RRULE), and refuses one that could not be a duty's."""

import re
from datetime import datetime
from functools import lru_cache

from dateutil.rrule import rrule, rrulestr

_PARTS = (
    *("FREQ", "INTERVAL", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY"),
    *("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"),
)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
_MOST_A_DAY = 24
_LONGEST_INTERVAL = 366


class UnusableRuleError(ValueError):
    """An RRULE that cannot be read, asks for what duties do not have, or never recurs."""


def check_rule(text: str) -> None:
    """Refuse a rule that cannot be read; raises UnusableRuleError with the reason."""
    _read(text, datetime(2000, 1, 1))  # noqa: DTZ001 - local wall time, as RRULE wants


def rule_from(text: str, began: datetime, until: datetime) -> rrule:
    """The rule as counted from ``began`` and ending with ``until``, both local wall times.

    It always ends: a rule that fits no day at all would be searched for until the year 9999.
    """
    rule, ends = _read(text, began)
    return rule.replace(until=until if ends is None else min(ends, until))


@lru_cache(maxsize=512)
def _read(text: str, began: datetime) -> tuple[rrule, datetime | None]:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        found = _PART.fullmatch(part)
        if found is None or found[1] not in _PARTS:
            raise UnusableRuleError(f"{part!r} is no part of a duty's rule; it ends with its phase, or by UNTIL")
        if found[1] in parts:
            raise UnusableRuleError(f"{found[1]} stands there twice")
        parts[found[1]] = found[2]
    if parts.get("FREQ") not in _FREQUENCIES:
        raise UnusableRuleError(f"FREQ is one of {', '.join(_FREQUENCIES)}")
    interval = parts.get("INTERVAL", "1")
    if not interval.isdecimal() or not 1 <= int(interval) <= _LONGEST_INTERVAL:
        raise UnusableRuleError(f"INTERVAL lies between 1 and {_LONGEST_INTERVAL}")
    times = [len(parts.get(name, "").split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")]
    if times[0] * times[1] * times[2] > _MOST_A_DAY:
        raise UnusableRuleError(f"more than {_MOST_A_DAY} times a day")
    until = parts.pop("UNTIL", None)
    try:
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=began)
        ends = None if until is None else _day_or_instant(until)
    except (ValueError, TypeError, IndexError) as error:
        raise UnusableRuleError(str(error)) from error
    if not isinstance(rule, rrule):
        raise UnusableRuleError("one rule, not a set of rules")
    return rule, ends


def _day_or_instant(text: str) -> datetime:
    """``20261231`` includes the day; ``20261231T180000`` is local time."""
    if "T" in text:
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local wall time
    return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)  # noqa: DTZ007
