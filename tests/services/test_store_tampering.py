"""Whatever a superuser does to the store is detected and located, by the doctor and by an auditor with an export."""
# ruff: noqa: E501, S608 - a table of alterations is read line by line, and its names are our own

import asyncio
import shutil
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from services.auditing.findings import Fault
from services.doctor.command import examine
from services.doctor.damage import Place
from services.embedded.databases import DatabaseAddresses
from services.notary.outside import OutsideCheckpoints
from services.store.log_tree import TreeDamagedError
from services.transparency.keys import KeyFolder
from tests.services.tampered_store import STREAMS, TamperedStore, located

# Events stand in the log stream by stream: position 201 is version 2 of the second stream.
POSITION = 201
STREAM = STREAMS[1]
EVENT = "seq = (SELECT seq FROM es.log WHERE pos = 201)"
HERE = Place(POSITION, STREAM, 2)
ENTRY_OF_ANOTHER_UNIT = f"""
    UPDATE es.event SET unit = 'unit-8', entry = replace(encode(entry, 'escape'), 'unit-7', 'unit-8')::bytea WHERE {EVENT}"""
HASH_AS_WELL = "UPDATE es.log l SET leaf_hash = e.leaf_hash FROM es.event e WHERE e.seq = l.seq AND l.pos = 201"
CUT_OFF = (
    "CREATE TEMP TABLE gone AS SELECT e.seq, e.stream_id FROM es.log l JOIN es.event e USING (seq) WHERE l.pos >= 500",
    "DELETE FROM es.event WHERE seq IN (SELECT seq FROM gone)",
    "UPDATE es.stream SET version = version - 1 WHERE stream_id IN (SELECT stream_id FROM gone)",
    "UPDATE es.current_state SET version = version - 1 WHERE stream_id IN (SELECT stream_id FROM gone)",
    "DELETE FROM es.log WHERE pos >= 500",
    "DELETE FROM es.tree_node WHERE index >= 1",
    "DELETE FROM es.checkpoint WHERE size > 500",
    "UPDATE es.sequencer SET size = 500",
)
REMOVED = (
    f"CREATE TEMP TABLE gone AS SELECT seq, stream_id FROM es.event WHERE {EVENT}",
    "DELETE FROM es.event WHERE seq IN (SELECT seq FROM gone)",
    "CREATE TEMP TABLE moved AS SELECT * FROM es.log WHERE pos > 201",
    "DELETE FROM es.log WHERE pos >= 201",
    "INSERT INTO es.log SELECT pos - 1, seq, leaf_hash, sequenced_at FROM moved",
    "UPDATE es.sequencer SET size = size - 1",
)
COLUMNS = (
    "xid, stream_id, version, event_id, kind, type, schema_version, occurred_at, recorded_at, actor, campaign_id, unit, area,"
    " entry, data, salt"
)
SWAPPED_CONTENT = (
    "CREATE TEMP TABLE pair AS SELECT l.pos, e.* FROM es.log l JOIN es.event e USING (seq) WHERE l.pos IN (201, 202)",
    "DELETE FROM es.event WHERE seq IN (SELECT seq FROM pair)",
    f"INSERT INTO es.event (seq, {COLUMNS}) SELECT (SELECT seq FROM pair p WHERE p.pos = 403 - pair.pos), {COLUMNS} FROM pair",
)
SWAPPED_POSITIONS = (
    "CREATE TEMP TABLE pair AS SELECT * FROM es.log WHERE pos IN (1, 201)",
    "DELETE FROM es.log WHERE pos IN (1, 201)",
    "INSERT INTO es.log SELECT 202 - pos, seq, leaf_hash, sequenced_at FROM pair",
)
COPIED = """
    INSERT INTO es.event (seq, xid, stream_id, version, event_id, kind, type, schema_version, occurred_at, recorded_at,
      actor, campaign_id, unit, area, entry, data, salt)
    SELECT {seq}, {xid}, stream_id, {version}, '{id}', kind, type, schema_version, occurred_at, {recorded},
      actor, campaign_id, unit, area, {entry}, data, salt FROM es.event WHERE version = 3 AND stream_id = '{stream}'"""
NEW_ID = UUID(int=77)
# Well-formed in every respect: nothing but what nobody appended.
FORGED = f"""
    replace(replace(encode(entry, 'escape'), '"version":3', '"version":4'), event_id::text, '{NEW_ID}')::bytea"""


def inserted(**changes: object) -> str:
    usual = {
        "seq": "nextval('es.event_seq')",
        "xid": "pg_current_xact_id()",
        "version": 4,
        "recorded": "recorded_at",
        "entry": FORGED,
        "id": NEW_ID,
        "stream": STREAM,
    }
    return COPIED.format(**(usual | changes))


@pytest_asyncio.fixture
async def store(database: DatabaseAddresses, tmp_path) -> TamperedStore:
    filled = TamperedStore(database, tmp_path)
    await filled.fill()
    return filled


async def test_a_store_nobody_touched_has_nothing_wrong_and_verifies(store):
    assert await store.doctor() == {}
    assert await store.doctor(deep=False) == {}
    report = await store.verified()
    assert report.sound, report.findings


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("stream_id", f"'{UUID(int=9999)}'"),
        ("version", "77"),
        ("event_id", "gen_random_uuid()"),
        ("kind", "'campaign'"),
        ("type", "'item.closed.v1'"),
        ("schema_version", "2"),
        ("occurred_at", "occurred_at - interval '1 microsecond'"),
        ("recorded_at", "recorded_at - interval '1 microsecond'"),
        ("actor", "'principal-2'"),
        ("campaign_id", "'campaign-1'"),
        ("unit", "'unit-8'"),
        ("unit", "NULL"),
        ("area", "'area-4'"),
    ],
)
async def test_a_changed_column_is_located_by_stream_version_and_position(store, column, value):
    await store.alter(f"UPDATE es.event SET {column} = {value} WHERE {EVENT}")
    found = await store.doctor()
    assert found["columns_changed"].places == (str(Place(POSITION, STREAM, 2, column)),)
    assert found["columns_changed"].mend is not None


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ("data = '{}'", {"data_changed", "events_unreadable"}),
        ("data = convert_to(replace(convert_from(data, 'UTF8'), '加快', '放慢'), 'UTF8')", {"data_changed"}),
        ("salt = substr(sha256('x'), 1, 16)", {"data_changed"}),
    ],
)
async def test_a_changed_payload_is_located_by_both(store, change, codes):
    await store.alter(f"UPDATE es.event SET {change} WHERE {EVENT}")
    found = await store.doctor()
    assert set(found) == codes
    assert located(found["data_changed"], HERE)
    [finding] = (await store.verified()).findings
    assert (finding.fault, finding.position) == (Fault.PAYLOAD_DIFFERS, POSITION)


@pytest.mark.parametrize(
    ("statements", "code", "place", "fault", "position"),
    [
        ([ENTRY_OF_ANOTHER_UNIT], "entry_changed", HERE, Fault.TILE_DIFFERS, POSITION),
        (
            [ENTRY_OF_ANOTHER_UNIT, HASH_AS_WELL],
            "log_differs_from_kept",
            Place(5, last=299),
            Fault.CHECKPOINT_INCONSISTENT,
            300,
        ),
        (
            [ENTRY_OF_ANOTHER_UNIT, HASH_AS_WELL],
            "node_differs",
            Place(0, last=255),
            Fault.CHECKPOINT_INCONSISTENT,
            300,
        ),
        (REMOVED, "version_hole", Place(400, STREAM, 3), Fault.VERSION_GAP, 400),
        (REMOVED, "log_differs_from_kept", Place(5, last=299), Fault.VERSION_GAP, 400),
        (SWAPPED_CONTENT, "entry_changed", Place(POSITION, STREAMS[2], 2), Fault.TILE_DIFFERS, POSITION),
        (SWAPPED_POSITIONS, "versions_out_of_order", Place(POSITION, STREAM, 1), Fault.VERSION_GAP, 1),
        (SWAPPED_POSITIONS, "log_differs_from_kept", Place(0, last=4), Fault.VERSION_GAP, 1),
    ],
    ids=[
        "an entry rewritten",
        "an entry and its hash rewritten: checkpoints",
        "an entry and its hash rewritten: tree",
        "an event removed and the gap closed: versions",
        "an event removed and the gap closed: checkpoints",
        "two events swapped",
        "two positions swapped: versions",
        "two positions swapped: checkpoints",
    ],
)
async def test_what_was_altered_in_the_log_is_located_by_both(store, statements, code, place, fault, position):
    await store.alter(*statements)
    found = await store.doctor()
    assert located(found[code], place), found[code]
    try:
        report = await store.verified()
    except TreeDamagedError:
        assert "log_shorter_than_signed" in found
    else:
        assert position in [finding.position for finding in report.findings if finding.fault is fault]


@pytest.mark.parametrize(
    ("statement", "code", "place"),
    [
        (f"DELETE FROM es.event WHERE {EVENT}", "event_missing", Place(POSITION)),
        ("DELETE FROM es.log WHERE pos = 201", "position_missing", Place(POSITION)),
        ("DELETE FROM es.log WHERE pos >= 590", "position_missing", Place(590, last=599)),
        ("UPDATE es.sequencer SET size = 590", "position_not_given", Place(590)),
        ("UPDATE es.log SET leaf_hash = sha256('x') WHERE pos = 201", "entry_changed", HERE),
        ("UPDATE es.tree_node SET hash = sha256('x') WHERE index = 1", "node_differs", Place(256, last=511)),
        ("DELETE FROM es.tree_node WHERE index = 0", "node_missing", Place(0, last=255)),
        ("DELETE FROM es.checkpoint WHERE size = 300", "checkpoint_missing", Place(detail="size 300")),
        ("UPDATE es.checkpoint SET root = sha256('x') WHERE size = 300", "checkpoint_not_signed", Place(detail="size 300")),
        ("UPDATE es.checkpoint SET note = 'x' WHERE size = 300", "checkpoint_not_signed", Place(detail="size 300")),
        (inserted(), "stream_differs", Place(stream=STREAM, version=4)),
        (inserted(version=9), "stream_differs", Place(stream=STREAM, version=9)),
        (inserted(stream=STREAM, recorded="now() + interval '1 year'"), "event_not_in_log", Place(stream=STREAM, version=4)),
        (inserted(xid="'5'::xid8", recorded="now() - interval '1 year'"), "event_not_in_log", Place(stream=STREAM, version=4)),
        ("ALTER TABLE es.event DETACH PARTITION es.event_p0", "event_missing", Place(0)),
        (f"DELETE FROM es.stream WHERE stream_id = '{STREAM}'", "stream_differs", Place(stream=STREAM, version=3)),
        (f"UPDATE es.stream SET version = 9 WHERE stream_id = '{STREAM}'", "stream_differs", Place(stream=STREAM, version=3)),
        (f"DELETE FROM es.current_state WHERE stream_id = '{STREAM}'", "stream_differs", Place(stream=STREAM, version=3)),
        ("INSERT INTO es.log_key (vkey) VALUES ('log.example/city+00000000+AA==')", "key_unknown", Place(detail="log.example")),
    ],
)  # fmt: skip
async def test_what_was_done_to_a_row_is_located(store, statement, code, place):
    await store.alter(statement)
    found = await store.doctor()
    assert located(found[code], place), found[code]
    assert found[code].mend is not None


async def test_several_processes_find_what_one_finds(store, monkeypatch):
    await store.alter(f"UPDATE es.event SET unit = 'unit-8' WHERE {EVENT}", "DELETE FROM es.log WHERE pos = 599")
    alone = await store.doctor()
    monkeypatch.setattr("services.doctor.parts.POSITIONS", 256)
    monkeypatch.setattr("services.doctor.parts._SMALL", 0)
    assert await store.doctor() == alone
    assert set(alone) == {"columns_changed", "position_missing", "log_differs_from_kept", "log_differs_from_signed"}


async def test_the_command_says_where_and_fails(store, capsys):
    await store.alter(f"UPDATE es.event SET unit = 'unit-8' WHERE {EVENT}")
    assert await asyncio.to_thread(examine, store.settings, deep=True) == 1
    printed = capsys.readouterr().out
    assert f"@ {Place(POSITION, STREAM, 2, 'unit')}" in printed
    assert "[columns_changed]" in printed


async def test_an_event_from_nowhere_is_noticed_after_it_got_its_place_too(store):
    await store.alter(inserted(), "SELECT es.sequence_tick()")
    await store.sign()
    found = await store.doctor()
    assert set(found) == {"stream_differs"}
    assert located(found["stream_differs"], Place(stream=STREAM, version=4))


async def test_a_cut_off_tail_gives_itself_away_by_what_was_kept_outside(store):
    await store.alter(*CUT_OFF)
    for deep in (True, False):
        found = await store.doctor(deep=deep)
        assert located(found["log_shorter_than_signed"], Place(500, last=599))
    report = await store.verified()
    assert report.counts[Fault.CHECKPOINT_AHEAD] == 1


@pytest.fixture
def backed_up(database: DatabaseAddresses, tmp_path):
    """A store of 600 entries whose database is put back to what it was at 300."""

    async def make(*, grown_to: int) -> TamperedStore:
        store = TamperedStore(database, tmp_path)
        await store.fill((5, 300))
        backup, maintenance = f"{database.name}_backup", database.superuser.replace(f"/{database.name}?", "/postgres?")
        connection = await asyncpg.connect(maintenance)
        await connection.execute(f"CREATE DATABASE {backup} TEMPLATE {database.name}")
        await store.fill((600,))
        await connection.execute(f"DROP DATABASE {database.name}")
        await connection.execute(f"ALTER DATABASE {backup} RENAME TO {database.name}")
        await connection.close()
        if grown_to > 300:
            await store.append(range(300, grown_to))
        return store

    return make


@pytest.mark.parametrize("deep", [True, False])
async def test_a_restored_older_backup_gives_itself_away(backed_up, deep):
    store = await backed_up(grown_to=300)
    found = await store.doctor(deep=deep)
    assert located(found["log_shorter_than_signed"], Place(300, last=599))
    assert (await store.verified()).counts[Fault.CHECKPOINT_AHEAD] == 1


@pytest.mark.parametrize("deep", [True, False])
async def test_a_restored_backup_that_has_grown_since_gives_itself_away(backed_up, deep):
    store = await backed_up(grown_to=600)
    found = await store.doctor(deep=deep)
    if deep:
        assert located(found["log_differs_from_kept"], Place(300, last=599))
    else:
        assert located(found["tree_damaged"], Place(0, last=599))
    # Signed as if nothing had happened, for an auditor who kept the checkpoints from before.
    await store.sign(outside=OutsideCheckpoints(store.folder / "new"))
    faults = {(finding.fault, finding.position) for finding in (await store.verified()).findings}
    assert (Fault.ROOT_DIFFERS, 600) in faults


async def test_a_log_replaced_with_its_checkpoints_by_whoever_has_the_key_differs_from_what_was_kept(store, tmp_path):
    await store.alter(
        ENTRY_OF_ANOTHER_UNIT,
        HASH_AS_WELL,
        "TRUNCATE es.checkpoint CASCADE",
        "TRUNCATE es.tree_node",
    )
    await store.sign(outside=OutsideCheckpoints(tmp_path / "new"))
    found = await store.doctor()
    assert set(found) == {"log_differs_from_kept", "checkpoint_missing"}
    assert located(found["log_differs_from_kept"], Place(5, last=299))
    faults = {(finding.fault, finding.position) for finding in (await store.verified()).findings}
    assert (Fault.CHECKPOINT_INCONSISTENT, 300) in faults


async def test_a_log_signed_with_another_key_is_not_signed(store, tmp_path):
    real = tmp_path / "real"
    shutil.move(store.keys.path, real)
    forged = KeyFolder(store.keys.path)
    forged.create("log.example/city")
    await store.alter("TRUNCATE es.checkpoint CASCADE", "TRUNCATE es.tree_node", "TRUNCATE es.log_key")
    await store.sign(outside=OutsideCheckpoints(tmp_path / "new"))
    shutil.rmtree(store.keys.path)
    shutil.move(real, store.keys.path)
    for deep in (True, False):
        found = await store.doctor(deep=deep)
        assert located(found["checkpoint_not_signed"], Place(detail="size 600"))
        assert "key_unknown" in found
    assert (await store.verified()).counts[Fault.CHECKPOINT_INVALID] == 1


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE es.event SET data = '{{}}' WHERE {EVENT}",
        "UPDATE es.event SET actor = 'x' WHERE seq = (SELECT max(seq) FROM es.event)",
    ],
)
async def test_the_newest_entries_are_looked_at_every_time(store, statement):
    await store.alter(statement)
    assert await store.doctor(deep=False)
