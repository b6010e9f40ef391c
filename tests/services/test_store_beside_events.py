"""What stands beside the events, states, counters, documents, attestations and readers, is held against them."""
# ruff: noqa: S608 - the names in statements are our own

import os
import time
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio

from services.doctor.damage import Place
from services.embedded.databases import DatabaseAddresses
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.store.words import WordProjection
from services.transparency.note import Algorithm, Note, Signer
from services.transparency.timestamps import request_for
from tests.services.fake_authority import FakeAuthority
from tests.services.tampered_store import STREAMS, TamperedStore, located

STREAM = STREAMS[1]
SEQ = "(SELECT seq FROM es.log WHERE pos = 201)"


@pytest_asyncio.fixture
async def store(database: DatabaseAddresses, tmp_path) -> TamperedStore:
    filled = TamperedStore(database, tmp_path)
    await filled.fill()
    return filled


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ("state = jsonb_set(state, '{dossier,issue,title}', '\"x\"')", "state"),
        ("unit = 'unit-9', open = false", "open, unit"),
        ("updated_at = updated_at + interval '1 second'", "updated_at"),
        ("state = '{}'", "state"),
    ],
)
async def test_a_current_state_that_does_not_follow_from_its_events_is_located(store, change, columns):
    await store.execute(f"UPDATE es.current_state SET {change} WHERE stream_id = '{STREAM}'")
    found = await store.doctor()
    assert located(found["state_differs"], Place(None, STREAM, 3, columns)), found["state_differs"]
    assert set(found) == {"state_differs"}


async def test_states_are_compared_by_several_processes_as_by_one(store, monkeypatch):
    await store.execute(f"UPDATE es.current_state SET unit = 'unit-9' WHERE stream_id = '{STREAM}'")
    monkeypatch.setattr("services.doctor.states._SMALL", 0)
    assert located((await store.doctor())["state_differs"], Place(None, STREAM, 3, "unit"))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO es.series VALUES ('summons', 2026, 7)",
        "INSERT INTO es.series VALUES ('supervision', 2025, 1)",
    ],
)
async def test_a_counter_that_counts_what_no_event_has_is_named(store, statement):
    await store.execute(statement)
    assert set(await store.doctor()) == {"numbers_differ"}


DOCUMENT = "INSERT INTO es.document (sha256, media_type, name, content) VALUES (sha256('a'), 'text/plain', 'a', 'a')"


async def test_a_document_that_is_not_what_its_hash_says_is_noticed(store):
    await store.execute(DOCUMENT)
    assert await store.doctor() == {}
    await store.alter("ALTER TABLE es.document DROP CONSTRAINT document_check", "UPDATE es.document SET content = 'b'")
    assert set(await store.doctor()) == {"document_changed", "keys_missing"}


WITNESS = Signer.new("audit.example/w1", Algorithm.COSIGNATURE)


@pytest_asyncio.fixture
async def attested(store: TamperedStore) -> TamperedStore:
    """With a cosignature and a time stamp of the newest checkpoint, in the database and outside."""
    connection = await asyncpg.connect(store.database.sequencer)
    await prepare(connection)
    tree = LogTree(connection)
    newest = await tree.newest_checkpoint()
    assert newest is not None
    line = WITNESS.cosignature_line(Note.parse(newest.note).text, int(time.time()))
    answer = FakeAuthority(datetime.now(UTC).replace(microsecond=0)).answer(request_for(newest.note).as_bytes())
    store.outside.keep_cosignature(newest.size, line)
    await tree.keep_cosignature(newest.size, str(WITNESS.verifier), line)
    store.outside.keep_time_stamp(newest.size, answer)
    await tree.keep_time_stamp(newest.size, "https://tsa.example", answer)
    await connection.close()
    return store


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        ([], set()),
        (["UPDATE es.cosignature SET line = replace(line, 'A', 'B')"], {"cosignature_wrong", "cosignature_missing"}),
        (["UPDATE es.cosignature SET size = 300"], {"cosignature_wrong", "cosignature_missing"}),
        (["DELETE FROM es.cosignature"], {"cosignature_missing"}),
        (["UPDATE es.time_stamp SET answer = 'x'"], {"time_stamp_wrong"}),
        (["UPDATE es.time_stamp SET size = 300"], {"time_stamp_wrong", "time_stamp_missing"}),
        (["DELETE FROM es.time_stamp"], {"time_stamp_missing"}),
    ],
)  # fmt: skip
async def test_what_others_attested_is_held_against_what_is_kept_outside(attested, statements, codes):
    await attested.alter(*statements)
    assert set(await attested.doctor()) == codes


async def test_a_command_whose_key_is_gone_is_located_by_each_of_its_events(store):
    await store.execute(f"DELETE FROM es.command WHERE stream_id = '{STREAM}' AND version = 2")
    found = await store.doctor()
    assert set(found) == {"command_missing"}
    assert located(found["command_missing"], Place(201, STREAM, 2))


@pytest_asyncio.fixture
async def searchable(store: TamperedStore) -> TamperedStore:
    connection = await asyncpg.connect(store.database.app)
    await prepare(connection)
    words = WordProjection(connection)
    assert await words.begin()
    while await words.step(1_000):
        pass
    await connection.close()
    return store


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (f"DELETE FROM read.words WHERE seq = {SEQ}", Place(201, STREAM, 2)),
        (f"UPDATE read.words SET words = 'x' WHERE seq = {SEQ}", Place(201, STREAM, 2)),
        ("INSERT INTO read.words VALUES (999999, 'x')", Place(detail="seq 999999")),
    ],
)
async def test_words_that_are_not_what_people_wrote_are_located(searchable, statement, place):
    assert await searchable.doctor() == {}
    await searchable.execute(statement)
    found = await searchable.doctor()
    assert set(found) == {"words_differ"}
    assert located(found["words_differ"], place)


async def test_words_that_are_said_to_be_searchable_and_are_not_are_noticed(store):
    await store.execute("INSERT INTO es.subscription (name, pos) VALUES ('words', 599)")
    assert set(await store.doctor()) == {"words_differ"}


async def kept_two_minutes_ago(store: TamperedStore) -> None:
    then = time.time() - 120
    for file in store.outside.path.iterdir():
        os.utime(file, (then, then))


@pytest.mark.parametrize(
    ("gone", "missing"),
    [("size > 5", {300, 600}), ("size > 300", {600}), ("true", {5, 300, 600})],
)
async def test_checkpoints_that_were_taken_away_are_named_the_newest_too(store, gone, missing):
    await kept_two_minutes_ago(store)
    await store.alter(f"DELETE FROM es.checkpoint WHERE {gone}")
    places = (await store.doctor())["checkpoint_missing"].places
    assert set(places) == {f"size {size}" for size in missing}
    assert (await store.doctor(deep=False))["checkpoint_missing"].places == ("size 600",)


async def test_the_newest_checkpoint_may_be_on_its_way_into_the_database_for_a_minute(store):
    await store.alter("DELETE FROM es.checkpoint WHERE size > 300")
    assert "checkpoint_missing" not in await store.doctor()
    await store.sign()
    await kept_two_minutes_ago(store)
    assert await store.doctor() == {}


async def test_a_reader_beyond_the_log_is_named(store):
    await store.execute("INSERT INTO es.subscription (name, pos) VALUES ('projector', 600)")
    assert "reader_ahead" in await store.doctor(deep=False)
