"""Webhooks over HTTP: what is accepted, what is shown only once, and every refusal."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from tests.services.webhook_office import Office, principal, webhook_office

URL = "http://127.0.0.1:9/duban?token=hidden"


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with webhook_office(database) as opened:
        yield opened


def body(**changes: Any) -> dict[str, Any]:
    return {"principal": principal("hotline"), "url": URL, **changes}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def patch(office: Office, webhook: str, change: dict[str, Any], **headers: str) -> httpx.Response:
    headers = {"Idempotency-Key": str(uuid4()), **headers}
    return await office.ask("administrator", "PATCH", f"/v1/webhooks/{webhook}", json=change, headers=headers)


async def test_a_webhook_is_registered_and_its_secret_shown_once(office: Office):
    answer = await office.post("/v1/webhooks", body(), key="first")
    assert answer.status_code == 201
    found = answer.json()
    assert found["secret"].startswith("whsec_")
    assert len(found["secret"]) == len("whsec_") + 44
    assert refusal(await office.post("/v1/webhooks", body(), key="first")) == (409, "webhook_secret_shown_once")
    other = body(url=URL + "2")
    assert refusal(await office.post("/v1/webhooks", other, key="first")) == (409, "idempotency_key_reused")
    assert [each["id"] for each in (await office.get("/v1/webhooks"))["webhooks"]] == [found["id"]]


async def test_neither_secret_nor_token_is_shown_or_stands_in_an_event(office: Office):
    found = (await office.post("/v1/webhooks", body())).json()
    shown = await office.ask("administrator", "GET", f"/v1/webhooks/{found['id']}")
    assert shown.json()["origin"] == "http://127.0.0.1:9"
    events = await office.city.parts.pool.fetch("SELECT data FROM es.event WHERE kind = 'webhook'")
    written = shown.text + "".join(row["data"].decode() for row in events)
    assert "hidden" not in written
    assert found["secret"] not in written
    assert found["secret"].removeprefix("whsec_") not in written


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("ftp://127.0.0.1/", "scheme"),
        ("https://10.0.0.1/", "not_public"),
        ("https://169.254.169.254/latest/meta-data", "not_public"),
        ("https://[::1]/", "not_public"),
        ("https://2130706434.0x0a000001/", "unresolved"),
        ("https://nowhere.invalid/", "unresolved"),
        ("http://8.8.8.8/", "not_encrypted"),
        ("https:///path", "host"),
    ],
)
async def test_an_address_that_leads_inside_or_nowhere_is_refused(office: Office, url: str, fault: str):
    answer = await office.post("/v1/webhooks", body(url=url))
    assert refusal(answer) == (422, "webhook_address_refused")
    assert answer.json()["facts"]["address_fault"] == fault
    found = (await office.post("/v1/webhooks", body())).json()
    assert refusal(await patch(office, found["id"], {"url": url, "reason": "搬迁"})) == (422, "webhook_address_refused")


@pytest.mark.parametrize("who", ["office", "auditor", "no such"])
async def test_only_back_office_systems_have_webhooks(office: Office, who: str):
    asked = body(principal=principal(who))
    assert refusal(await office.post("/v1/webhooks", asked)) == (422, "webhook_without_system")
    assert await office.city.parts.pool.fetchval("SELECT count(*) FROM private.webhook") == 0


async def test_an_unknown_type_is_refused(office: Office):
    asked = body(types=["duban.item.vanished.v1"])
    assert refusal(await office.post("/v1/webhooks", asked)) == (422, "unknown_outcome")


async def test_a_system_has_ten_webhooks_at_most(office: Office):
    for _ in range(10):
        assert (await office.post("/v1/webhooks", body())).status_code == 201
    assert refusal(await office.post("/v1/webhooks", body())) == (409, "too_many_webhooks")
    first = (await office.get("/v1/webhooks"))["webhooks"][0]
    await office.does(f"/v1/webhooks/{first['id']}/retire", {"reason": "不用了"})
    assert (await office.post("/v1/webhooks", body())).status_code == 201


@pytest.mark.parametrize("who", ["office", "hotline", "auditor", "cleaner"])
async def test_others_than_administrators_are_refused(office: Office, who: str):
    assert refusal(await office.post("/v1/webhooks", body(), who=who)) == (403, "role_not_allowed")


async def test_an_administrator_bound_to_an_area_is_refused(office: Office):
    await office.city.admit("east", Standing(role=Role.ADMINISTRATOR, area="east"))
    assert refusal(await office.post("/v1/webhooks", body(), who="east")) == (403, "bound_to_area")


async def test_no_name_is_looked_up_for_whoever_may_register_nothing(office: Office, monkeypatch: pytest.MonkeyPatch):
    async def looked_up(*_: Any) -> None:
        raise AssertionError("a name was looked up")

    webhook, _ = await office.webhook(URL)
    await office.city.admit("east", Standing(role=Role.ADMINISTRATOR, area="east"))
    monkeypatch.setattr("services.outgoing.guard.Guard.addresses", looked_up)
    change = {"json": {"url": "https://name.example/", "reason": "搬迁"}, "headers": {"Idempotency-Key": "k"}}
    for who in ("office", "east", "auditor"):
        assert (await office.post("/v1/webhooks", body(url="https://name.example/"), who=who)).status_code == 403
        assert (await office.ask(who, "PATCH", f"/v1/webhooks/{webhook}", **change)).status_code == 403


async def test_what_is_left_out_of_a_change_stays(office: Office):
    webhook, _ = await office.webhook(URL, types=("duban.item.closed.v1",))
    changed = await patch(office, webhook, {"url": "http://127.0.0.2:9/x", "reason": "搬迁"}, **{"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    shown = await office.get(f"/v1/webhooks/{webhook}")
    assert (shown["origin"], shown["types"]) == ("http://127.0.0.2:9", ["duban.item.closed.v1"])
    await patch(office, webhook, {"types": [], "reason": "要全部"})
    shown = await office.get(f"/v1/webhooks/{webhook}")
    assert (shown["origin"], shown["types"]) == ("http://127.0.0.2:9", [])
    stale = await patch(office, webhook, {"types": [], "reason": "要全部"}, **{"If-Match": '"1"'})
    assert refusal(stale) == (412, "version_mismatch")


async def test_steps_out_of_turn_are_refused(office: Office):
    webhook, _ = await office.webhook(URL)
    path, why = f"/v1/webhooks/{webhook}", {"reason": "停机"}
    assert refusal(await office.post(f"{path}/resume", why)) == (409, "webhook_active")
    await office.does(f"{path}/pause", why)
    assert refusal(await office.post(f"{path}/pause", why)) == (409, "webhook_not_active")
    assert refusal(await office.post(f"{path}/test", {})) == (409, "webhook_not_active")
    await office.does(f"{path}/retire", why)
    for step in ("pause", "resume", "retire"):
        assert refusal(await office.post(f"{path}/{step}", why)) == (404, "no_such_webhook")
    for step in ("test", "rotate-secret", "resend-dead"):
        assert refusal(await office.post(f"{path}/{step}", {})) == (404, "no_such_webhook")
    assert refusal(await patch(office, webhook, {"reason": "搬迁"})) == (404, "no_such_webhook")


async def test_a_secret_is_rotated_again_once_the_one_before_has_ended(office: Office):
    webhook, _ = await office.webhook(URL)
    path = f"/v1/webhooks/{webhook}/rotate-secret"
    assert (await office.post(path, {}, key="turn")).status_code == 200
    assert refusal(await office.post(path, {}, key="turn")) == (409, "webhook_secret_shown_once")
    assert refusal(await office.post(path, {})) == (409, "webhook_secret_rotated_just_now")
    office.city.clock.pass_by(timedelta(hours=24))
    assert (await office.post(path, {})).status_code == 200


async def test_only_what_was_given_up_is_resent(office: Office):
    webhook, _ = await office.webhook(URL)
    await office.does(f"/v1/webhooks/{webhook}/test", {})
    [waiting] = await office.deliveries(webhook)
    path = f"/v1/webhooks/{webhook}/deliveries"
    assert refusal(await office.post(f"{path}/{waiting['id']}/resend", {})) == (409, "delivery_not_dead")
    assert refusal(await office.post(f"{path}/{waiting['id'] + 1}/resend", {})) == (404, "no_such_delivery")
    missing = await office.ask("administrator", "GET", f"{path}/{waiting['id'] + 1}")
    assert refusal(missing) == (404, "no_such_delivery")


async def test_a_test_asked_for_twice_under_one_key_is_sent_once(office: Office):
    webhook, _ = await office.webhook(URL)
    first = await office.post(f"/v1/webhooks/{webhook}/test", {}, key="once")
    again = await office.post(f"/v1/webhooks/{webhook}/test", {}, key="once")
    assert first.json() == again.json()
    assert len(await office.deliveries(webhook)) == 1


async def test_lists_are_read_page_by_page(office: Office):
    webhooks = {(await office.webhook(URL))[0] for _ in range(3)}
    first = await office.get("/v1/webhooks", limit=2)
    second = await office.get("/v1/webhooks", limit=2, after=first["next_after"])
    assert {each["id"] for each in first["webhooks"] + second["webhooks"]} == webhooks
    assert second["next_after"] is None
    webhook = webhooks.pop()
    for _ in range(3):
        await office.does(f"/v1/webhooks/{webhook}/test", {})
    page = await office.get(f"/v1/webhooks/{webhook}/deliveries", limit=2)
    rest = await office.get(f"/v1/webhooks/{webhook}/deliveries", limit=2, after=page["next_after"])
    assert (len(page["deliveries"]), len(rest["deliveries"]), rest["next_after"]) == (2, 1, None)


async def test_operators_see_what_waits_and_what_was_given_up(office: Office):
    webhook, _ = await office.webhook(URL)
    await office.does(f"/v1/webhooks/{webhook}/test", {})
    text = (await office.ask("administrator", "GET", "/metrics")).text
    assert 'duban_webhook_deliveries{state="pending"} 1.0' in text
    assert 'duban_webhook_deliveries{state="dead"} 0.0' in text
    assert "duban_webhook_oldest_pending_seconds" in text


@pytest.mark.parametrize("path", ["not-a-uuid", "0c7be01d-1f2f-5f5e-9c3e-0b8a3b8a9a01"])
async def test_an_unknown_webhook_is_not_found(office: Office, path: str):
    answer = await office.ask("administrator", "GET", f"/v1/webhooks/{path}")
    assert refusal(answer) in {(404, "no_such_webhook"), (422, "input_invalid")}


async def test_the_description_says_what_receivers_get(office: Office):
    document = (await office.ask("administrator", "GET", "/openapi.json")).json()
    operation = document["webhooks"]["outcome"]["post"]
    assert "application/cloudevents+json" in operation["requestBody"]["content"]
    assert {each["name"] for each in operation["parameters"]} == {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }
    assert "overdue" in document["components"]["schemas"]["OutcomeData"]["properties"]
