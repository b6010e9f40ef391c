"""The access log over HTTP: what leaves a trace, that nothing is shown before its trace is on disk, who may read it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from domain.access.events import ACCESS_EVENTS, Exported
from domain.actor import Actor, Role
from domain.principal.state import Standing
from services.access.book import AccessBook
from services.access.log import WRITE_SECONDS, AccessLogBusyError
from services.access.trace import TalliedTrace
from services.embedded.databases import DatabaseAddresses
from services.gateway.access_lists import TYPES_OF
from services.gateway.refusals import Refusal, UnknownPath
from services.handling.aggregates import AGGREGATES
from tests.services.access_samples import HERE, WatchedTown
from tests.services.gateway_samples import issue_data
from tests.services.item_city import town

WANG = {"name": "王女士", "phone": "13800000000"}


@pytest_asyncio.fixture
async def watched(database: DatabaseAddresses) -> AsyncIterator[WatchedTown]:
    async with town(database) as opened:
        await opened.city.admit("street auditor", Standing(role=Role.AUDITOR, area="east"))
        yield WatchedTown(opened.city)


async def person_in(watched: WatchedTown) -> str:
    item = await watched.reported(channel="complaint", reporter=WANG)
    return (await watched.get("office", f"/v1/items/{item}")).json()["reporter"]


async def stored(watched: WatchedTown) -> int:
    return await watched.city.parts.pool.fetchval("SELECT count(*) FROM es.event WHERE kind = 'access'")


async def test_a_read_of_personal_data_says_who_read_whose_from_where(watched: WatchedTown) -> None:
    person = await person_in(watched)
    answer = await watched.ask_from(HERE, "office", "GET", f"/v1/people/{person}", params={"reason": "回访上报人"})
    assert answer.json()["name"] == WANG["name"]
    [trace] = await watched.traces(action="personal_data", about=person)
    assert trace["principal"] == await watched.id_of("office")
    assert (trace["role"], trace["succeeded"], trace["address"]) == ("office", True, HERE)
    assert trace["operation"] == "GET /v1/people/{person_id}"
    assert trace["data"]["ids"] == [person]
    assert (trace["data"]["reason"], trace["data"]["masked"]) == ("回访上报人", False)
    assert "王" not in str(trace)


async def test_nobody_is_shown_personal_data_that_could_not_be_written_down(
    watched: WatchedTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await person_in(watched)

    async def away(*_: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr("services.access.book.AccessBook.write", away)
    for path in (f"/v1/people/{person}", "/v1/principals"):
        answer = await watched.get("administrator", path)
        assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
        assert WANG["name"] not in answer.text


async def test_whoever_would_be_one_too_many_is_not_shown_anything(
    watched: WatchedTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await person_in(watched)

    async def busy(*_: Any) -> None:
        raise AccessLogBusyError

    monkeypatch.setattr("services.access.log.AccessLog.written", busy)
    answer = await watched.get("office", f"/v1/people/{person}")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_the_trace_is_on_disk_before_the_answer_goes_out(watched: WatchedTown) -> None:
    person = await person_in(watched)
    before = await stored(watched)
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def watch(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append(await stored(watched))
            await send(message)

        await watched.city.app(scope, receive, watch)

    headers = {"Authorization": f"Bearer {watched.city.keys['office']}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://g", headers=headers) as client:
        await client.get(f"/v1/people/{person}")
    assert seen == [before + 1]


async def test_lists_of_principals_and_files_leave_traces_with_what_was_given(watched: WatchedTown) -> None:
    listed = (await watched.get("administrator", "/v1/principals")).json()["principals"]
    [trace] = await watched.traces(action="personal_data", who=await watched.id_of("administrator"))
    assert trace["data"]["ids"] == [each["id"] for each in listed]
    ledger = await watched.post("office", "/v1/documents", {"kind": "ledger", "filter": {}})
    assert ledger.status_code == 201, ledger.text
    file = ledger.json()["files"][0]
    assert (await watched.get("office", file["href"])).status_code == 200
    [trace] = await watched.traces(action="export")
    assert (trace["data"]["content"], trace["data"]["object"]) == ("document", file["sha256"])


async def test_refused_commands_are_written_with_their_object_and_counted_when_they_come_again(
    watched: WatchedTown,
) -> None:
    item = await watched.reported()
    for _ in range(5):
        assert await watched.refused("crew", item, "accept") == (404, "no_such_item")
    assert await watched.refused("office", item, "pass") in {(409, "wrong_step"), (403, "role_not_allowed")}
    who = await watched.id_of("crew")
    [first] = await watched.traces(who=who, success=False)
    assert (first["count"], first["data"]["code"]) == (1, "no_such_item")
    assert first["data"]["object"] == f"item_id={item}"
    assert first["operation"] == "POST /v1/items/{item_id}/accept"
    watched.city.clock.pass_by(timedelta(minutes=1))
    more, _ = await watched.traces(who=who, success=False)
    assert (more["count"], more["data"]["code"]) == (4, "no_such_item")
    assert [trace["data"]["code"] for trace in await watched.traces(who=await watched.id_of("office"))] != []


async def test_a_read_that_was_refused_leaves_a_trace_and_a_faulty_one_does_not(watched: WatchedTown) -> None:
    person = await person_in(watched)
    assert (await watched.get("inspector", f"/v1/people/{person}")).status_code == 403
    assert (await watched.get("inspector", "/v1/items", limit="many")).status_code == 422
    [trace] = await watched.traces(who=await watched.id_of("inspector"))
    assert (trace["action"], trace["data"]["code"], trace["succeeded"]) == ("refusal", "role_not_allowed", False)


async def test_looking_for_what_lies_outside_ones_area_leaves_a_trace_of_each_attempt(watched: WatchedTown) -> None:
    item = await watched.reported(area="west")
    tried = [f"/v1/audit/streams/{item}", f"/v1/audit/streams/{item}/history", f"/v1/documents/{'0' * 64}"]
    for path in tried:
        assert (await watched.get("street auditor", path)).status_code == 404, path
    traces = await watched.traces(who=await watched.id_of("street auditor"), success=False)
    assert [trace["data"]["code"] for trace in traces] == ["no_such_file", "no_such_stream", "no_such_stream"]
    assert item in traces[-1]["data"]["object"]


def test_whatever_is_not_to_be_seen_is_refused_so_that_it_leaves_a_trace() -> None:
    kinds = {kind for kind in _below(Refusal) if kind.status in {403, 404} and not issubclass(kind, UnknownPath)}
    # How long the log or an aggregate is, and what comes with the product, is no secret from whoever may ask.
    assert {kind.code for kind in kinds} == {
        *("beyond_the_log", "nothing_signed", "no_such_checkpoint", "no_proof_of_size", "beyond_the_stream"),
        *("no_such_indicator", "no_such_template", "campaign_has_no_standard"),
    }


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


async def test_a_flood_of_unknown_keys_is_a_few_lines_and_a_number(watched: WatchedTown) -> None:
    watched.city.keys["stranger"] = "duban_0123456789abcdef_secret"
    for _ in range(40):
        assert (await watched.ask_from(HERE, "stranger", "GET", "/v1/me")).status_code == 401
    for number in range(100):
        watched.city.keys["stranger"] = f"duban_{number:016x}_secret"
        await watched.ask_from("198.51.100.9", "stranger", "GET", "/v1/me")
    watched.city.clock.pass_by(timedelta(minutes=1))
    traces = await watched.traces(action="sign_in", limit=200)
    assert sum(trace["count"] for trace in traces) == 140
    assert len(traces) < 50
    assert {trace["address"] for trace in traces} == {HERE, "198.51.100.9"}
    assert {trace["principal"] for trace in traces} == {"service:gateway"}
    assert all("secret" not in str(trace) and "0123456789abcdef" not in str(trace) for trace in traces)
    assert "01234567" in {trace["data"].get("key_prefix") for trace in traces}


async def test_whoever_shows_no_key_did_not_try_to_sign_in(watched: WatchedTown) -> None:
    async with watched.city.client() as client:
        client.headers.pop("Authorization")
        assert (await client.get("/v1/me")).status_code == 401
    assert await watched.traces(action="sign_in") == []


async def test_a_revoked_key_leaves_a_trace_and_so_did_its_revocation(watched: WatchedTown) -> None:
    registered = (await watched.post("administrator", "/v1/principals", {"role": "leader"})).json()["id"]
    issued = (await watched.post("administrator", f"/v1/principals/{registered}/keys", {})).json()
    path = f"/v1/principals/{registered}/keys/{issued['key_id']}/revoke"
    assert (await watched.post("administrator", path, {"reason": "离职"})).status_code == 200
    watched.city.keys["gone"] = issued["key"]
    assert (await watched.get("gone", "/v1/me")).status_code == 401
    [failed] = await watched.traces(action="sign_in")
    assert failed["data"]["key_prefix"] == issued["key_id"][:8]
    changes = await watched.traces(action="key_change", who=await watched.id_of("administrator"))
    assert [each["type"] for each in changes] == ["principal.api_key_revoked.v1", "principal.api_key_issued.v1"]


async def test_changes_of_rules_are_a_kind_of_question(watched: WatchedTown) -> None:
    changes = {trace["type"] for trace in await watched.traces(action="rule_change", limit=200)}
    assert {"policy.published.v1", "catalogue.published.v1", "calendar.published.v1", "unit.registered.v1"} <= changes


async def test_only_auditors_of_the_whole_city_read_the_access_log_and_reading_it_leaves_a_trace(
    watched: WatchedTown,
) -> None:
    for who in ("office", "administrator", "leader", "street auditor"):
        answer = await watched.get(who, "/v1/audit/access")
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")
    await watched.traces()
    [read] = await watched.traces(action="personal_data")
    assert (read["data"]["subject"], read["principal"]) == ("access_log", await watched.id_of("auditor"))
    assert len(await watched.traces(action="refusal")) == 4


async def test_pages_follow_on_each_other_without_gap_or_repetition(watched: WatchedTown) -> None:
    for _ in range(7):
        await watched.get("office", f"/v1/people/{uuid4()}")
        watched.city.clock.pass_by(timedelta(seconds=5))
    whole = [trace["event_id"] for trace in await watched.traces(action="refusal", limit=200)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await watched.get("auditor", "/v1/audit/access", action="refusal", limit=2, **cursor)).json()
        seen += [trace["event_id"] for trace in page["traces"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert (seen, len(seen)) == (whole, 7)


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"cursor": "%%%"}, 400, "cursor_malformed"),
        ({"since": "2026-11-20T00:00:00Z", "until": "2026-11-19T00:00:00Z"}, 400, "range_reversed"),
        ({"action": "gossip"}, 422, "input_invalid"),
        ({"whom": "x"}, 422, "input_invalid"),
    ],
)
async def test_questions_that_make_no_sense_are_told_so(
    watched: WatchedTown, wanted: dict[str, str], status: int, code: str
) -> None:
    answer = await watched.get("auditor", "/v1/audit/access", **wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_traces_are_in_the_log_with_a_position_and_time_filters_hold(watched: WatchedTown, database) -> None:
    await watched.get("office", f"/v1/people/{uuid4()}")
    await watched.city.parts.access.flush()
    sequencer = await asyncpg.connect(database.sequencer)
    await sequencer.execute("SELECT es.sequence_tick()")
    await sequencer.close()
    [trace] = await watched.traces(action="refusal")
    assert trace["position"] > 0
    at = watched.city.clock.at
    assert await watched.traces(action="refusal", until=at.isoformat()) == []
    assert len(await watched.traces(action="refusal", since=at.isoformat())) == 1


async def test_no_name_number_or_address_stands_in_any_event(watched: WatchedTown) -> None:
    person = await person_in(watched)
    await watched.ask_from(HERE, "office", "GET", f"/v1/people/{person}")
    await watched.ask_from(HERE, "inspector", "GET", f"/v1/people/{person}")
    await watched.city.parts.access.flush()
    rows = await watched.city.parts.pool.fetch("SELECT entry, data FROM es.event WHERE kind = 'access'")
    for row in rows:
        for secret in (WANG["name"], WANG["phone"], HERE):
            assert secret.encode() not in row["entry"] + row["data"]


async def test_an_erased_address_leaves_the_trace_and_the_id(watched: WatchedTown) -> None:
    person = await person_in(watched)
    await watched.ask_from(HERE, "office", "GET", f"/v1/people/{person}")
    [before] = await watched.traces(about=person)
    day = watched.city.clock.at.date()
    assert await watched.city.parts.addresses.erase_not_seen_since(day) == 0
    assert await watched.city.parts.addresses.erase_not_seen_since(day + timedelta(days=1)) >= 1
    [after] = await watched.traces(about=person)
    assert (after["origin"], after["address"]) == (before["origin"], None)
    await watched.ask_from(HERE, "office", "GET", f"/v1/people/{person}")
    again, _ = await watched.traces(about=person)
    assert again["address"] == HERE
    assert again["origin"] != before["origin"]


# Who may do and see what, by which rules, and where it is sent.
_OF_ACCESS = {
    *("access", "principal", "webhook", "channel", "catalogue", "policy", "calendar", "standard", "formulas"),
    *("template", "unit", "area"),
}


def test_every_kind_of_question_names_events_that_exist_and_all_that_change_who_may_what() -> None:
    types = {
        definition["properties"]["type"]["const"]
        for aggregate in AGGREGATES.values()
        for schema in [aggregate.events.json_schema()]
        for definition in (schema, *schema.get("$defs", {}).values())
        if "const" in definition.get("properties", {}).get("type", {})
    }
    asked = [name for names in TYPES_OF.values() for name in names]
    assert set(asked) <= types
    assert len(asked) == len(set(asked))
    changing = {name for name in types if name.partition(".")[0] in _OF_ACCESS}
    assert changing - set(asked) == {"webhook.tested.v1", "webhook.deliveries_resent.v1", "channel.test_asked.v1"}
    assert ACCESS_EVENTS


async def test_refused_events_of_a_batch_are_counted_on_one_line(watched: WatchedTown) -> None:
    event = {"specversion": "1.0", "type": "duban.issue.reported.v1", "source": "not-theirs", "data": issue_data()}
    async with watched.city.client("hotline") as client:
        answer = await client.post(
            "/v1/events",
            json=[{**event, "id": str(number)} for number in range(200)],
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
    assert {each["status"] for each in answer.json()} == {403}
    watched.city.clock.pass_by(timedelta(minutes=1))
    traces = await watched.traces(who=await watched.id_of("hotline"))
    assert [(each["count"], each["data"]["code"]) for each in traces] == [
        (199, "source_not_yours"),
        (1, "source_not_yours"),
    ]


async def test_what_is_in_memory_is_written_when_the_gateway_ends(database: DatabaseAddresses) -> None:
    async with town(database) as opened:
        watched = WatchedTown(opened.city)
        for _ in range(3):
            await watched.get("office", f"/v1/people/{uuid4()}")
    connection = await asyncpg.connect(database.superuser)
    rows = await connection.fetch("SELECT data FROM es.event WHERE type = 'access.refused.v1' ORDER BY seq")
    await connection.close()
    assert sum(ACCESS_EVENTS.validate_json(row["data"]).count for row in rows) == 3


async def test_refusals_are_on_disk_within_a_second_by_themselves(watched: WatchedTown) -> None:
    assert WRITE_SECONDS < 1  # a busy machine may take longer to show it
    await watched.get("office", f"/v1/people/{uuid4()}")
    async with asyncio.timeout(60):
        while not await stored(watched):  # noqa: ASYNC110 - another process would ask the same way
            await asyncio.sleep(0.05)


async def test_parts_of_the_log_are_written_first_and_then_counted(watched: WatchedTown) -> None:
    trail = TalliedTrace(
        Actor(principal="a", role=Role.AUDITOR),
        HERE,
        Exported(occurred_at=watched.city.clock.at, operation="GET /v1/log/tile/{path:path}", content="log.entries"),
    )
    before = await stored(watched)
    for _ in range(50):
        await watched.city.parts.access.written_or_counted(trail)
    assert await stored(watched) == before + 1
    watched.city.clock.pass_by(timedelta(minutes=1))
    counted, first = await watched.traces(action="export")
    assert (counted["count"], first["count"]) == (49, 1)


async def test_a_log_that_cannot_be_written_keeps_refusals_and_writes_them_once_later(
    watched: WatchedTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = AccessBook.write

    async def away(*_: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr(AccessBook, "write", away)
    await watched.get("office", f"/v1/people/{uuid4()}")
    await watched.city.parts.access.flush()
    assert await stored(watched) == 0
    monkeypatch.setattr(AccessBook, "write", whole)
    assert len(await watched.traces(action="refusal")) == 1
