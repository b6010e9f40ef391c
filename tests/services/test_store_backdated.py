"""An event that is dated back gives itself away by the order of the log, and by times that witnesses signed."""

import time
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from services.auditing.findings import Fault
from services.doctor.damage import Place
from services.embedded.databases import DatabaseAddresses
from services.store import event_store
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency.note import Algorithm, Note, Signer
from services.transparency.recorded import RecordedTimes, recorded_in
from tests.services.tampered_store import STREAMS, TamperedStore, located

WITNESS = Signer.new("audit.example/w1", Algorithm.COSIGNATURE)
NOW = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest_asyncio.fixture
async def store(database: DatabaseAddresses, tmp_path) -> TamperedStore:
    filled = TamperedStore(database, tmp_path)
    await filled.fill()
    return filled


@pytest.fixture
def recorded_ago(monkeypatch):
    """Whoever appends under the application's address says when it was: the clock is theirs."""

    def set_back(ago: timedelta) -> None:
        class SetBack(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.now(tz) - ago

        monkeypatch.setattr(event_store, "datetime", SetBack)

    return set_back


async def cosigned(store: TamperedStore, at: int) -> None:
    connection = await asyncpg.connect(store.database.sequencer)
    await prepare(connection)
    tree = LogTree(connection)
    newest = await tree.newest_checkpoint()
    assert newest is not None
    line = WITNESS.cosignature_line(Note.parse(newest.note).text, at)
    await tree.keep_cosignature(newest.size, str(WITNESS.verifier), line)
    await connection.close()


@pytest.mark.parametrize("ago", [timedelta(days=600), timedelta(hours=25), timedelta(hours=-25)])
async def test_an_event_dated_back_in_column_and_entry_alike_is_located_by_both(store, recorded_ago, ago):
    recorded_ago(ago)
    await store.append([600])
    await store.sign()
    for deep in (True, False):
        found = await store.doctor(deep=deep)
        assert set(found) == {"recorded_out_of_time"}
        assert located(found["recorded_out_of_time"], Place(600, STREAMS[0], 4))
    [finding] = (await store.verified()).findings
    assert (finding.fault, finding.position) == (Fault.RECORDED_OUT_OF_TIME, 600)


async def test_what_a_witness_did_not_see_yet_was_not_recorded_an_hour_before(store, recorded_ago):
    await cosigned(store, int(time.time()))
    recorded_ago(HOUR)
    await store.append([600])
    await store.sign()
    assert located((await store.doctor())["recorded_out_of_time"], Place(600, STREAMS[0], 4))
    [finding] = (await store.verified(witnesses=[WITNESS.verifier])).findings
    assert (finding.fault, finding.position) == (Fault.RECORDED_OUT_OF_TIME, 600)
    # Whoever does not ask for the witness has the order alone, which allows clocks of machines to jump.
    assert (await store.verified()).sound


def test_times_are_bounded_by_what_was_seen_and_by_the_order_of_the_log():
    times = RecordedTimes([(10, NOW), (20, NOW + HOUR)], NOW + 48 * HOUR)
    assert times.wrong_with(0, None) is None
    assert times.wrong_with(5, NOW + 11 * MINUTE) is not None
    assert times.wrong_with(5, NOW + 9 * MINUTE) is None
    assert times.wrong_with(10, NOW - 9 * MINUTE) is None
    assert times.wrong_with(10, NOW - 11 * MINUTE) is not None
    assert times.wrong_with(19, NOW + 71 * MINUTE) is not None
    assert times.wrong_with(20, NOW + 49 * MINUTE) is not None
    assert times.wrong_with(20, NOW + 47 * HOUR) is None
    assert times.wrong_with(21, NOW + 22 * HOUR) is not None
    assert times.wrong_with(21, NOW + 24 * HOUR) is None
    assert times.wrong_with(22, NOW + 73 * HOUR) is not None
    assert times.wrong_with(23, None) is not None


def test_a_time_in_the_future_makes_nothing_after_it_wrong():
    times = RecordedTimes([], NOW)
    assert times.wrong_with(0, NOW + 1000 * HOUR) is not None
    assert times.wrong_with(1, NOW) is None


@pytest.mark.parametrize("text", [7, "2026-11-02", "2026-11-02T08:30:00.000000+", "2026-11-02T08:30:00.00000xZ"])
def test_a_time_of_recording_has_one_spelling(text):
    with pytest.raises(ValueError):
        recorded_in(text)


def test_an_entry_may_give_no_time_of_recording():
    assert recorded_in(None) is None
    assert recorded_in("2026-11-02T08:30:00.000000Z") == NOW
