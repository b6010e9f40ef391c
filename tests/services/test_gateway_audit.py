"""Auditors' questions over HTTP: who may ask, what is answered in which words, and what is no question."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.gateway import audit_asking
from services.store import audit_queries
from services.store.audit_queries import QuestionTooWideError
from tests.services.audit_town import AuditedTown, audited_town

QUESTION = {"name": "未附佐证材料的核查", "query": "type=item.check_passed.v1&type=item.sent_back.v1&evidence=none"}


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("auditor", 200),
        ("leader", 200),
        ("administrator", 200),
        ("office", 403),
        ("cleaner", 403),
        ("inspector", 403),
        ("hotline", 403),
    ],
)
async def test_auditors_and_leaders_ask_and_administrators_see_that_something_happened(place, who, status):
    item = await place.town.reported()
    await place.sequence()
    answer = await place.get("/events", who, item=item)
    assert answer.status_code == status, answer.text
    if status == 200:
        sentences = {event["sentence"] for event in answer.json()["events"]}
        assert (sentences == {None}) == (who == "administrator")
    content = 200 if status == 200 and who != "administrator" else 403
    for path in (f"/streams/{item}", f"/streams/{item}/history", "/questions", "/events.csv"):
        assert (await place.get(path, who)).status_code == content
    assert (await place.get("/events", who, json=True)).status_code == content
    assert (await place.get("/events", who, text="垃圾")).status_code == content


async def test_auditors_of_an_area_see_what_happened_there_alone(place):
    await place.live(31, 40)
    events = (await place.get("/events", "east auditor", limit=500)).json()["events"]
    assert {event["area"] for event in events} == {"east", "east-1"}
    expected = [event for event in await place.events() if event.area in {"east", "east-1"}]
    assert len(events) == len(expected)
    assert (await place.get("/events", "east auditor", area="west")).json()["events"] == []


async def test_a_history_reads_like_sentences_in_both_languages_with_the_json_on_demand(place):
    item = await place.town.reported()
    await place.town.does("cleaner", item, "refuse", {"reason": "不属于环卫处职责"})
    await place.sequence()
    zh = (await place.get(f"/streams/{item}/history")).json()["events"]
    assert zh[-1]["sentence"] == "cleaning退单：不属于环卫处职责。"
    assert {event["data"] for event in zh} == {None}
    async with place.town.city.client("auditor", **{"Accept-Language": "en"}) as client:
        en = (await client.get(f"/v1/audit/streams/{item}/history?json=true")).json()["events"]
    assert en[-1]["sentence"] == "Refused by cleaning: 不属于环卫处职责."
    assert en[-1]["data"]["reason"] == "不属于环卫处职责"
    assert [event["version"] for event in en] == list(range(1, len(en) + 1))


async def test_anything_that_ever_happened_can_be_said_in_both_languages(place):
    await place.live(32, 40)
    everything = (await place.get("/events", limit=500)).json()["events"]
    assert len({event["kind"] for event in everything}) > 5
    async with place.town.city.client("auditor", **{"Accept-Language": "en"}) as client:
        english = (await client.get("/v1/audit/events?limit=500")).json()["events"]
    assert all(event["sentence"] and event["name"] for event in (*everything, *english))


async def test_a_question_is_saved_asked_again_and_removed_by_its_owner(place):
    await place.live(33, 60)
    saved = await place.town.post("auditor", "/v1/audit/questions", QUESTION, key="q")
    assert saved.status_code == 201, saved.text
    again = await place.town.post("auditor", "/v1/audit/questions", QUESTION, key="q")
    assert again.json() == saved.json()
    [listed] = (await place.get("/questions", "leader")).json()["questions"]
    assert listed["name"] == QUESTION["name"]
    events = (await place.town.get("leader", saved.headers["location"], limit=2)).json()
    direct = (await place.get(f"/events?{QUESTION['query']}&limit=2", "leader")).json()
    assert events == direct
    if events["next_cursor"]:
        following = await place.town.get("leader", saved.headers["location"], limit=2, cursor=events["next_cursor"])
        assert following.status_code == 200
    path, headers = f"/v1/audit/questions/{listed['id']}", {"Idempotency-Key": "r"}
    refused = await place.town.ask("leader", "DELETE", path, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "question_of_another")
    removed = await place.town.ask("auditor", "DELETE", path, headers=headers)
    assert removed.status_code == 200, removed.text
    assert (await place.get("/questions")).json() == {"questions": []}
    gone = await place.town.get("auditor", saved.headers["location"])
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_question")


async def test_pages_too_long_and_texts_that_nobody_can_store_are_refused(place):
    for query, status, code in (("limit=501", 422, "input_invalid"), ("text=%00%00", 400, "unstorable_text")):
        answer = await place.get(f"/events?{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_question_that_takes_too_long_is_given_up(place, monkeypatch):
    async def weary(*_wanted: object, **_others: object) -> None:
        raise QuestionTooWideError

    monkeypatch.setattr(audit_asking.AuditQueries, "page", weary)
    answer = await place.get("/events", text="垃圾")
    assert (answer.status_code, answer.json()["code"]) == (422, "question_too_wide")


async def test_who_reported_more_than_can_be_walked_through_is_told_so_and_may_name_the_items(place, monkeypatch):
    reporter = {"name": "王女士", "phone": "13800000000"}
    item = await place.town.reported(channel="complaint", reporter=reporter)
    person = (await place.town.get("office", f"/v1/items/{item}")).json()["reporter"]
    await place.sequence()
    assert len((await place.get("/events", person=person)).json()["events"]) > 0
    monkeypatch.setattr(audit_queries, "_MOST_REPORTED", 0)
    for form in ("", ".ndjson"):
        answer = await place.get(f"/events{form}", person=person)
        assert (answer.status_code, answer.json()["code"]) == (422, "question_too_wide")
    assert (await place.get("/events", person=person, item=str(uuid4()))).status_code == 200


async def test_the_person_of_an_activity_stands_in_the_path_alone(place):
    answer = await place.get("/people/system/activity", person="other")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/person")


async def test_who_read_what_is_for_auditors_of_the_whole_city_alone(place):
    # A refused question leaves a trace; it is written within about a second.
    assert (await place.get("/events", "office")).status_code == 403
    await place.town.city.parts.access.flush()
    await place.sequence()
    traces = (await place.get("/events", kind="access")).json()["events"]
    assert traces
    stream = traces[0]["stream"]
    assert (await place.get(f"/streams/{stream}/history")).status_code == 200
    for who in ("leader", "administrator"):
        assert (await place.get("/events", who, kind="access")).json()["events"] == []
        assert (await place.get("/events", who, stream=stream)).json()["events"] == []
    assert (await place.get(f"/streams/{stream}/history", "leader")).json()["code"] == "no_such_stream"
