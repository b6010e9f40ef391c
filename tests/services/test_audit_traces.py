"""Whoever looks into the history is in it: every answer that shows who acted left a trace first, floods are counted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import pytest_asyncio

from services.access.tally import MOST_LINES, Tally
from services.embedded.databases import DatabaseAddresses
from services.gateway.audit_wanted import QuestionAsked
from tests.services.audit_town import AuditedTown, audited_town


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


async def stored(place: AuditedTown) -> list[dict[str, Any]]:
    rows = await place.town.city.parts.pool.fetch(
        "SELECT data FROM es.event WHERE type = 'access.history_read.v1' ORDER BY seq"
    )
    return [orjson.loads(row["data"]) for row in rows]


async def id_of(place: AuditedTown, who: str) -> str:
    return (await place.town.get(who, "/v1/me")).json()["id"]


async def test_a_person_can_be_told_who_looked_at_what_they_did(place):
    await place.live(51, 20)
    cleaner = await id_of(place, "cleaner")
    assert (await place.get(f"/people/{cleaner}/activity", kind="item")).status_code == 200
    assert (await place.get("/events", "leader", person=cleaner, json=True)).status_code == 200
    traces = (await place.get("/access", about=cleaner)).json()["traces"]
    assert [(trace["principal"], trace["data"]["with_data"]) for trace in traces] == [
        (await id_of(place, "leader"), True),
        (await id_of(place, "auditor"), False),
    ]
    assert traces[1]["operation"] == "GET /v1/audit/people/{person}/activity"
    assert traces[1]["data"]["question"] == f"person={cleaner}&kind=item"
    assert (await place.get("/access", action="history", about=cleaner)).json()["traces"] == traces
    assert (await place.get("/access", about=await id_of(place, "inspector"))).json()["traces"] == []


async def test_the_trace_is_on_disk_before_the_answer_goes_out(place):
    await place.town.reported()
    await place.sequence()
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def watch(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append(len(await stored(place)))
            await send(message)

        await place.town.city.app(scope, receive, watch)

    headers = {"Authorization": f"Bearer {place.town.city.keys['auditor']}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://g", headers=headers) as client:
        for path in ("/events?json=true", "/people/system/activity", "/events?unit=cleaning"):
            assert (await client.get(f"/v1/audit{path}")).status_code == 200
    assert seen == [1, 2, 3]


@pytest.mark.parametrize("path", ["/events", "/people/system/activity", "/streams/{item}", "/streams/{item}/history"])
async def test_nothing_is_shown_that_could_not_be_written_down(place, monkeypatch, path):
    item = await place.town.reported()
    await place.sequence()

    async def away(*_: Any) -> None:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr("services.access.book.AccessBook.write", away)
    answer = await place.get(path.format(item=item))
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")


async def test_pages_of_one_question_are_one_trace_and_a_number(place):
    await place.live(52, 40)
    page, pages = (await place.get("/events", limit=5)).json(), 1
    while page["next_cursor"]:
        page, pages = (await place.get("/events", limit=5, cursor=page["next_cursor"])).json(), pages + 1
    assert [trace["count"] for trace in await stored(place)] == [1]
    place.town.city.clock.pass_by(timedelta(minutes=1))
    await place.town.city.parts.access.flush()
    assert [trace["count"] for trace in await stored(place)] == [1, pages - 1]
    await place.get("/events", limit=5)
    assert len(await stored(place)) == 3


async def test_histories_states_and_differences_name_what_was_looked_at_and_whom_it_is_about(place):
    item = await place.town.reported()
    cleaner = await id_of(place, "cleaner")
    await place.sequence()
    for stream in (item, cleaner):
        for path in ("", "/history", "/difference"):
            assert (await place.get(f"/streams/{stream}{path}")).status_code == 200
    traces = await stored(place)
    assert [trace["question"] for trace in traces] == [f"stream={item}"] * 3 + [f"stream={cleaner}"] * 3
    assert [trace["ids"] for trace in traces] == [[]] * 3 + [[cleaner]] * 3
    assert [trace["with_data"] for trace in traces] == [True, False, True] * 2


async def test_a_saved_question_leaves_the_trace_of_what_it_asks(place):
    cleaner = await id_of(place, "cleaner")
    saved = await place.town.post("auditor", "/v1/audit/questions", {"name": "x", "query": f"person={cleaner}"})
    assert (await place.town.get("leader", saved.headers["location"])).status_code == 200
    [trace] = await stored(place)
    assert (trace["ids"], trace["question"]) == ([cleaner], f"person={cleaner}")
    assert trace["operation"] == "GET /v1/audit/questions/{question_id}/events"


async def test_words_and_names_that_somebody_typed_do_not_go_into_the_log(place):
    for parameters in ({"text": "王女士"}, {"person": "王女士"}):
        assert (await place.get("/events", **parameters)).status_code == 200
        assert (await place.get("/events.ndjson", **parameters)).status_code == 200
    assert (await place.get("/people/王女士/activity")).status_code == 200
    rows = await place.town.city.parts.pool.fetch("SELECT entry, data FROM es.event WHERE kind = 'access'")
    assert len(rows) >= 5
    for row in rows:
        assert "王".encode() not in row["entry"] + row["data"]
        assert b"%E7%8E%8B" not in row["data"]
    assert {trace["question"] for trace in await stored(place)} == {"text=...", "person=..."}


async def test_what_was_refused_is_no_read_of_the_history(place):
    assert (await place.get("/events", "office")).status_code == 403
    assert (await place.get("/events", area="nowhere")).status_code == 422
    assert await stored(place) == []


async def test_where_too_many_different_questions_come_each_is_written_for_itself(place, monkeypatch):
    monkeypatch.setattr(Tally, "is_full", property(lambda _tally: True))
    for _ in range(3):
        await place.get("/events")
    assert [trace["count"] for trace in await stored(place)] == [1, 1, 1]
    assert MOST_LINES >= 1000


async def test_long_questions_are_told_apart_by_their_end(place):
    streams = [f"00000000-0000-4000-8000-{number:012x}" for number in range(20)]
    for several in (streams, [*streams[:-1], str(streams[0])]):
        assert (await place.get("/events", stream=several)).status_code == 200
    first, second = [trace["question"] for trace in await stored(place)]
    assert first[:250] == second[:250]
    assert first != second
    assert max(len(first), len(second)) == 300


def test_ids_are_told_and_other_words_are_not():
    assert QuestionAsked(person="service:founding", text="字字").told() == "person=service:founding&text=..."
