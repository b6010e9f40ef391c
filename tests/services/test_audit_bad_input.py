"""Every question that cannot be answered is told precisely why: cursors, ranges, positions, sizes that do not exist."""

import base64
from collections.abc import AsyncIterator

import orjson
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from services.embedded.databases import DatabaseAddresses
from services.gateway.audit_wanted import Cursor
from services.gateway.cursors import cursor_of, place_in
from services.gateway.refusals import CursorMalformed
from tests.services.audit_town import AuditedTown, audited_town

OLDER, NEWER = "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"
FAR = 10**9


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


async def answer_to(place: AuditedTown, path: str, who: str = "auditor") -> tuple[int, str]:
    answer = await place.town.ask(who, "GET", path)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


QUESTIONS = [
    (f"occurred_from={NEWER}&occurred_to={OLDER}", 400, "range_reversed"),
    (f"recorded_from={NEWER}&recorded_to={OLDER}", 400, "range_reversed"),
    ("position_from=7&position_to=3", 400, "range_reversed"),
    (f"position_from={FAR}", 404, "beyond_the_log"),
    (f"position_to={FAR}", 404, "beyond_the_log"),
    ("area=nowhere", 422, "unknown_area"),
    ("unit=nobody", 422, "unknown_unit"),
    ("campaign=never-planned", 404, "no_such_campaign"),
    ("kind=ghost", 422, "input_invalid"),
    ("type=item.vanished.v1", 422, "input_invalid"),
    ("item=17", 422, "input_invalid"),
    ("text=%E5%AD%97", 422, "input_invalid"),
    ("unit=", 422, "input_invalid"),
    ("position_from=-1", 422, "input_invalid"),
    ("occurred_from=yesterday", 422, "input_invalid"),
    ("evidence=all", 422, "input_invalid"),
    ("order=sideways", 422, "input_invalid"),
    ("colour=red", 422, "input_invalid"),
]


@pytest.mark.parametrize(("query", "status", "code"), QUESTIONS)
async def test_a_question_is_refused_alike_when_asked_saved_and_exported(place, query, status, code):
    assert await answer_to(place, f"/v1/audit/events?{query}") == (status, code)
    assert await answer_to(place, f"/v1/audit/people/system/activity?{query}") == (status, code)
    for form in ("ndjson", "csv", "xlsx", "proofs"):
        assert await answer_to(place, f"/v1/audit/events.{form}?{query}") == (status, code)
    saved = await place.town.post("auditor", "/v1/audit/questions", {"name": "x", "query": query})
    assert (saved.status_code, saved.json()["code"]) == (status, code)
    assert (await place.get("/questions")).json() == {"questions": []}


@pytest.mark.parametrize("query", ["text=" + "a" * 300, "&".join(["unit=cleaning"] * 201), "unit=clean%0aing"])
async def test_a_query_that_no_search_takes_is_not_saved(place, query):
    saved = await place.town.post("auditor", "/v1/audit/questions", {"name": "x", "query": query})
    assert (saved.status_code, saved.json()["code"]) == (422, "input_invalid")


async def test_a_saved_question_is_checked_again_when_it_is_asked(place):
    query = "position_to=5&unit=cleaning&area=east"
    await place.sequence()
    saved = await place.town.post("auditor", "/v1/audit/questions", {"name": "x", "query": query})
    assert saved.status_code == 201, saved.text
    path = saved.headers["location"]
    assert (await place.town.get("auditor", path)).status_code == 200
    assert await answer_to(place, f"{path}?cursor=abc") == (400, "cursor_malformed")
    assert await answer_to(place, f"{path}?limit=501") == (422, "input_invalid")
    # As if the log had been restored from an older backup since, and were shorter than the question says.
    later = await place.town.post("auditor", "/v1/audit/questions", {"name": "y", "query": "position_to=9"}, key="y")
    with pytest.MonkeyPatch.context() as shorter:
        shorter.setattr("services.store.audit_queries._SIZE", "SELECT 7")
        assert await answer_to(place, later.headers["location"]) == (404, "beyond_the_log")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("?position={beyond}", 404, "beyond_the_log"),
        ("?version={more}", 404, "beyond_the_stream"),
        ("?as_of=2090-01-01T00:00:00Z", 422, "as_of_in_future"),
        ("?as_of=2090-01-01T00:00:00Z&by=occurred", 422, "as_of_in_future"),
        ("?as_of=2020-01-01T00:00:00Z", 404, "no_such_stream"),
        ("?as_of=2026-13-01T00:00:00Z", 422, "input_invalid"),
        ("?by=hearsay", 422, "input_invalid"),
        ("/difference?from_position={last}&to_position={first}", 400, "range_reversed"),
        ("/difference?from={now}&to=2020-01-01T00:00:00Z", 400, "range_reversed"),
        ("/difference?from={now}&to_position={first}", 400, "range_reversed"),
        ("/difference?from_position={last}&to=2020-01-01T00:00:00Z", 400, "range_reversed"),
        ("/difference?from={now}&to=2020-01-01T00:00:00Z&by=occurred", 400, "range_reversed"),
        ("/difference?to_position={beyond}", 404, "beyond_the_log"),
        ("/difference?from_position={beyond}", 404, "beyond_the_log"),
        ("/difference?from=2090-01-01T00:00:00Z", 422, "as_of_in_future"),
        ("/difference?to=2090-01-01T00:00:00Z", 422, "as_of_in_future"),
        ("/difference?from=x", 422, "input_invalid"),
    ],
)
async def test_moments_that_cannot_be_and_ranges_that_end_before_they_begin(place, path, status, code):
    item = await place.town.reported()
    await place.town.does("cleaner", item, "accept")
    await place.sequence()
    events = [event for event in await place.events() if str(event.stream_id) == item]
    values = {
        "beyond": len(await place.events()),
        "more": len(events) + 1,
        "first": events[0].position,
        "last": events[-1].position,
        "now": max(events[-1].recorded_at, events[-1].occurred_at).isoformat().replace("+", "%2B"),
    }
    assert await answer_to(place, f"/v1/audit/streams/{item}{path.format(**values)}") == (status, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/checkpoints/{between}", 404, "no_such_checkpoint"),
        ("/checkpoints/{beyond}", 404, "beyond_the_log"),
        ("/consistency?old={old}&new={beyond}", 404, "no_proof_of_size"),
        ("/consistency?old={beyond}&new={beyond}", 404, "no_proof_of_size"),
        ("/consistency?old={new}&new={old}", 400, "range_reversed"),
        ("/consistency?old=-1&new=5", 422, "input_invalid"),
        ("/entries/{new}/proof", 404, "beyond_the_log"),
        ("/tile/entries/x009/999", 404, "beyond_the_log"),
        ("/tile/entries/000.p/{beyond_width}", 404, "beyond_the_log"),
        ("/tile/entries/0", 400, "tile_path_malformed"),
        ("/payload/entries/x009/999", 404, "beyond_the_log"),
    ],
)
async def test_sizes_positions_and_tiles_that_do_not_exist_are_told_apart(place, path, status, code):
    await place.town.reported()
    old = await place.sign()
    for _ in range(2):
        await place.town.reported()
    new = await place.sign()
    values = {"old": old, "new": new, "between": old + 1, "beyond": new + 1, "beyond_width": new % 256 + 1}
    assert old + 1 < new
    assert await answer_to(place, f"/v1/log{path.format(**values)}") == (status, code)


async def test_proofs_of_an_export_need_a_checkpoint_of_just_that_size(place):
    await place.town.reported()
    await place.sequence()
    assert await answer_to(place, "/v1/audit/events.proofs") == (404, "nothing_signed")
    for path in ("/checkpoint", "/checkpoints/5", "/entries/0/proof", "/tile/entries/000", "/consistency?old=0&new=1"):
        assert await answer_to(place, f"/v1/log{path}") == (404, "nothing_signed")
    size = await place.sign()
    assert await answer_to(place, f"/v1/audit/events.proofs?size={size - 1}") == (404, "no_such_checkpoint")
    assert await answer_to(place, f"/v1/audit/events.proofs?size={size + 100}") == (404, "beyond_the_log")
    assert (await place.get("/events.proofs", size=size)).status_code == 200


async def test_a_cursor_is_taken_by_the_list_and_question_that_gave_it_and_by_no_other(place):
    await place.live(41, 40)
    cursor = (await place.get("/events", limit=2, kind="item")).json()["next_cursor"]
    assert (await place.get("/events", limit=9, kind="item", cursor=cursor)).status_code == 200
    for other in ("", "kind=item&order=oldest", "kind=item&unit=cleaning", "kind=item&position_from=1"):
        assert await answer_to(place, f"/v1/audit/events?{other}&cursor={cursor}") == (400, "cursor_malformed")
    for path in ("/v1/audit/access", "/v1/audit/people/system/activity", "/v1/acts", "/v1/cases", "/v1/bulletins"):
        assert await answer_to(place, f"{path}?cursor={cursor}") == (400, "cursor_malformed")
    # A later question of a log that is larger by now takes it still; one of a log that never was does not.
    larger = Cursor(position=1, size=FAR)
    assert await answer_to(place, f"/v1/audit/events?cursor={cursor_of(larger, '{}')}") == (400, "cursor_malformed")


async def test_cursors_of_the_access_log_belong_to_their_filters(place):
    for number in range(4):
        await place.town.get("office", f"/v1/people/00000000-0000-4000-8000-00000000000{number}")
    await place.town.city.parts.access.flush()
    cursor = (await place.get("/access", action="refusal", limit=2)).json()["next_cursor"]
    assert (await place.get("/access", action="refusal", limit=1, cursor=cursor)).status_code == 200
    assert await answer_to(place, f"/v1/audit/access?cursor={cursor}") == (400, "cursor_malformed")


class Anywhere(BaseModel):
    position: int
    size: int


PLACES = TypeAdapter(Anywhere)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 2**40), where=st.integers(0, 10**6), sign=st.characters(max_codepoint=0x17F))
def test_no_changed_letter_of_a_cursor_goes_unnoticed(position, where, sign):
    word = cursor_of(Anywhere(position=position, size=position + 1), "question")
    assert place_in(word, PLACES, "question") == Anywhere(position=position, size=position + 1)
    where %= len(word)
    for damaged in (word[:where] + sign + word[where + 1 :], word[:where], word[:where] + sign + word[where:]):
        if damaged != word:
            with pytest.raises(CursorMalformed):
                place_in(damaged, PLACES, "question")
    with pytest.raises(CursorMalformed):
        place_in(word, PLACES, "another question")


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'{"position":"1","size":2}', b'{"size":2}', b"\xff\xfe"])
def test_a_word_that_is_whole_and_says_nothing_is_no_cursor(content):
    class Odd(BaseModel):
        def model_dump_json(self, **_: object) -> str:  # type: ignore[override]
            return content.decode("latin-1")

    with pytest.raises(CursorMalformed):
        place_in(cursor_of(Odd()), PLACES)
    unchecked = base64.urlsafe_b64encode(orjson.dumps({"position": 1, "size": 2})).decode()
    with pytest.raises(CursorMalformed):
        place_in(unchecked, PLACES)
