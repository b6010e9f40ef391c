"""The short forms a city file may use: ``2 working days`` for a limit, ``路灯处 / Street Lighting`` for a text."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from domain.accountability.rules import (
    BOTTOM_OF_THE_WEEK,
    MOST_RANKINGS,
    YELLOW_AND_RED_CARDS,
    AccountabilityRules,
    CaseLimits,
    RankingRule,
)
from domain.ladder import MOST_OCCASIONS, RUNGS, STANDARD_LADDER, Ladder, OccasionRule, RungRule
from domain.limits import Limit, LimitKind
from domain.text import Text

_KINDS = {
    "natural day": LimitKind.NATURAL_DAYS,
    "working day": LimitKind.WORKING_DAYS,
    "working hour": LimitKind.WORKING_HOURS,
    "urgent hour": LimitKind.URGENT_HOURS,
    "second": LimitKind.ELAPSED_SECONDS,
    "自然日": LimitKind.NATURAL_DAYS,
    "工作日": LimitKind.WORKING_DAYS,
    "工作时": LimitKind.WORKING_HOURS,
    "紧急工作时": LimitKind.URGENT_HOURS,
    "秒": LimitKind.ELAPSED_SECONDS,
}
_LIMIT = re.compile(r"([0-9]{1,9}) ?个?(.+)")


def limit_from(value: object) -> object:
    """Turn ``2 working days`` or ``2个工作日`` into a limit; leave the long form to the model."""
    if not isinstance(value, str):
        return value
    found = _LIMIT.fullmatch(value.strip())
    kind = _KINDS.get(found[2].strip().lower().replace("_", " ").removesuffix("s")) if found else None
    if found is None or kind is None:
        english = ", ".join(f"{name}s" for name in _KINDS if name.isascii())
        chinese = "、".join(name for name in _KINDS if not name.isascii())
        raise ValueError(
            f"时限写作“2工作日”，单位有{chinese} / a limit reads like '2 working days'; there are {english}"
        )
    return {"kind": kind, "amount": int(found[1])}


def text_from(value: object) -> object:
    """Turn ``中文 / English`` into a text in both languages; leave the long form to the model."""
    if not isinstance(value, str):
        return value
    chinese, slash, english = value.partition(" / ")
    if not slash:
        raise ValueError("名称须有中英文 / a text names both languages: '中文 / English', or {zh: …, en: …}")
    return {"zh": chinese.strip(), "en": english.strip()}


def _with_limits(value: Any) -> Any:
    """``{rung: remind, after_due: 2 working days}``, ``{notify: 2 working days}``: limits wherever there is a text."""
    if not isinstance(value, dict):
        return value
    entries: dict[str, object] = value  # pyright: ignore[reportUnknownVariableType]
    return {name: limit_from(entry) if name in _LIMITS else entry for name, entry in entries.items()}


def _ranking_from(value: object) -> object:
    """Turn the name of a rule that cities use into that rule; leave the long form to the model."""
    if not isinstance(value, str):
        return value
    if value not in _RANKINGS:
        known = ", ".join(_RANKINGS)
        raise ValueError(f"排名规则有 {known}，或写全 / a rule about rankings is {known}, or given in full")
    return _RANKINGS[value]


_LIMITS = frozenset({"before_due", "after_due", "new_limit", *CaseLimits.model_fields})
_RANKINGS: Mapping[str, RankingRule] = {
    "bottom_of_the_week": BOTTOM_OF_THE_WEEK,
    "yellow_and_red_cards": YELLOW_AND_RED_CARDS,
}

ReadableLimit = Annotated[Limit, BeforeValidator(limit_from)]
ReadableText = Annotated[Text, BeforeValidator(text_from)]
ReadableRung = Annotated[RungRule, BeforeValidator(_with_limits)]
ReadableOccasion = Annotated[OccasionRule, BeforeValidator(_with_limits)]
ReadableCaseLimits = Annotated[CaseLimits, BeforeValidator(_with_limits)]
ReadableRanking = Annotated[RankingRule, BeforeValidator(_ranking_from)]


class LadderEntry(Ladder):
    """A ladder: ``standard``, a list of rungs, or ``rules`` (either of these) and ``occasions``."""

    rules: Annotated[tuple[ReadableRung, ...], Field(max_length=len(RUNGS))] = ()
    occasions: Annotated[tuple[ReadableOccasion, ...], Field(max_length=MOST_OCCASIONS)] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict | list | str):
            return value  # pyright: ignore[reportUnknownVariableType]
        written: dict[str, object] = value if isinstance(value, dict) else {"rules": value}  # pyright: ignore[reportUnknownVariableType]
        return {**written, "rules": STANDARD_LADDER.rules} if written.get("rules") == "standard" else written


class AccountabilityEntry(AccountabilityRules):
    """The rules of accountability. ``rankings``: names of rules that cities use, or rules in full."""

    limits: ReadableCaseLimits = CaseLimits()
    rankings: Annotated[tuple[ReadableRanking, ...], Field(max_length=MOST_RANKINGS)] = ()
