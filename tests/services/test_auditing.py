"""An export checks with the key alone; whatever is altered, in the files or in the database, is found and located."""

import base64
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree

from services.auditing.export import NothingSignedError, export_log
from services.auditing.findings import Fault
from services.auditing.sources import Folder, UnreadableError
from services.auditing.trust import Trust
from services.auditing.verification import Verification
from services.embedded.databases import DatabaseAddresses
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import LogAlteredError, Signing
from services.store.event_store import EventStore
from services.store.log_tree import LogTree
from services.store.pools import open_pool, prepare
from services.transparency import tiles
from services.transparency.keys import KeyFolder
from services.transparency.note import Algorithm, Note, Signer
from services.transparency.tiles import Tile
from tests.services.store_samples import command

SIZES = (5, 300, 600)


class Audited:
    """A database with a signed log, and an auditor who has kept its checkpoints."""

    def __init__(self, owner: asyncpg.Connection, auditor: asyncpg.Connection, signing: Signing) -> None:
        self.owner, self.auditor, self.signing = owner, auditor, signing

    def check(self, folder: Path, **changes):
        trust = Trust(self.signing.verifiers)
        known = [note.encode() for note in self.signing.outside.all()]
        return Verification(Folder(folder), trust, known=known, **changes).run()

    async def export(self, folder: Path) -> int:
        return await export_log(LogTree(self.auditor), folder)

    async def as_superuser(self, statement: str) -> None:
        tables = ("es.event", "es.log", "es.tree_node", "es.checkpoint", "es.cosignature")
        partitions = await self.owner.fetch(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'es.event'::regclass"
        )
        for table in (*tables, *(row[0] for row in partitions)):
            await self.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        await self.owner.execute(statement)


@pytest_asyncio.fixture
async def audited(database: DatabaseAddresses, tmp_path) -> AsyncIterator[Audited]:
    owner = await asyncpg.connect(database.superuser)
    connections = [await asyncpg.connect(dsn) for dsn in (database.sequencer, database.auditor)]
    for connection in connections:
        await prepare(connection)
    keys = KeyFolder(tmp_path / "keys")
    keys.create("log.example/city")
    outside = OutsideCheckpoints(tmp_path / "outside")
    signing = Signing(LogTree(connections[0]), keys.signers(), keys.verifiers(), outside)
    async with await open_pool(database.app) as pool:
        store, stream, written = EventStore(pool), uuid4(), 0
        for size in SIZES:
            await store.append([command(stream=stream, expected=SIZES.index(size))])
            await store.append([command() for _ in range(size - written - 1)])
            written = size
            await owner.execute("SELECT es.sequence_tick()")
            assert await signing.sign() is not None
    yield Audited(owner, connections[1], signing)
    for connection in (*connections, owner):
        await connection.close()


@pytest_asyncio.fixture
async def exported(audited: Audited, tmp_path) -> Path:
    folder = tmp_path / "export"
    assert await audited.export(folder) == 600
    return folder


async def test_an_export_is_sound_and_says_what_was_checked(audited, exported):
    report = audited.check(exported)
    assert report.sound, report.findings
    assert (report.size, report.entries, report.payloads) == (600, 600, 600)
    assert report.streams == 600 - 2
    assert report.checkpoints == 2 * len(SIZES)
    assert [name.partition("+")[0] for name in report.signed_by] == ["log.example/city"]


async def test_an_export_goes_on_where_it_was_broken_off(audited, exported):
    (exported / "checkpoint").unlink()
    (exported / Tile(None, 1).path).unlink()
    assert audited.check(exported).counts == {Fault.CHECKPOINT_MISSING: 1}
    kept = (exported / Tile(None, 0).path).stat().st_mtime_ns
    await audited.export(exported)
    assert audited.check(exported).sound
    assert (exported / Tile(None, 0).path).stat().st_mtime_ns == kept


async def test_without_a_checkpoint_there_is_nothing_to_export(database, tmp_path):
    connection = await asyncpg.connect(database.auditor)
    with pytest.raises(NothingSignedError):
        await export_log(LogTree(connection), tmp_path)
    await connection.close()


def test_a_folder_that_is_none_cannot_be_read(tmp_path):
    with pytest.raises(UnreadableError):
        Verification(Folder(tmp_path / "none"), Trust(())).run()


async def test_a_wrong_key_trusts_nothing(audited, exported):
    report = Verification(Folder(exported), Trust([Signer.new("log.example/city").verifier])).run()
    assert report.counts[Fault.CHECKPOINT_INVALID] == 1


async def test_an_export_is_checked_by_programs_of_others_alone(audited, exported):
    """With pymerkle, cryptography and the standard library, by the specifications; nothing of ours is called."""
    vkey = next((exported.parent / "keys").glob("*.vkey")).read_text()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(vkey.split("+", 2)[2])[1:])
    tree = InmemoryTree(algorithm="sha256")
    for bundle in sorted(file for file in (exported / "tile" / "entries").rglob("*") if file.is_file()):
        content = bundle.read_bytes()
        while content:
            length = int.from_bytes(content[:2], "big")
            tree.append_entry(content[2 : 2 + length])
            content = content[2 + length :]
    assert tree.get_size() == 600
    for file in [exported / "checkpoint", *(exported / "checkpoints").iterdir()]:
        text, _, signature = file.read_text().rpartition("\n\n")
        key.verify(base64.b64decode(signature.split()[2])[4:], f"{text}\n".encode())
        _, size, root = text.split("\n")
        assert tree.get_root(int(size)) == base64.b64decode(root)
    leaves = (exported / "tile" / "0" / "000").read_bytes()
    assert [leaves[start : start + 32] for start in range(0, len(leaves), 32)] == [
        tree.get_leaf(place) for place in range(1, 257)
    ]


async def test_a_witness_that_is_asked_for_must_have_cosigned(audited, exported):
    witness = Signer.new("audit.example/w1", Algorithm.COSIGNATURE)
    trust = Trust(audited.signing.verifiers, [witness.verifier])
    name = f"audit.example/w1+{witness.verifier.key_id.hex()}"
    report = Verification(Folder(exported), trust).run()
    assert [(finding.fault, finding.where) for finding in report.findings] == [(Fault.NOT_WITNESSED, name)]
    older = (await audited.signing.tree.checkpoint_of(300)).note
    line = witness.cosignature_line(Note.parse(older).text, int(time.time()))
    await audited.signing.tree.keep_cosignature(300, str(witness.verifier), line)
    await audited.export(exported)
    report = Verification(Folder(exported), trust).run()
    assert report.sound
    assert report.witnessed == {name: 300}
    file = exported / "checkpoints" / "300"
    file.write_text(older + line.replace("AAAA", "AAAB", 1))
    report = Verification(Folder(exported), trust).run()
    assert report.counts == {Fault.CHECKPOINT_INVALID: 1, Fault.NOT_WITNESSED: 1}


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("path", "place", "fault", "position"),
    [
        (Tile(0, 1).path, 32 * 7, Fault.TILE_DIFFERS, 256 + 7),
        (Tile(1, 0, 2).path, 32, Fault.TILE_DIFFERS, 256),
        (Tile(None, 0).path, 300, Fault.TILE_DIFFERS, 0),
        (f"payload/{Tile(None, 2, 88).path.removeprefix('tile/')}", 4 + 16, Fault.PAYLOAD_DIFFERS, 512),
        ("checkpoint", 20, Fault.CHECKPOINT_INVALID, None),
        ("checkpoints/300", 20, Fault.CHECKPOINT_INVALID, None),
    ],
    ids=["a leaf's hash", "an inner hash", "an entry", "a payload", "the checkpoint", "an older checkpoint"],
)
async def test_one_flipped_bit_is_found_where_it_is(audited, exported, path, place, fault, position):
    flip(exported / path, place)
    report = audited.check(exported)
    found = [finding for finding in report.findings if finding.fault is fault]
    assert {finding.position for finding in found} == {position}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (Tile(0, 0).path, Fault.TILE_MISSING),
        (Tile(1, 0, 2).path, Fault.TILE_MISSING),
        (Tile(None, 1).path, Fault.BUNDLE_MISSING),
        ("payload/entries/001", Fault.PAYLOADS_MISSING),
    ],
)
async def test_a_missing_file_is_named_and_the_rest_is_checked_all_the_same(audited, exported, path, fault):
    (exported / path).unlink()
    report = audited.check(exported)
    assert [finding.where for finding in report.findings if finding.fault is fault] == [path]
    assert report.counts[Fault.ROOT_DIFFERS] == 0


async def test_where_entries_and_their_hashes_are_missing_nothing_else_is_said_to_be_wrong(audited, exported):
    for tile in (Tile(None, 1), Tile(0, 1)):
        (exported / tile.path).unlink()
    report = audited.check(exported)
    assert report.counts == {Fault.BUNDLE_MISSING: 1, Fault.TILE_MISSING: 1}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (Tile(0, 1).path, Fault.TILE_DAMAGED),
        (Tile(None, 1).path, Fault.BUNDLE_DAMAGED),
        ("payload/entries/001", Fault.PAYLOADS_DAMAGED),
    ],
)
async def test_a_file_that_was_cut_off_is_named(audited, exported, path, fault):
    file = exported / path
    file.write_bytes(file.read_bytes()[:-5])
    assert [finding.where for finding in audited.check(exported).findings if finding.fault is fault] == [path]


async def test_an_export_of_an_older_state_is_shorter_than_what_was_signed_since(audited, exported, tmp_path):
    older = tmp_path / "older"
    shutil.copytree(exported, older)
    shutil.copy(exported / "checkpoints" / "300", older / "checkpoint")
    for tile in (*tiles.tiles_of(300), *tiles.bundles_of(300)):
        if tile.width < tiles.WIDTH:
            whole = exported / Tile(tile.level, tile.index, 256 if tile.index < 2 else 88).path
            content = whole.read_bytes() if whole.is_file() else (exported / Tile(1, 0, 2).path).read_bytes()
            (older / tile.path).parent.mkdir(parents=True, exist_ok=True)
            cut = content[: 32 * tile.width]
            if tile.level is None:
                cut = tiles.bundle(tiles.entries_in(content, 256)[: tile.width])
            (older / tile.path).write_bytes(cut)
    report = audited.check(older, with_payloads=False)
    assert set(report.counts) == {Fault.CHECKPOINT_AHEAD}


async def test_without_payloads_hashes_are_checked_all_the_same(audited, exported):
    shutil.rmtree(exported / "payload")
    report = audited.check(exported, with_payloads=False)
    assert report.sound
    assert report.payloads == 0


CHANGED_PAYLOAD = "UPDATE es.event SET data = '{}' WHERE seq = (SELECT seq FROM es.log WHERE pos = 1)"
CHANGED_ENTRY = """
    UPDATE es.event SET entry = replace(encode(entry, 'escape'), 'unit-7', 'unit-8')::bytea
     WHERE seq = (SELECT seq FROM es.log WHERE pos = 1)"""
CHANGED_HASH = """
    UPDATE es.log l SET leaf_hash = e.leaf_hash FROM es.event e WHERE e.seq = l.seq AND l.pos = 1"""
SWAPPED = """
    UPDATE es.event a SET entry = b.entry, data = b.data, salt = b.salt
      FROM es.event b, es.log la, es.log lb
     WHERE la.pos IN (1, 2) AND lb.pos = 3 - la.pos AND a.seq = la.seq AND b.seq = lb.seq"""


@pytest.mark.parametrize(
    ("alteration", "fault", "position"),
    [
        (CHANGED_PAYLOAD, Fault.PAYLOAD_DIFFERS, 1),
        (CHANGED_ENTRY, Fault.TILE_DIFFERS, 1),
        (f"{CHANGED_ENTRY};{CHANGED_HASH}", Fault.CHECKPOINT_INCONSISTENT, 5),
        (SWAPPED, Fault.TILE_DIFFERS, 1),
    ],
    ids=["payload", "metadata", "metadata with its hash", "two events swapped"],
)
async def test_what_a_superuser_changes_is_found_and_located(audited, tmp_path, alteration, fault, position):
    await audited.as_superuser(alteration)
    await audited.export(tmp_path / "altered")
    found = [finding for finding in audited.check(tmp_path / "altered").findings if finding.fault is fault]
    assert position in [finding.position for finding in found]


@pytest.mark.parametrize(
    "alteration",
    [
        "UPDATE es.log SET pos = pos - 1 WHERE pos > 100",
        "UPDATE es.sequencer SET size = size - 1",
        "WITH gone AS (DELETE FROM es.log WHERE pos >= 550 RETURNING pos) UPDATE es.sequencer SET size = 550",
    ],
    ids=["a row deleted and the gap closed", "the size set back", "the tail cut off"],
)
async def test_a_log_that_lost_something_is_signed_no_more(audited, alteration):
    if "pos - 1" in alteration:
        await audited.as_superuser("DELETE FROM es.log WHERE pos = 100")
        await audited.owner.execute("SET session_replication_role = replica")
        await audited.owner.execute("CREATE TEMP TABLE moved AS SELECT * FROM es.log WHERE pos > 100")
        await audited.owner.execute("DELETE FROM es.log WHERE pos > 100")
        await audited.owner.execute("INSERT INTO es.log SELECT pos - 1, seq, leaf_hash, sequenced_at FROM moved")
    else:
        await audited.as_superuser(alteration)
    with pytest.raises((LogAlteredError, RuntimeError)):
        await audited.signing.sign()
