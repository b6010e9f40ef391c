"""Issue events such as a hotline sends, in any number, no two with the same id."""

import itertools
from datetime import UTC, datetime
from typing import Any

import orjson

SOURCE = "benchmark-hotline"
CATEGORIES = ("rubbish", "stalls", "lamps", "greenery", "wires")
AREAS = ("east-1", "east-2", "west-1", "west-2")
_numbers = itertools.count(1)


def issue(*, reporter: bool = False) -> dict[str, Any]:
    number = next(_numbers)
    named = {"reporter": {"name": f"市民{number}", "phone": f"138{number:08}"}} if reporter else {}
    return {
        "specversion": "1.0",
        "id": f"case-{number:08}",
        "source": SOURCE,
        "type": "duban.issue.reported.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {
            "channel": "hotline",
            "category": CATEGORIES[number % len(CATEGORIES)],
            "area": AREAS[number % len(AREAS)],
            "title": f"市民反映第 {number} 号问题",
            "description": "早高峰期间占用人行道，多次反映未整改，请尽快处理并回复。",
            "location": {"address": f"人民路 {number % 500} 号", "latitude": "31.230416", "longitude": "121.473701"},
            "evidence": [{"uri": f"https://photos.example/{number}.jpg", "kind": "before"}],
            **named,
        },
    }


def single_bodies(count: int) -> list[bytes]:
    return [orjson.dumps(issue()) for _ in range(count)]


def batch_bodies(count: int, size: int, *, reporters: bool = False) -> list[bytes]:
    return [orjson.dumps([issue(reporter=reporters) for _ in range(size)]) for _ in range(count)]
