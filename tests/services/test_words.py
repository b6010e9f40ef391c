"""What people wrote can be searched whatever the projector has done, and the table is what the log says."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.projector.projector import Projector
from services.store import words
from services.store.audit_filter import AuditFilter
from services.store.audit_queries import AuditQueries
from services.store.subscriptions import FencedOffError
from services.store.words import WordProjection, WordsBehindError, rebuild_words
from tests.services.audit_town import AuditedTown, audited_town

SAID = AuditFilter(text="现场干净")


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path) -> AsyncIterator[AuditedTown]:
    async with audited_town(database, tmp_path) as found:
        yield found


async def found(place: AuditedTown) -> list[int | None]:
    queries = AuditQueries(place.town.city.parts.pool)
    page = await queries.page(SAID, size=await queries.log_size(), limit=1000)
    return [event.position for event in page]


async def rows(database: DatabaseAddresses) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.app)
    try:
        return await connection.fetch("SELECT seq, words FROM read.words ORDER BY seq")
    finally:
        await connection.close()


async def passed(place: AuditedTown) -> None:
    """Somebody says so of an item."""
    item = await place.town.reported()
    await place.town.does("cleaner", item, "accept")
    await place.town.does(
        "cleaner", item, "submit", {"account": "已清运", "evidence": [{"uri": "https://a.example/1"}]}
    )
    await place.town.does("inspector", item, "pass", {"note": "现场干净，无异味"})
    await place.sequence()


async def test_words_are_found_before_and_after_they_are_indexed(place, database):
    await passed(place)
    before = await found(place)
    assert (len(before), await rows(database)) == (1, [])
    await place.make_searchable()
    assert await found(place) == before
    assert len(await rows(database)) >= 3
    await passed(place)
    assert len(await found(place)) == 2


async def test_a_comment_is_found_as_a_reason_is(place):
    item = await place.town.reported()
    await place.town.does("cleaner", item, "comment", {"text": "居民说现场干净多了"})
    await place.sequence()
    assert len(await found(place)) == 1
    await place.make_searchable()
    assert len(await found(place)) == 1


async def test_a_log_too_far_ahead_of_the_index_is_said_to_be_so(place, monkeypatch):
    await passed(place)
    monkeypatch.setattr(words, "MOST_UNREAD", 3)
    with pytest.raises(WordsBehindError):
        await found(place)
    answer = await place.get("/events", text="现场干净")
    assert (answer.status_code, answer.json()["code"]) == (503, "words_behind")
    assert answer.headers["Retry-After"]
    await place.make_searchable()
    assert len(await found(place)) == 1


async def test_rebuilding_mends_what_is_missing_surplus_or_wrong(place, database):
    await passed(place)
    await passed(place)
    await place.make_searchable()
    told = await rows(database)
    assert await rebuild_words(database.owner, replace=False) == 0
    owner = await asyncpg.connect(database.owner)
    await owner.execute("DELETE FROM read.words WHERE seq = $1", told[0]["seq"])
    await owner.execute("UPDATE read.words SET words = 'x' WHERE seq = $1", told[1]["seq"])
    await owner.execute("INSERT INTO read.words VALUES (1000000, 'x')")
    await owner.close()
    assert await rebuild_words(database.owner, replace=False) == 4
    assert await rebuild_words(database.owner) == 4
    assert await rows(database) == told


async def test_rebuilding_fences_off_the_projector_at_work(place, database):
    await passed(place)
    await rebuild_words(database.owner)
    with pytest.raises(FencedOffError):
        await place.make_searchable()
    assert await rows(database) == []


async def test_a_second_projector_of_words_stands_by(place, database):
    connection = await asyncpg.connect(database.app)
    assert not await WordProjection(connection).begin()
    await connection.close()


async def test_the_projector_makes_words_searchable(place, database):
    await passed(place)
    await place.projecting.close()  # who holds the place lets go of it
    stopping, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(Projector(database.app, batch=2, on_ready=ready.set).run(stopping))
    async with asyncio.timeout(60):
        await ready.wait()
        while len(await rows(database)) < 3:  # noqa: ASYNC110 - another task does it
            await asyncio.sleep(0.05)
        stopping.set()
        await running
    assert len(await found(place)) == 1
