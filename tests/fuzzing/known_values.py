"""Names for what there is in the city, to put into requests before there is a city: most of them then find something.

A name is written like the id it stands for, so that descriptions of requests can be made once, before any server runs;
`in_place_of_names` puts the ids in on the way.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.subjects import CASE_STEPS, ITEM_STEPS

_OFTEN, _SOMETIMES = 0.8, 0.5
_MARK = "5ca1ab1e"
_NAME = re.compile(rb"5ca1ab1e[0-9a-f-]*")
ITEMS = tuple(f"item {step}" for step in ITEM_STEPS)
CASES = ("case opened", *(f"case {step}" for step, _, _ in CASE_STEPS))
OBLIGATIONS = ("duty open", "duty overdue", "duty appealed", "task open", "task submitted", "letter")
ACTS = ("act planned", "act issued", "act summons")
OTHERS = (
    "webhook",
    "webhook paused",
    "bulk working",
    "bulk resting",
    "bulletin",
    "channel",
    "document",
    "key",
    "message",
    "notice",
    "person",
    "principal",
    "question",
)
NAMED = (*ITEMS, *CASES, *OBLIGATIONS, *ACTS, *OTHERS)
PLAIN = ("campaign", "campaign draft", "delivery")  # known before there is a city
_NAMED_BY: dict[str, tuple[str, ...]] = {
    "path.item_id": ITEMS,
    "path.case_id": CASES,
    "path.obligation_id": OBLIGATIONS,
    "path.act_id": ACTS,
    "path.operation_id": ("bulk working", "bulk resting"),
    "path.webhook_id": ("webhook", "webhook paused"),
    "path.channel_id": ("channel",),
    "path.notice_id": ("notice",),
    "path.message_id": ("message",),
    "path.question_id": ("question",),
    "path.bulletin_id": ("bulletin",),
    "path.person_id": ("person",),
    "path.principal_id": ("principal",),
    "path.key_id": ("key",),
    "path.sha256": ("document",),
    "path.stream_id": (*ITEMS, *CASES, *ACTS, "bulletin", "principal", "channel"),
    "path.person": ("person", "principal"),
    "body.into": ITEMS,
    "body.principal": ("principal",),
    "body.item": ITEMS,
    "body.bulletin": ("bulletin",),
    "query.item": ITEMS,
    "query.stream": CASES,
    "query.person": ("person", "principal"),
}
_UNITS, _AREAS = ["office", "cleaning", "cleaning-1", "parks"], ["city", "east", "east-1", "east-a", "west", "west-a"]
_WORDS: dict[str, list[Any]] = {
    "path.campaign_id": ["east-2027", "west-2027", "east-2027-draft"],
    "path.unit": _UNITS,
    "path.area": _AREAS,
    "path.code": [*_UNITS, *_AREAS, "on_time_disposal", "closure"],
    "path.designation": ["model"],
    "path.delivery": [1, 2, 3],
    "path.catalogue_id": ["city"],
    "path.policy_id": ["city"],
    "path.calendar_id": ["cn"],
    "path.ref": ["city@1", "cn@1", "standard@1"],
    "path.name": ["town", "community"],
    "path.position": [0, 1, 100],
    "path.size": [1, 100],
    "path.path": ["0/000", "entries/000.p/7", "0/000.p/255", "entries/x001/000", "1/000.p/1"],
    "body.unit": _UNITS,
    "body.area": _AREAS,
    "body.category": ["rubbish", "lamps"],
    "body.clock_id": ["rectify-1", "duty-1"],
    "body.phase_id": ["mobilisation", "rectification", "upkeep"],
    "body.designation": ["model"],
    "query.unit": _UNITS,
    "query.area": _AREAS,
    "query.category": ["rubbish", "lamps"],
    "query.campaign": ["east-2027", "west-2027"],
}


def name_of(side: str, subject: str) -> str:
    """What stands for a subject of a side: a UUID, or as many digits as its id has."""
    digits = hashlib.sha256(f"{side} {subject}".encode()).hexdigest()
    if subject == "document":
        return _MARK + digits[8:64]
    if subject == "key":
        return _MARK + digits[8:16]
    return f"{_MARK}-{digits[8:12]}-5{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def dictionaries() -> dict[str, Any]:
    """The parts of schemathesis' configuration that say which values to try."""
    values = dict(_WORDS) | {
        place: [name_of(side, subject) for side in ("own", "foreign") for subject in subjects]
        for place, subjects in _NAMED_BY.items()
    }
    return {
        "dictionaries": {place.replace(".", "-"): {"values": found} for place, found in values.items()},
        "parameters": {
            place: {
                "dictionary": place.replace(".", "-"),
                "probability": _OFTEN if place.startswith("path") else _SOMETIMES,
            }
            for place in values
        },
    }


def _ids(city: FuzzedCity) -> Iterator[tuple[bytes, bytes]]:
    for title, side in (("own", city.own), ("foreign", city.foreign)):
        for subject in NAMED:
            yield name_of(title, subject).encode(), side.ids[subject].encode()


class Names:
    """Knows the ids of one city."""

    def __init__(self, city: FuzzedCity) -> None:
        self._ids = dict(_ids(city))

    def in_place_of_names(self, content: bytes) -> bytes:
        """The same with ids."""
        return _NAME.sub(partial(_known, self._ids), content) if _MARK.encode() in content else content


def _known(ids: dict[bytes, bytes], found: re.Match[bytes]) -> bytes:
    return ids.get(found[0], found[0])
