"""The notary commits to the log as it grows, goes on where it was, and signs nothing once the log was altered."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import orjson
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.notary.key_changes import KeyChanges, untold
from services.notary.notary import Notary
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import LogAlteredError, Signing
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.log_tree import LogTree
from services.store.pools import open_pool, prepare
from services.transparency import merkle, tiles
from services.transparency.checkpoint import open_checkpoint
from services.transparency.keys import KeyFolder, KeyFolderError
from services.transparency.merkle import Growing
from tests.services.store_samples import command

ORIGIN = "log.example/city"


class Log:
    """A database with a log, and what it takes to sign it."""

    def __init__(self, pool: asyncpg.Pool, owner: asyncpg.Connection, signing: Signing, keys: KeyFolder) -> None:
        self.pool, self.owner, self.signing, self.keys = pool, owner, signing, keys
        self.tree = signing.tree

    async def grow(self, streams: int, events: int = 1) -> None:
        await EventStore(self.pool).append([command(events=events) for _ in range(streams)])
        await self.owner.execute("SELECT es.sequence_tick()")

    async def sign(self):
        signing = Signing(self.tree, self.keys.signers(), self.keys.verifiers(), self.signing.outside)
        return await signing.sign()

    async def as_superuser(self, *statements: str) -> None:
        tables = ["es.log", "es.tree_node", "es.checkpoint"]
        for table in tables:
            await self.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            await self.owner.execute(statement)


@pytest_asyncio.fixture
async def log(database: DatabaseAddresses, tmp_path) -> AsyncIterator[Log]:
    owner = await asyncpg.connect(database.superuser)
    sequencer = await asyncpg.connect(database.sequencer)
    await prepare(sequencer)
    keys = KeyFolder(tmp_path / "keys")
    keys.create(ORIGIN)
    signing = Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), OutsideCheckpoints(tmp_path / "outside"))
    async with await open_pool(database.app) as pool:
        yield Log(pool, owner, signing, keys)
    await sequencer.close()
    await owner.close()


async def test_an_empty_log_is_not_signed_and_a_grown_one_once(log):
    assert await log.sign() is None
    await log.grow(3)
    signed = await log.sign()
    assert signed is not None
    assert signed.size == 3
    assert await log.sign() is None


async def test_the_root_is_that_of_all_entries_across_tiles_and_levels(log):
    sizes = []
    for streams, events in ((100, 2), (56, 1), (1, 1), (100, 3), (3, 1)):
        await log.grow(streams, events)
        signed = await log.sign()
        assert signed is not None
        sizes.append(signed.size)
    assert sizes == [200, 256, 257, 557, 560]
    entries = [
        entry for tile in tiles.bundles_of(560) for entry in tiles.entries_in(await log.tree.tile(tile), tile.width)
    ]
    growing = Growing()
    for size in sizes:
        growing.extend(merkle.leaf_hash(entry) for entry in entries[growing.size : size])
        kept = await log.tree.checkpoint_of(size)
        opened = open_checkpoint(kept.note, log.keys.verifiers()).checkpoint
        assert (opened.origin, opened.size, opened.root) == (ORIGIN, size, growing.root())
    hashes = [each for tile in tiles.tiles_of(560) for each in tiles.hashes_in(await log.tree.tile(tile), tile.width)]
    assert len(hashes) == 560 + 2


async def test_checkpoints_are_kept_outside_before_they_are_in_the_database(log):
    await log.grow(5)
    signed = await log.sign()
    assert log.signing.outside.newest() == signed.note
    await log.grow(1)
    newer = await log.sign()
    assert log.signing.outside.all() == [signed.note, newer.note]


async def test_a_key_is_rotated_while_both_sign_and_old_checkpoints_stay_good(log):
    await log.grow(1)
    old_note = (await log.sign()).note
    old = log.keys.signers()[0]
    new = log.keys.create()
    assert new.name == ORIGIN
    await log.grow(1)
    both = (await log.sign()).note
    assert open_checkpoint(both, [old.verifier]).signed_by == (old.verifier,)
    assert open_checkpoint(both, [new.verifier]).signed_by == (new.verifier,)
    log.keys.retire(old.verifier.key_id.hex())
    await log.grow(1)
    assert open_checkpoint((await log.sign()).note, log.keys.verifiers()).signed_by == (new.verifier,)
    assert open_checkpoint(old_note, log.keys.verifiers()).signed_by == (old.verifier,)
    assert set(await log.tree.keys()) == {str(old.verifier), str(new.verifier)}
    with pytest.raises(KeyFolderError):
        log.keys.retire(new.verifier.key_id.hex())


def test_a_key_that_others_can_read_is_not_used(tmp_path):
    keys = KeyFolder(tmp_path)
    keys.create(ORIGIN)
    next(tmp_path.glob("*.skey")).chmod(0o644)
    with pytest.raises(KeyFolderError) as refused:
        keys.signers()
    assert refused.value.code == "key_readable_by_others"


@pytest.mark.parametrize(
    ("alteration", "code"),
    [
        ("UPDATE es.log SET leaf_hash = sha256('other') WHERE pos = 259", "log_differs_from_signed"),
        ("UPDATE es.tree_node SET hash = sha256('other')", "log_differs_from_signed"),
        ("DELETE FROM es.log WHERE pos >= 258; UPDATE es.sequencer SET size = 258", "log_shorter_than_signed"),
        (
            (
                "UPDATE es.log a SET leaf_hash = b.leaf_hash FROM es.log b"
                " WHERE a.pos IN (258, 259) AND b.pos = 517 - a.pos"
            ),
            "log_differs_from_signed",
        ),
    ],
    ids=["a leaf changed", "an inner hash changed", "the tail cut off", "two leaves swapped"],
)
async def test_an_altered_log_is_signed_no_more(log, alteration, code):
    await log.grow(260)
    await log.sign()
    await log.as_superuser(alteration)
    with pytest.raises(LogAlteredError) as altered:
        await log.sign()
    assert altered.value.code == code


async def test_a_restored_older_database_gives_itself_away_by_the_checkpoints_outside(log):
    await log.grow(10)
    await log.sign()
    await log.as_superuser(
        "DELETE FROM es.log WHERE pos >= 5", "DELETE FROM es.checkpoint", "UPDATE es.sequencer SET size = 5"
    )
    with pytest.raises(LogAlteredError):
        await log.sign()
    # Growing past the size that was signed does not hide it either: other events stand there now.
    await log.grow(10)
    with pytest.raises(LogAlteredError) as altered:
        await log.sign()
    assert altered.value.code == "log_differs_from_signed"


async def test_the_process_makes_the_first_key_signs_what_comes_and_stands_by_beside_another(database, tmp_path, log):
    stopping, ready = asyncio.Event(), asyncio.Event()
    keys, outside = KeyFolder(tmp_path / "process"), OutsideCheckpoints(tmp_path / "process-outside")
    notaries = [
        Notary(database.sequencer, keys, outside, origin=ORIGIN, every_seconds=0.01, on_ready=ready.set)
        for _ in range(2)
    ]
    running = [asyncio.create_task(notary.run(stopping)) for notary in notaries]
    await ready.wait()
    await log.grow(3)
    async with asyncio.timeout(60):
        while (newest := await log.tree.newest_checkpoint()) is None or newest.size < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stopping.set()
    await asyncio.gather(*running)
    assert open_checkpoint(newest.note, keys.verifiers()).checkpoint.size == 3
    assert len(keys.signers()) == 1


A, B = "log.example/city+aaaaaaaa+AAAA", "log.example/city+bbbbbbbb+BBBB"


@pytest.mark.parametrize(
    ("changes", "in_force", "expected"),
    [
        ([], [A], [("created", A)]),
        ([("created", A)], [A], []),
        ([("created", A)], [A, B], [("created", B)]),
        ([("created", A), ("created", B)], [B], [("retired", "aaaaaaaa")]),
        ([("created", A), ("created", B), ("retired", "aaaaaaaa")], [B], []),
        ([("created", A), ("created", B), ("retired", "aaaaaaaa")], [A, B], [("created", A)]),
    ],
)
def test_only_what_no_event_tells_of_the_keys_is_told(changes, in_force, expected):
    assert untold(changes, in_force) == expected


async def test_keys_that_come_into_force_by_the_notary_or_around_it_leave_an_event_before_they_sign(
    database, tmp_path, log
):
    keys = KeyFolder(tmp_path / "process")
    settings = Settings(
        data_dir=tmp_path,
        database_app_url=SecretStr(database.app),
        database_sequencer_url=SecretStr(database.sequencer),
        temporal_address="nowhere:1",
    )

    async def changes() -> list[tuple[str, str, str]]:
        rows = await log.owner.fetch("SELECT actor, data FROM es.event WHERE kind = 'access' ORDER BY seq")
        found = [(row["actor"], orjson.loads(row["data"])) for row in rows]
        return [(actor, data["change"], data["key"]) for actor, data in found]

    async def signing(until: int) -> None:
        stopping, outside = asyncio.Event(), OutsideCheckpoints(tmp_path / "process-outside")
        notary = Notary(
            database.sequencer,
            keys,
            outside,
            origin=ORIGIN,
            every_seconds=0.01,
            key_changes=KeyChanges(settings),
        )
        running = asyncio.create_task(notary.run(stopping))
        async with asyncio.timeout(60):
            while len(await changes()) < until:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stopping.set()
        await running

    await signing(1)
    first = keys.signers()[0].verifier
    assert await changes() == [("service:notary", "created", str(first))]
    second = keys.create().verifier
    await signing(2)
    keys.retire(first.key_id.hex())
    await signing(3)
    assert (await changes())[1:] == [
        ("service:notary", "created", str(second)),
        ("service:notary", "retired", first.key_id.hex()),
    ]
