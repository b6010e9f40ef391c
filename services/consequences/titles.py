"""What acts and cases that follow by themselves are called, in both languages."""

from collections.abc import Mapping

from domain.rulebook.rulebook import Rulebook
from domain.text import Text
from services.messages.catalogue import fill, section

_LONGEST = 2000


def title_of(cause: str, what: str, facts: Mapping[str, str], unit: str, rules: Rulebook) -> Text:
    """The title of an act of a kind, or of a case, after a ``rung`` or a ``ranking``, against a unit."""
    templates = section("consequences")[cause][what]
    known = rules.units.get(unit)
    zh, en = (known.name.zh, known.name.en) if known else (unit, unit)
    return Text(
        zh=fill(templates["zh"], {**facts, "unit": zh}, "zh")[:_LONGEST],
        en=fill(templates["en"], {**facts, "unit": en}, "en")[:_LONGEST],
    )
