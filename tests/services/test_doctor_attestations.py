"""The doctor says which witness has fallen silent and that time stamps stay away, and nothing where all is in time."""

from datetime import timedelta

import pytest
import pytest_asyncio

from services.doctor.attestations import examine_attestations
from services.doctor.database import examine_database
from services.doctor.finding import Grade
from services.embedded.databases import DatabaseAddresses
from services.store.integrity import IntegrityQueries
from services.store.log_tree import LogTree
from services.store.pools import open_pool
from services.transparency.note import Algorithm, Signer
from tests.services.tampered_store import TamperedStore

WITNESS = Signer.new("audit.example/w1", Algorithm.COSIGNATURE).verifier
OTHER = Signer.new("audit.example/w2", Algorithm.COSIGNATURE).verifier
LATER = timedelta(hours=1)


@pytest_asyncio.fixture
async def store(database: DatabaseAddresses, tmp_path) -> TamperedStore:
    filled = TamperedStore(database, tmp_path)
    await filled.fill((5, 8))
    return filled


async def found(store: TamperedStore, *, after: timedelta, **settings: object) -> dict[str, Grade]:
    """What is said of those outside, so much later than now."""
    asked = store.settings.model_copy(update=settings)
    async with await open_pool(store.database.auditor, max_size=1) as pool, pool.acquire() as connection:
        now = await IntegrityQueries(connection).now() + after
        findings = [finding async for finding in examine_attestations(LogTree(connection), asked, now)]
    assert all(finding.mend is not None for finding in findings if finding.grade is Grade.WRONG)
    return {finding.code: finding.grade for finding in findings}


def asks(*witnesses: object) -> str:
    return ",".join(f"{each}=https://witness.example" for each in witnesses)


async def cosigned(store: TamperedStore, witness: object, size: int) -> None:
    await store.execute(f"INSERT INTO es.cosignature VALUES ({size}, '{witness}', 'line')")  # noqa: S608 - our own


async def stamped(store: TamperedStore, size: int) -> None:
    await store.execute(f"INSERT INTO es.time_stamp VALUES ({size}, 'https://tsa.example', 'answer')")  # noqa: S608


async def test_nobody_is_missed_who_is_not_asked(store):
    assert await found(store, after=LATER) == {}


async def test_a_witness_that_lags_is_named_and_one_that_keeps_up_is_not(store):
    await cosigned(store, WITNESS, 5)
    await cosigned(store, OTHER, 8)
    assert await found(store, after=timedelta(), witnesses=asks(WITNESS)) == {"witness": Grade.WELL}
    assert await found(store, after=LATER, witnesses=asks(WITNESS)) == {"witness_behind": Grade.WRONG}
    assert await found(store, after=LATER, witnesses=asks(OTHER)) == {"witness": Grade.WELL}


async def test_a_witness_that_never_answered_is_named(store):
    assert await found(store, after=LATER, witnesses=asks(WITNESS)) == {"witness_behind": Grade.WRONG}


@pytest.mark.parametrize(
    ("size", "after", "every", "code"),
    [
        (None, timedelta(), 3600.0, "time_stamps"),
        (None, LATER, 3600.0, "time_stamps_behind"),
        (8, 24 * LATER, 60.0, "time_stamps"),  # the log has not grown since
        (5, LATER / 2, 3600.0, "time_stamps"),  # it is not time yet
        (5, 2 * LATER, 3600.0, "time_stamps_behind"),
    ],
)
async def test_an_authority_is_missed_when_it_was_to_stamp_and_did_not(store, size, after, every, code):
    if size is not None:
        await stamped(store, size)
    said = await found(store, after=after, timestamp_url="https://tsa.example", timestamp_seconds=every)
    assert list(said) == [code]


async def test_the_whole_examination_speaks_of_them(store):
    await cosigned(store, WITNESS, 8)
    asked = store.settings.model_copy(update={"witnesses": asks(WITNESS)})
    assert "witness" in [finding.code async for finding in examine_database(asked)]
