"""Puts notices into words: one line each, several in a digest, cut to what a platform takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.rulebook.rulebook import Rulebook
from services.messages.catalogue import Language, section, word

FALLBACK_TIMEZONE = "Asia/Shanghai"
MOST_LINES = 20
_LONGEST_TEXT = 200
_NOTHING = "—"


class _Facts(dict[str, str]):
    """What is not known shows as a dash instead of stopping a message."""

    def __missing__(self, _name: str) -> str:
        return _NOTHING


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in words: the title for mail, the text for everybody."""

    title: str
    body: str


def timezone_of(rules: Rulebook) -> str:
    """The city's time zone: that of the calendar in force."""
    return rules.regime().calendar.timezone if rules.policies else FALLBACK_TIMEZONE


def line_of(topic: str, facts: Mapping[str, Any], rules: Rulebook, language: Language) -> str:
    """One notice in one line, its instants in the city's time."""
    texts = section("notices")["topics"].get(topic)
    if texts is None:
        return topic
    zone = ZoneInfo(timezone_of(rules))
    if language == "en" and "english_title" in facts:
        facts = {**facts, "title": facts["english_title"]}
    known = _Facts({name: _said(name, value, rules, zone, language) for name, value in facts.items()})
    return texts[language].format_map(known)


def letter_of(lines: Sequence[str], reference: str, language: Language, most_bytes: int) -> Letter:
    """One message of one or more lines that fits into so many bytes of UTF-8; what finds no room is counted."""
    ending = _frame("reference", language, reference=reference)
    if len(lines) == 1:
        (line,) = lines
        room = most_bytes - len(f"{_frame('single', language, line='')}\n{ending}".encode())
        line = _cut(line, room)
        body = f"{_frame('single', language, line=line)}\n{ending}"
        return Letter(_frame("mail_title", language, line=_cut(line, _LONGEST_TEXT)), body)
    head = _frame("digest", language, count=len(lines))
    room = most_bytes - len(f"{head}\n{_frame('more', language, count=len(lines))}\n{ending}".encode())
    shown: list[str] = []
    for number, line in enumerate(lines[:MOST_LINES], start=1):
        numbered = f"{number}. {line}"
        room -= len(numbered.encode()) + 1
        if room < 0:
            break
        shown.append(numbered)
    rest = len(lines) - len(shown)
    more = [_frame("more", language, count=rest)] if rest else []
    return Letter(_frame("mail_title_digest", language, count=len(lines)), "\n".join([head, *shown, *more, ending]))


def repeated_mark(language: Language) -> str:
    """What stands before a message that may have been shown already."""
    return _frame("repeated", language)


def _frame(name: str, language: Language, **facts: object) -> str:
    return str(section("notices")["frame"][name][language]).format_map(
        _Facts({key: str(value) for key, value in facts.items()})
    )


def _said(name: str, value: Any, rules: Rulebook, zone: ZoneInfo, language: Language) -> str:
    match name:
        case "due":
            return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}"
        case "unit":
            found = rules.units.get(value)
            return getattr(found.name, language) if found else str(value)
        case "rung":
            return word("rung", value, language)
        case "series" | "measure" | "clock":
            found = section("notices")[name].get(value)
            return found[language] if found else str(value)
        case _:
            return _cut(" ".join(str(value).split()), _LONGEST_TEXT)


def _cut(text: str, most_bytes: int) -> str:
    """The text, or as much of it as fits, ending in an ellipsis."""
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: max(most_bytes - 3, 0)].decode(errors="ignore") + "…"
