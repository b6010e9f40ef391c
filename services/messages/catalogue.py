"""Looks texts up and fills them in: problems, faults in fields, events, and the words of the field."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from services import messages

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

# Facts whose values are words of the field: the name of the fact → the group of words.
_WORDS = {
    "status": "status",
    "role": "role",
    "command": "command",
    "rung": "rung",
    "kind": "clock",
    "act_kind": "act_kind",
    "act_status": "act_status",
    "address_fault": "address_fault",
    "delivery_state": "delivery_state",
    "measure": "measure",
    "proposed": "measure",
    "subject": "access_subject",
    "change": "key_change",
}


@dataclass(frozen=True, slots=True)
class ProblemText:
    """The title says the kind of problem, the detail this one."""

    title: str
    detail: str


class _Facts(dict[str, str]):
    """Facts for a template; one that is missing shows as a dash instead of failing the answer."""

    def __missing__(self, _name: str) -> str:
        return "—"


def problem_text(code: str, facts: Mapping[str, Any], language: Language) -> ProblemText:
    """Title and detail of a problem; an unknown code says itself."""
    found = section("problems").get(code)
    if found is None:
        return ProblemText(code, code)
    text = found[language]
    return ProblemText(text["title"], fill(text["detail"], facts, language))


def field_text(code: str, facts: Mapping[str, Any], language: Language, *, fallback: str) -> str:
    """What is wrong with a field. Chinese has a general text for kinds without their own, English the fallback."""
    found = section("fields").get(code)
    if found is not None:
        return fill(found[language], facts, language)
    return fallback if language == "en" else fill(section("fields")["other"]["zh"], {"english": fallback}, language)


def word(group: str, value: str, language: Language) -> str:
    """A word of the field, such as the name of a status; an unknown one says itself."""
    found = section("words").get(group, {}).get(value)
    return value if found is None else found[language]


def words_of(facts: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The facts as texts, those with words of the field in that language."""
    return {
        name: word(_WORDS[name], str(value), language) if name in _WORDS else str(value)
        for name, value in facts.items()
    }


def fill(template: str, facts: Mapping[str, Any], language: Language) -> str:
    """A template with its placeholders filled in."""
    return template.format_map(_Facts(words_of(facts, language)))


@cache
def section(name: str) -> dict[str, Any]:
    """One file of the catalogue."""
    return yaml.safe_load(files(messages).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
