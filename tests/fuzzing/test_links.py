"""Every link of the OpenAPI document is followed from something really made to what can be done with it."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple

import httpx
import pytest

from tests.fuzzing.asking import ASKED, Asking
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.reach import question
from tests.fuzzing.rights import ALLOWED

pytestmark = pytest.mark.timeout(600)
FEWEST = 130


class Link(NamedTuple):
    """Where it begins, what it is named, and where its values stand in the answer."""

    path: str
    status: int
    target: str
    parameters: Mapping[str, str]


def links(document: Mapping[str, Any]) -> Iterator[Link]:
    for path, operations in document["paths"].items():
        for status, response in operations.get("post", {}).get("responses", {}).items():
            for link in response.get("links", {}).values():
                yield Link(path, int(status), link["operationId"], link["parameters"])


class Follower:
    """Makes something on its own side, and follows one link from there."""

    def __init__(self, city: FuzzedCity) -> None:
        self.city = city
        self.document = city.city.app.openapi()
        self.found = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
        }

    async def follow(self, link: Link) -> str | None:
        """What is wrong with it."""
        async with self.city.undone():
            operation = self.document["paths"][link.path]["post"]["operationId"]
            made = await self._ask("POST", link.path, ASKED.get(operation, Asking()))
            if made.status_code != link.status:
                return f"{link.path}: {made.status_code} {made.text[:200]}"
            method, path, described = self.found[link.target]
            for name, told in link.parameters.items():
                value = reduce(_within, told.partition("#/")[2].split("/"), made.json())
                path = path.replace(f"{{{name}}}", str(value))
            answer = await self._ask(method, path, ASKED.get(link.target, Asking()), self.found[link.target][1])
        documented = described["responses"].get(str(answer.status_code))
        if documented is None or answer.status_code in {400, 401, 403, 404} or answer.status_code >= 500:
            return f"{link.path} to {method} {path}: {answer.status_code} {answer.text[:200]}"
        return None

    async def _ask(self, method: str, path: str, asking: Asking, template: str | None = None) -> httpx.Response:
        put = question(asking, method, path, self.city.own)
        who = self.city.city.keys[ALLOWED[method, template or path][0]]
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": f"{method} {template}".replace(" ", "-")}
        request = {**put.request, "headers": {**put.request.get("headers", {}), **headers}}
        return await self.city.client.request(method, put.path, **request)


def _within(value: Any, key: str) -> Any:
    return value[int(key)] if isinstance(value, list) else value[key]


def test_every_link_leads_to_what_was_made(living: LoopThread[FuzzedCity]) -> None:
    follower = Follower(living.opened)
    found = [*links(follower.document)]

    async def followed() -> list[str]:
        return [wrong for link in found if (wrong := await follower.follow(link))]

    assert living.run(followed(), None) == []
    assert len(found) >= FEWEST
