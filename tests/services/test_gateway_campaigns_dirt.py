"""Whatever is sent to the routes about campaigns and obligations: a problem document, and never a fault of ours."""

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.gateway.bodies import JsonBody
from services.gateway.description import _bodies, _routes
from tests.services.campaign_city import CAMPAIGN_ID, MARCH, CampaignTown, campaign_town

STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**63,
    "",
    " ",
    "\u0000",
    "\ud83d\ude00" * 200,
    [],
    {},
    [[]],
    "9999-12-31",
    1e308,
)
ROUTES = ("/v1/campaigns", "/v1/obligations", "/v1/campaign-templates")


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with campaign_town(database) as opened:
        await opened.started()
        opened.go_to(MARCH)
        yield opened


def spoilt(value: Any) -> Iterator[Any]:
    """The value with one part after the other replaced by something strange, or gone."""
    yield from STRANGE
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(parts):
        for strange in spoilt(part):
            changed = deepcopy(value)
            changed[key] = strange
            yield changed
        if isinstance(value, dict):
            yield {name: kept for name, kept in value.items() if name != key}


def paths(template: str) -> list[str]:
    values = {
        "{campaign_id}": CAMPAIGN_ID,
        "{obligation_id}": str(uuid4()),
        "{designation}": "model",
        "{area}": "east-a",
        "{name}": "town",
    }
    right = template
    for name, value in values.items():
        right = right.replace(name, value)
    odd = template
    for name in values:
        odd = odd.replace(name, "%E6%B3%A2%F0%9F%98%80'%22;--")
    return [right] if right == odd else [right, odd]


async def test_no_body_makes_a_fault_of_ours(people: CampaignTown) -> None:
    seen: set[int] = set()
    async with people.city.client("office") as client:
        for route in _routes(people.city.app):
            if not route.path_format.startswith(ROUTES):
                continue
            for body in _bodies(route.dependant):
                for example in body.examples.values() or [{}]:
                    # Every third of the thousands there are, so that it takes seconds.
                    for strange in itertools.islice(spoilt(example), 0, 900, 3):
                        content = json.dumps(strange)
                        [method] = route.methods
                        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
                        answer = await client.request(
                            method, paths(route.path_format)[0], content=content, headers=headers
                        )
                        assert answer.status_code < 500, (route.path_format, content, answer.text)
                        seen.add(answer.status_code)
                assert isinstance(body, JsonBody)
    assert {400, 404, 422} <= seen


async def test_no_path_or_parameter_makes_a_fault_of_ours(people: CampaignTown) -> None:
    document = people.city.app.openapi()
    async with people.city.client("office") as client:
        for template, operations in document["paths"].items():
            if not template.startswith(ROUTES) or "get" not in operations:
                continue
            names = [each["name"] for each in operations["get"].get("parameters", []) if each["in"] == "query"]
            for path in paths(template):
                assert (await client.get(path)).status_code < 500, path
                for name, value in itertools.product(names, ("", "x", "-1", "2026-13-01", "😀", "a,b", "%", "9" * 400)):
                    answer = await client.get(path, params={name: value})
                    assert answer.status_code < 500, (path, name, value, answer.text)
