"""Health, readiness, metrics, and what the API says about itself."""

import asyncio
from typing import Any

import asyncpg
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.gateway.app import create_app
from services.settings import Settings
from tests.services.gateway_samples import City, empty_city, issue_event, small_city

STRUCTURED = "application/cloudevents+json"


async def get(city: City, path: str) -> Any:
    async with city.client("administrator", Authorization="") as client:
        return await client.get(path)


async def test_health_needs_no_database(short_folder: Any) -> None:
    app = create_app(Settings(database_app_url=SecretStr(f"postgresql://duban_app@/duban?host={short_folder}")))
    async with app.router.lifespan_context(app):
        city = City(app, lambda: None, {"administrator": ""})  # pyright: ignore[reportArgumentType]
        health, ready, metrics = await asyncio.gather(get(city, "/health"), get(city, "/ready"), get(city, "/metrics"))
    assert (health.status_code, health.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()["missing"]["code"]) == (503, "database_away")
    assert "duban_database_up 0.0" in metrics.text


async def test_health_and_readiness_answer_load_balancers_that_ask_for_heads_only(database: DatabaseAddresses) -> None:
    async with small_city(database) as city, city.client("administrator", Authorization="") as client:
        assert [(await client.head(path)).status_code for path in ("/health", "/ready")] == [200, 200]


async def test_ready_says_that_nothing_is_published(database: DatabaseAddresses) -> None:
    async with empty_city(database) as city:
        ready = await get(city, "/ready")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert ready.json()["missing"]["code"] == "no_policy_published"
    assert ready.json()["missing"]["detail"]["zh"]


async def test_ready_says_that_the_schema_is_old(database: DatabaseAddresses) -> None:
    connection = await asyncpg.connect(database.superuser)
    await connection.execute("UPDATE es.schema_version SET version_num = '0000'")
    await connection.close()
    async with empty_city(database) as city:
        ready = await get(city, "/ready")
    assert (ready.status_code, ready.json()["missing"]["code"]) == (503, "schema_not_current")


async def test_ready_when_everything_is_there(database: DatabaseAddresses) -> None:
    async with small_city(database) as city:
        ready = await get(city, "/ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": None})


async def test_metrics_count_requests_commands_and_events(database: DatabaseAddresses) -> None:
    async with small_city(database) as city:
        async with city.client() as client:
            for number in (1, 2, 2):
                await client.post("/v1/events", json=issue_event(number), headers={"Content-Type": STRUCTURED})
            refused = issue_event(3)
            refused["data"]["category"] = "unheard-of"
            await client.post("/v1/events", json=refused, headers={"Content-Type": STRUCTURED})
            await client.get("/v1/items/nonsense/of/any/kind")
        text = (await get(city, "/metrics")).text
    assert 'duban_http_requests_total{method="POST",route="/v1/events",status="200"} 3.0' in text
    assert 'duban_http_requests_total{method="POST",route="/v1/events",status="422"} 1.0' in text
    assert 'duban_http_requests_total{method="GET",route="unknown",status="404"} 1.0' in text
    assert 'duban_commands_total{command="ReportIssue",outcome="accepted"} 3.0' in text
    assert 'duban_commands_total{command="ReportIssue",outcome="unknown_category"} 1.0' in text
    assert "duban_log_entries 0.0" in text
    assert 'duban_pool_connections{use="most"} 16.0' in text
    assert "duban_database_up 1.0" in text


async def test_the_api_describes_every_route_of_events_and_documents(database: DatabaseAddresses) -> None:
    async with empty_city(database) as city:
        document = (await get(city, "/openapi.json")).json()
        page = await get(city, "/docs")
    assert page.status_code == 200
    events = document["paths"]["/v1/events"]["post"]
    assert set(events["requestBody"]["content"]) == {
        STRUCTURED,
        "application/cloudevents-batch+json",
        "application/json",
    }
    assert {"400", "401", "403", "409", "413", "415", "422", "503"} <= set(events["responses"])
    referenced = set(_references(document))
    assert referenced <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    for path in ("/v1/policies", "/v1/catalogues", "/v1/calendars", "/v1/units", "/v1/areas"):
        [content] = document["paths"][path]["post"]["requestBody"]["content"].values()
        assert content["examples"]


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
