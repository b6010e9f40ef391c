"""The words of letters, and how instants, units and causes read in them."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from domain.accountability.values import Cause, Grounds, HandCause, RankingCause, RungCause
from domain.rulebook.rulebook import Rulebook
from services import documents
from services.documents.letter import Entry, Table

# As in the rest of the product, before the first calendar is published.
FALLBACK_TIMEZONE = "Asia/Shanghai"


@cache
def wording() -> dict[str, Any]:
    """The whole file."""
    return yaml.safe_load(files(documents).joinpath("letters/wording.yaml").read_text(encoding="utf-8"))


def say(*path: str, **facts: object) -> str:
    """A text of the file with its placeholders filled in; facts are put in as they are."""
    found: Any = wording()
    for step in path:
        found = found[step]
    return str(found).format_map({name: "" if fact is None else str(fact) for name, fact in facts.items()})


def word(group: str, value: str | None) -> str:
    """A word of the field; one that the file does not have says itself."""
    return say("unknown") if value is None else str(wording()[group].get(value, value))


def entry(label: str, text: str) -> Entry:
    """A line of a form."""
    return Entry(label=say("lines", label), text=text or say("unknown"))


class Reader:
    """How the rulebook's codes and instants read: units and areas by name, instants in the city's time zone."""

    def __init__(self, rules: Rulebook, campaign_id: str | None = None) -> None:
        self._rules = rules
        self._zone = ZoneInfo(rules.regime(campaign_id).calendar.timezone if rules.policies else FALLBACK_TIMEZONE)

    def instant(self, at: datetime | None) -> str:
        """An instant to the minute, as official letters write it."""
        if at is None:
            return say("unknown")
        here = at.astimezone(self._zone)
        return f"{here.year}年{here.month}月{here.day}日{here.hour}时{here.minute:02}分"

    def day(self, at: datetime) -> date:
        """The day of an instant in the city."""
        return at.astimezone(self._zone).date()

    def unit(self, code: str | None) -> str:
        """The unit's name; the code itself where it is not known."""
        found = self._rules.units.get(code) if code else None
        return found.name.zh if found else code or say("unknown")

    def area(self, code: str | None) -> str:
        """The area's name, as `unit`."""
        found = self._rules.areas.get(code) if code else None
        return found.name.zh if found else code or say("unknown")

    def category(self, code: str | None) -> str:
        """The category's name in the catalogue in force, as `unit`."""
        found = self._rules.regime().categories.get(code) if code and self._rules.policies else None
        return found.name.zh if found else code or say("unknown")

    def policy(self, ref: str) -> str:
        """A policy with its version."""
        found = self._rules.policies.get(ref)
        return f"{found.name.zh}（{ref}）" if found else ref

    def office(self) -> str:
        """The campaign office, which signs what it issues."""
        return self._body("office")

    def leading_group(self) -> str:
        """The leading group, which signs what it decides."""
        return self._body("leading_group")

    def _body(self, kind: str) -> str:
        named = sorted(unit.code for unit in self._rules.units.values() if unit.kind == kind and not unit.dissolved)
        return self.unit(named[0]) if named else say(kind)

    def occasion(self, cause: Cause, who: str) -> str:
        """What a letter rests on, as a sentence about ``who``, the unit."""
        match cause:
            case RungCause():
                return say(
                    "occasion",
                    _manner(cause),
                    who=who,
                    subject=cause.title,
                    number=cause.number,
                    step=word("step", cause.clock_kind),
                    due=self.instant(cause.due_at),
                    climbed=self.instant(cause.climbed_at),
                    rung=word("rung", cause.rung),
                )
            case RankingCause():
                return say(
                    "occasion",
                    "ranking",
                    who=who,
                    bulletin=cause.bulletin,
                    edition=cause.edition,
                    period=period(cause.period),
                    rank=cause.rank,
                    score=cause.score,
                    times=cause.times,
                )
            case HandCause():
                reason = cause.reason.strip()
                return say("occasion", "by_hand", reason=reason if reason.endswith(("。", "！")) else f"{reason}。")

    def demand(self, answer_by: datetime | None) -> str:
        """Until when to answer, or nothing."""
        return say("demand_by", answer_by=self.instant(answer_by)) if answer_by else ""


def period(label: str) -> str:
    """A week such as 2026-W47 or a month such as 2026-11, in words; anything else as it is."""
    year, _, issue = label.partition("-")
    kind = "weekly" if issue.startswith("W") else "monthly"
    number = issue.removeprefix("W")
    return say("period", kind, year=year, issue=int(number)) if number.isdecimal() else label


def _manner(cause: RungCause) -> str:
    """Which sentence says why a rung was climbed."""
    if cause.occasion != "time":
        return f"rung_{cause.occasion}"
    if cause.due_at is None:
        return "rung_without_due"
    return "rung" if cause.is_missed_deadline else "rung_ahead"


def points_off(points: int) -> str:
    """What a letter adds where points are taken."""
    return say("points", points=points) if points else ""


def grounds_table(grounds: Grounds, numbers: Mapping[str, str]) -> tuple[Table, ...]:
    """What a decision rests on; ids are written as the number of the field where ``numbers`` has it."""
    found: list[tuple[str, str]] = []
    for kind in ("items", "obligations", "bulletins", "acts"):
        found += [(word("ground", kind), numbers.get(str(each), str(each))) for each in getattr(grounds, kind)]
    if not found:
        return ()
    rows = tuple((str(place), kind, name) for place, (kind, name) in enumerate(found, 1))
    return (Table(caption=say("decision", "grounds"), columns=("序号", "种类", "编号"), widths=(1, 3, 6), rows=rows),)
