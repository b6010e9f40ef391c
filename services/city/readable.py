"""The short forms a city file may use: ``2 working days`` for a limit, ``路灯处 / Street Lighting`` for a text."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from domain.ladder import STANDARD_LADDER, Ladder, RungRule
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


def _rung_from(value: Any) -> Any:
    """``{rung: remind, after_due: 2 working days}``, ``{rung: warn, share_of_limit: 80}``."""
    if isinstance(value, dict) and "after_due" in value:
        return {**value, "after_due": limit_from(value["after_due"])}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value  # pyright: ignore[reportUnknownVariableType]


def ladder_from(value: object) -> object:
    """Turn ``standard`` or a plain list of rungs into a ladder; leave the long form to the model."""
    if value == "standard":
        return STANDARD_LADDER
    if isinstance(value, list):
        return Ladder(rules=tuple(RungRule.model_validate(_rung_from(rung)) for rung in value))  # pyright: ignore[reportUnknownVariableType]
    return value


ReadableLimit = Annotated[Limit, BeforeValidator(limit_from)]
ReadableText = Annotated[Text, BeforeValidator(text_from)]
ReadableLadder = Annotated[Ladder, BeforeValidator(ladder_from)]
