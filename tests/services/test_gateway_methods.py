"""Methods, queries and paths that a route does not have are refused alike everywhere; HEAD is GET without a body."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.gateway_samples import City, issue_data, small_city

KNOWN = "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"
_DESCRIBED: dict[str, Any] = {}
TOLD_APART = {"date", "x-request-id", "content-length"}


@pytest_asyncio.fixture
async def city(database: DatabaseAddresses) -> AsyncIterator[City]:
    async with small_city(database) as opened:
        yield opened


def described(city: City) -> dict[str, Any]:
    """The paths of the API; describing it takes longer than any of these tests."""
    if not _DESCRIBED:
        _DESCRIBED.update(city.app.openapi()["paths"])
    return _DESCRIBED


def paths(city: City, method: str, prefix: str = "/v1/") -> list[str]:
    """Every path with that method, with something in the place of its parameters."""
    found: list[str] = []
    for path, operations in described(city).items():
        if method in operations and path.startswith(prefix):
            parts = [KNOWN if part.startswith("{") else part for part in path.split("/")]
            found.append("/".join(parts))
    return found


async def ask(city: City, method: str, path: str, who: str = "auditor", **headers: str) -> httpx.Response:
    async with city.client(who, **headers) as client:
        return await client.request(method, path)


async def test_a_parameter_that_a_route_does_not_have_is_refused_and_named(city: City) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        for path in paths(city, method):
            answer = await ask(city, method.upper(), f"{path}?nobody~knows/it=1")
            assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid"), path
            [fault] = answer.json()["errors"]
            assert (fault["pointer"], fault["code"]) == ("/query/nobody~0knows~1it", "extra_forbidden"), path


async def test_probes_take_whatever_a_monitor_appends(city: City) -> None:
    for path in paths(city, "get", "/"):
        if not path.startswith("/v1/"):
            assert (await ask(city, "GET", f"{path}?now=1")).is_success, path


async def test_a_parameter_that_counts_once_is_not_given_twice(city: City) -> None:
    answer = await ask(city, "GET", "/v1/units?gone=true&gone=false")
    [fault] = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"], fault["code"]) == (422, "/query/gone", "given_twice")
    assert (await ask(city, "GET", "/v1/items?unit=cleaning&unit=office")).is_success


async def test_two_idempotency_keys_are_none(city: City) -> None:
    async with city.client("office") as client:
        headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
        answer = await client.post("/v1/items", json=issue_data(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")


async def test_head_answers_as_get_does_but_for_the_body(city: City) -> None:
    for path in paths(city, "get", "/"):
        read, looked = await ask(city, "GET", path), await ask(city, "HEAD", path)
        assert looked.status_code == read.status_code, path
        assert looked.headers.keys() == read.headers.keys(), path
        same = {name for name in read.headers if name not in TOLD_APART}
        assert {name: looked.headers[name] for name in same} == {name: read.headers[name] for name in same}, path
        assert looked.content == b"", path


async def test_head_is_not_answered_where_nothing_can_be_read(city: City) -> None:
    answer = await ask(city, "HEAD", f"/v1/items/{KNOWN}/accept")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_other_methods_are_refused_with_those_there_are(city: City) -> None:
    for number, (path, operations) in enumerate(described(city).items()):
        answer = await ask(city, ("OPTIONS", "TRACE", "PROPFIND")[number % 3], path)
        there = {name.upper() for name in operations} | ({"HEAD"} if "get" in operations else set())
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), path
        assert there <= set(answer.headers["allow"].split(", ")), path


async def test_a_path_with_a_slash_at_its_end_is_another_path(city: City) -> None:
    for path in paths(city, "get", "/"):
        if "/log/tile/" in path or "/log/payload/" in path:
            continue  # what follows is a path of its own
        answer = await ask(city, "GET", f"{path}/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
