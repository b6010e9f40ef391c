"""Which fields of events hold what people wrote, so that it can be searched, and picks it out of their content.

Names that an object goes by, numbers, codes and ids are found by the object. What is said of a person stands in an
erasable table and in no event. A test asks of every new field of text whether it belongs here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

# The way to each from the top; lists on it are walked through.
WRITTEN: tuple[tuple[str, ...], ...] = (
    ("reason",),
    ("reasons",),
    ("account",),
    ("note",),
    ("text",),
    ("statement",),
    ("finding",),
    ("remark",),
    ("undertaking",),
    ("authority",),
    ("evidence", "note"),
    ("issue", "title"),
    ("issue", "description"),
    ("issue", "location", "address"),
    ("issue", "evidence", "note"),
    ("cause", "reason"),
    ("cause", "title"),
    ("title",),
    ("title", "zh"),
    ("title", "en"),
    ("owed", "task"),
    ("owed", "responsibility"),
    ("owed", "milestones", "name", "zh"),
    ("owed", "milestones", "name", "en"),
    ("content", "criticisms", "title", "zh"),
    ("content", "criticisms", "title", "en"),
)


def written_in(content: object) -> str:
    """What people wrote, one text to a line, of an event's JSON as it was parsed; empty where they wrote nothing."""
    return "\n".join(text for path in WRITTEN for text in _texts(content, path))


def _texts(value: object, path: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _texts(each, path)
    elif path and isinstance(value, Mapping):
        yield from _texts(cast("Mapping[str, object]", value).get(path[0]), path[1:])
    elif not path and isinstance(value, str):
        yield value
