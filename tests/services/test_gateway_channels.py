"""Channels, inboxes and preferences over HTTP: who may, what is refused, and that no secret ever shows."""

import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.store.event_store import EventStore
from tests.services.item_city import Town, town

TOKEN = "token-that-nobody-sees"  # noqa: S105 - of no robot
SECRET = "secret-that-nobody-sees"  # noqa: S105 - of no robot
ROBOT = {
    "kind": "dingtalk",
    "name": "环卫处群",
    "serves": {"kind": "unit", "unit": "cleaning"},
    "address": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "secret": SECRET,
}


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


async def registered(people: Town, **changes: Any) -> str:
    answer = await people.post("administrator", "/v1/channels", {**ROBOT, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def put(people: Town, who: str, path: str, body: Any) -> tuple[int, Any]:
    answer = await people.ask(who, "PUT", path, json=body, headers={"Idempotency-Key": str(uuid4())})
    return answer.status_code, answer.json()


async def test_token_and_secret_stand_in_no_answer_no_event_and_no_log(
    people: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = await registered(people)
    changed = {**{k: v for k, v in ROBOT.items() if k != "kind"}, "reason": "改名"}
    assert (await put(people, "administrator", f"/v1/channels/{channel}", changed))[0] == 200
    shown = (await people.get("administrator", f"/v1/channels/{channel}")).text
    shown += (await people.get("administrator", "/v1/channels")).text
    assert "oapi.dingtalk.com" in shown
    events = await EventStore(people.city.parts.pool).stream(UUID(channel))
    everything = shown + "".join(event.data.decode() for event in events) + caplog.text
    stored = await people.city.parts.pool.fetch("SELECT answer, state FROM es.command, es.current_state")
    everything += "".join(f"{row['answer']!r}{row['state']!r}" for row in stored)
    assert TOKEN not in everything
    assert SECRET not in everything


async def test_what_is_retired_is_forgotten_and_takes_no_commands(people: Town) -> None:
    channel = await registered(people)
    assert (await people.post("administrator", f"/v1/channels/{channel}/retire", {"reason": "x"})).status_code == 200
    assert await people.city.parts.pool.fetchval("SELECT count(*) FROM private.channel") == 0
    answer = await people.post("administrator", f"/v1/channels/{channel}/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "channel_retired")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"kind": "telegram"}, 422, "input_invalid"),
        ({"serves": {"kind": "unit", "unit": "nobody"}}, 422, "unknown_unit"),
        ({"serves": {"kind": "body", "body": "office", "unit": "x"}}, 422, "input_invalid"),
        ({"address": "ftp://robots.example/x"}, 422, "channel_address_unusable"),
        ({"address": "https://user:word@robots.example/x"}, 422, "channel_address_unusable"),
        ({"address": "https://robots.example:nowhere/x"}, 422, "channel_address_unusable"),
        ({"address": "https:///x"}, 422, "channel_address_unusable"),
        ({"kind": "mail", "address": "no mailbox"}, 422, "channel_address_unusable"),
        ({"kind": "mail", "address": "office@city.example"}, 409, "mail_not_configured"),
    ],
)
async def test_what_can_be_no_channel_is_refused(people: Town, changes: dict[str, Any], status: int, code: str) -> None:
    answer = await people.post("administrator", "/v1/channels", {**ROBOT, **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await people.city.parts.pool.fetchval("SELECT count(*) FROM private.channel") == 0


async def test_a_channel_that_nobody_registered_is_not_found(people: Town) -> None:
    for method, path in (("GET", ""), ("POST", "/test")):
        answer = await people.ask(
            "administrator", method, f"/v1/channels/{uuid4()}{path}", headers={"Idempotency-Key": "k"}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_channel")


@pytest.mark.parametrize("who", ["office", "leader", "cleaner", "auditor"])
async def test_administrators_alone_register_and_test(people: Town, who: str) -> None:
    assert (await people.post(who, "/v1/channels", ROBOT)).status_code == 403
    channel = await registered(people)
    assert (await people.post(who, f"/v1/channels/{channel}/test")).status_code == 403
    seen = await people.get(who, "/v1/channels")
    assert seen.status_code == (200 if who == "auditor" else 403)


async def test_the_same_key_registers_once_and_refuses_another_address(people: Town) -> None:
    first = await people.post("administrator", "/v1/channels", ROBOT, key="same")
    assert (await people.post("administrator", "/v1/channels", ROBOT, key="same")).json() == first.json()
    other = {**ROBOT, "address": "https://oapi.dingtalk.com/robot/send?access_token=other"}
    refused = await people.post("administrator", "/v1/channels", other, key="same")
    assert refused.status_code == 409
    assert await people.city.parts.pool.fetchval("SELECT address FROM private.channel") == ROBOT["address"]


async def test_preferences_are_ones_own(people: Town) -> None:
    usual = (await people.get("cleaner", "/v1/preferences")).json()
    assert usual["quiet"] == {"starts": "21:00:00", "ends": "08:00:00"}
    wanted = {"channels": ["mail"], "quiet": None, "digest": {"kind": "daily", "hour": 9}, "language": "en"}
    assert (await put(people, "cleaner", "/v1/preferences", wanted))[0] == 200
    assert (await people.get("cleaner", "/v1/preferences")).json() == wanted
    assert (await people.get("gardener", "/v1/preferences")).json() == usual


@pytest.mark.parametrize(
    "wanted",
    [
        {"channels": ["pigeon"]},
        {"quiet": {"starts": "08:00", "ends": "08:00"}},
        {"quiet": {"starts": "08:00+08:00", "ends": "09:00"}},
        {"digest": {"kind": "daily", "hour": 24}},
        {"digest": {"kind": "weekly"}},
        {"volume": 11},
    ],
)
async def test_preferences_that_nobody_could_keep_are_refused(people: Town, wanted: dict[str, Any]) -> None:
    status, problem = await put(people, "cleaner", "/v1/preferences", wanted)
    assert (status, problem["code"]) == (422, "input_invalid")


@pytest.mark.parametrize("who", ["cleaner", "leader", "inspector"])
async def test_what_was_sent_is_not_for_everybody(people: Town, who: str) -> None:
    assert (await people.get(who, "/v1/notices/sent")).status_code == 403
    assert (await people.get("auditor", "/v1/notices/sent")).json() == {"messages": [], "next_cursor": None}
    unknown = await people.get("auditor", f"/v1/notices/sent/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_notice")


async def test_a_mail_address_is_kept_with_the_person_and_erased_with_them(people: Town) -> None:
    body = {"role": "leader", "name": "周", "email": "zhou@city.example"}
    person = (await people.post("administrator", "/v1/principals", body)).json()["id"]
    assert (await people.get("administrator", f"/v1/principals/{person}")).json()["email"] == "zhou@city.example"
    await people.deactivate(person)
    assert (await people.erase("administrator", person)).status_code == 204
    assert (await people.get("administrator", f"/v1/principals/{person}")).json()["email"] is None
    refused = await people.post("administrator", "/v1/principals", {**body, "email": "a@b, c@d"})
    assert refused.status_code == 422
