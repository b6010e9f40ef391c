"""Scores are as of any moment what replaying the events says, and every point of them has its event."""
# ruff: noqa: S311 - lives are to be the same in every run

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import pytest
import pytest_asyncio

import migrations
from domain.score.folding import counts
from services.embedded.databases import DatabaseAddresses
from services.store.projections import rebuild_facts
from services.store.score_queries import LinePlace, ScoreExtent, ScoreQueries, TracedLine, scores_of_one_moment
from tests.services.fact_samples import Facts, facts_in
from tests.services.score_samples import Stream, replayed, streams, write

FAR = timedelta(days=400)
MIGRATION = Path(migrations.__file__).parent / "versions" / "0008_scores.sql"


@pytest_asyncio.fixture
async def facts(database: DatabaseAddresses) -> AsyncIterator[Facts]:
    async with facts_in(database) as opened:
        yield opened


def last_instant(written: list[Stream]) -> datetime:
    return max(event.occurred_at for stream in written for event in stream.history)


async def every_line(facts: Facts, extent: ScoreExtent, limit: int = 7) -> list[TracedLine]:
    found: list[TracedLine] = []
    after: LinePlace | None = None
    async with scores_of_one_moment(facts.pool) as connection:
        while page := await ScoreQueries(connection).page(extent, after=after, limit=limit):
            found += page
            last = page[-1].line
            after = LinePlace(last.at, last.stream_id, last.version)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_points_are_at_any_moment_what_replaying_everything_gives(facts: Facts, seed: int):
    random = Random(seed)
    written = streams(random)
    await write(facts, written, random)
    await facts.project()
    instants = sorted({event.occurred_at for stream in written for event in stream.history})
    moved: set[int] = set()
    for at in (*random.sample(instants, 15), instants[-1]):
        async with scores_of_one_moment(facts.pool) as connection:
            tallies = await ScoreQueries(connection).tallies(ScoreExtent(as_of=at))
        found = {unit: tally.points for unit, tally in tallies.items() if tally.points}
        assert found == {unit: points for unit, points in replayed(written, at).items() if points}
        assert all(tally.points == tally.returned - tally.taken for tally in tallies.values())
        moved |= {tally.points for tally in tallies.values()}
    assert len(moved) > 3


async def test_every_point_of_a_sum_has_a_line_with_an_event_that_exists(facts: Facts):
    random = Random(4)
    written = streams(random)
    await write(facts, written, random)
    await facts.project()
    extent = ScoreExtent(as_of=last_instant(written) + FAR)
    found = await every_line(facts, extent)
    histories = {stream.stream_id: stream for stream in written}
    async with scores_of_one_moment(facts.pool) as connection:
        tallies = await ScoreQueries(connection).tallies(extent)
    for unit, tally in tallies.items():
        assert sum(each.line.points for each in found if each.line.unit == unit) == tally.points
    assert len({(each.line.stream_id, each.line.version) for each in found}) == len(found)
    for each in found:
        line, stream = each.line, histories[each.line.stream_id]
        assert stream.aggregate.kind == line.source
        assert stream.history[line.version - 1].type == each.event_type
        assert counts(each.event_type)
        assert all(corrected < line.version for corrected in line.corrects)
    assert {each.line.source for each in found} == {"item", "obligation", "act", "case"}


async def test_a_correction_names_exactly_the_lines_it_gives_back(facts: Facts):
    random = Random(6)
    written = streams(random, items=40)
    await write(facts, written, random)
    await facts.project()
    found = await every_line(facts, ScoreExtent(as_of=last_instant(written)), limit=200)
    by_event = {(each.line.stream_id, each.line.version): each.line for each in found}
    granted = [each.line for each in found if each.event_type == "item.overdue_appeal_granted.v1"]
    assert any(line.points for line in granted)
    for line in granted:
        corrected = [by_event[line.stream_id, version] for version in line.corrects]
        assert line.points == -sum(each.points for each in corrected)
        assert {each.unit for each in corrected} <= {line.unit}


@pytest.mark.parametrize("batch", [1, 7, 1000])
async def test_a_rebuild_finds_the_lines_that_projecting_left(facts: Facts, batch: int):
    random = Random(batch)
    written = streams(random, items=4)
    await write(facts, written, random)
    await facts.project(batch)
    before = (await facts.tables())["score_line"]
    assert len(before) > 10
    rebuilt = await rebuild_facts(facts.database.owner)
    assert (rebuilt.items, rebuilt.differing_rows) == (4, 0)
    assert (await facts.tables())["score_line"] == before


async def test_a_rebuild_mends_lines_that_were_damaged_and_a_check_only_tells(facts: Facts):
    random = Random(9)
    await write(facts, streams(random, items=2), random)
    await facts.project()
    before = (await facts.tables())["score_line"]
    owner = await asyncpg.connect(facts.database.owner)
    await owner.execute("UPDATE read.score_line SET points = points + 1 WHERE source = 'case'")
    await owner.close()
    damaged = 2 * sum(row["source"] == "case" for row in before)
    assert (await rebuild_facts(facts.database.owner, replace=False)).differing["score_line"] == damaged
    assert (await facts.tables())["score_line"] != before
    await rebuild_facts(facts.database.owner)
    assert (await facts.tables())["score_line"] == before


async def test_a_log_that_is_older_than_the_lines_is_read_once_more(facts: Facts):
    random = Random(8)
    await write(facts, streams(random, items=3), random)
    await facts.project()
    before, position = await facts.tables(), facts.projection.position
    owner = await asyncpg.connect(facts.database.owner)
    await owner.execute("SET ROLE duban_owner; DROP TABLE read.score_line")
    await owner.execute(MIGRATION.read_text(encoding="utf-8"))
    await owner.close()
    assert await facts.projection.begin()
    assert facts.projection.position == -1
    await facts.project(40)
    assert (await facts.tables(), facts.projection.position) == (before, position)


async def test_lines_are_written_by_the_projector_alone(facts: Facts, database: DatabaseAddresses):
    random = Random(2)
    await write(facts, streams(random, items=1), random)
    await facts.project()
    connection = await asyncpg.connect(database.app)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("UPDATE read.score_line SET points = 0")
    await connection.close()
