"""The API's description: complete, consistent, true, and shown without anything from elsewhere."""

import asyncio
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.gateway.app import create_app
from services.gateway.bodies import JsonBody
from services.gateway.description import _bodies, _routes
from services.messages.catalogue import section
from services.settings import Settings

APP = create_app(Settings(database_app_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing")))
DOCUMENT = APP.openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
VERSIONED = [(name, operation) for name, operation in OPERATIONS if " /v1/" in name]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        assert reference.rpartition("/")[2] in DOCUMENT["components"]["schemas"], reference


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


# What the log commits to is of use only if everybody can keep it.
OPEN_TO_ALL = {
    "GET /v1/log/checkpoint",
    "GET /v1/log/checkpoints",
    "GET /v1/log/checkpoints/{size}",
    "GET /v1/log/keys",
    "GET /v1/log/timestamps",
}


@pytest.mark.parametrize(("name", "operation"), VERSIONED, ids=[name for name, _ in VERSIONED])
def test_every_operation_says_what_it_does_takes_and_answers(name: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    [tag] = operation["tags"]
    assert tag in {known["name"] for known in DOCUMENT["tags"]}
    for parameter in operation.get("parameters", []):
        assert parameter["in"] == "path" or parameter.get("description"), parameter["name"]
    answers = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    assert answers
    for status, answer in answers.items():
        for content in answer.get("content", {}).values():
            assert status == "204" or "example" in content or "examples" in content
    asks_who = set[str]() if name in OPEN_TO_ALL else {"401"}
    assert {"500", "503", *asks_who} <= set(operation["responses"])
    if name.startswith(("POST", "PUT")):
        assert "requestBody" in operation
        assert {"400", "409", "413", "415", "422"} <= set(operation["responses"])


@pytest.mark.parametrize(("name", "operation"), VERSIONED, ids=[name for name, _ in VERSIONED])
def test_every_documented_problem_code_has_its_text(name: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        problem = answer.get("content", {}).get("application/problem+json")
        if problem is not None:
            for code, example in problem["examples"].items():
                assert code in section("problems"), (name, code)
                assert str(example["value"]["status"]) == status


def bodies() -> list[JsonBody[Any]]:
    return [body for route in _routes(APP) for body in _bodies(route.dependant)]


@pytest.mark.parametrize("body", bodies(), ids=lambda body: body.model.__name__)
def test_every_example_of_a_body_is_taken(body: JsonBody[Any]) -> None:
    for example in body.examples.values():
        body.model.model_validate(example)
    assert body.examples or not body.required


async def test_others_are_answered_while_the_document_is_drawn_up(monkeypatch: pytest.MonkeyPatch) -> None:
    app, begun, go_on = create_app(Settings()), asyncio.Event(), threading.Event()
    app.openapi_schema = DOCUMENT
    loop = asyncio.get_running_loop()

    def slowly(_document: object) -> str:
        loop.call_soon_threadsafe(begun.set)
        return str(go_on.wait(60))

    monkeypatch.setattr("services.gateway.description.page", slowly)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        asked = [asyncio.create_task(client.get(path)) for path in ("/openapi.json", "/docs")]
        await begun.wait()
        assert (await client.get("/health")).status_code == 200
        assert not any(each.done() for each in asked)
        go_on.set()
        document, drawn = await asyncio.gather(*asked)
    assert (document.json()["openapi"], drawn.text) == (DOCUMENT["openapi"], "True")


async def test_the_page_shows_every_operation_and_loads_nothing() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://gateway") as client:
        answer = await client.get("/docs")
        document = await client.get("/openapi.json")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert document.json()["openapi"].startswith("3.1")
    page = answer.text
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    for name, operation in OPERATIONS:
        assert name.split(" ")[1] in page
        assert operation["summary"] in page
