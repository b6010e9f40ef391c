"""Writes the issue events that the city's back-office system fires: varied, in Chinese, the same for the same seed."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services import demo
from services.demo.cast import SOURCE

TYPE = "duban.issue.reported.v1"
_PHOTO = "https://photos.wanglan.example/{id}/before.jpg"
_SURNAMES = "赵钱孙李周吴郑王冯陈卫蒋沈韩杨"


@dataclass(frozen=True, slots=True)
class BadInput:
    """Something that must be refused, with the code it must be refused with."""

    content: bytes
    media_type: str
    expected: str


@cache
def _templates() -> Mapping[str, Any]:
    return yaml.safe_load(files(demo).joinpath("issues.yaml").read_text(encoding="utf-8"))


def issue_events(count: int, seed: int) -> list[dict[str, Any]]:
    """Return that many CloudEvents in structured form, every category among them when there are enough."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    categories = list(_templates()["issues"])
    chance.shuffle(categories)
    return [_event(f"WL{seed}-{number:05d}", categories[number % len(categories)], chance) for number in range(count)]


def _event(event_id: str, category: str, chance: random.Random) -> dict[str, Any]:
    templates = _templates()
    channels = templates["channels"]
    area = chance.choice(list(templates["roads"]))
    grid = f"{area}-{chance.choice((1, 2))}"
    place = f"{chance.choice(templates['roads'][area])}{chance.randrange(1, 190)}号{chance.choice(templates['spots'])}"
    title, description = chance.choice(templates["issues"][category])
    data: dict[str, Any] = {
        "channel": chance.choices(list(channels), weights=list(channels.values()))[0],
        "category": category,
        "area": chance.choice((area, grid)),
        "title": title.format(place=place),
        "description": description,
        "location": {
            "address": f"望澜市{place}",
            "latitude": f"30.{chance.randrange(480000, 620000)}",
            "longitude": f"114.{chance.randrange(210000, 390000)}",
        },
        "evidence": [{"uri": _PHOTO.format(id=event_id), "kind": "before"}],
    }
    if data["channel"] in {"hotline", "complaint"}:
        title_ = chance.choice(("先生", "女士"))
        data["reporter"] = {
            "name": f"{chance.choice(_SURNAMES)}{title_}",
            "phone": f"1390000{chance.randrange(10_000):04d}",
        }
    return {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": TYPE, "data": data}


def bad_inputs(seed: int) -> list[BadInput]:
    """Return what a back-office system gets wrong on a bad day, each with the answer it must get."""
    good = issue_events(1, seed + 1)[0] | {"id": f"WL{seed}-bad"}
    structured = "application/cloudevents+json"

    def spoilt(expected: str, media_type: str = structured, **changes: Any) -> BadInput:
        data = good["data"] | changes.pop("data", {})
        content = json.dumps(good | {"data": data} | changes, ensure_ascii=False).encode()
        return BadInput(content, media_type, expected)

    return [
        spoilt("unknown_category", data={"category": "no-such-category"}),
        spoilt("unknown_area", data={"area": "area-nowhere"}),
        spoilt("reported_in_future", time="2098-01-01T00:00:00Z"),
        spoilt("due_in_past", data={"rectify_by": "2001-01-01T00:00:00Z"}),
        spoilt("input_invalid", data={"title": ""}),
        spoilt("input_invalid", data={"colour": "red"}),
        spoilt("input_invalid", data={"channel": 12345}),
        spoilt("input_invalid", specversion="0.3"),
        spoilt("source_not_yours", source="https://somebody-else.example"),
        spoilt("wrong_media_type", media_type="text/plain"),
        BadInput(b"{", structured, "malformed_json"),
        BadInput('{"id": "缺"'.encode("gb18030"), structured, "malformed_json"),
    ]
