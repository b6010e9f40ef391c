"""The log over HTTP: what is handed out checks with the key alone, to those who may have it, and nothing beyond."""

import base64
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency import merkle, payloads, tiles
from services.transparency.checkpoint import open_checkpoint
from services.transparency.keys import KeyFolder
from services.transparency.proof import EntryProof
from tests.services.gateway_samples import City, issue_data, small_city


class Signed:
    """A city whose log is signed at two sizes."""

    def __init__(self, city: City, keys: KeyFolder, sizes: list[int]) -> None:
        self.city, self.keys, self.sizes = city, keys, sizes

    async def get(self, path: str, who: str = "auditor"):
        async with self.city.client(who) as client:
            return await client.get(f"/v1/log{path}")


@pytest_asyncio.fixture
async def log(database: DatabaseAddresses, tmp_path) -> AsyncIterator[Signed]:
    keys = KeyFolder(tmp_path / "keys")
    keys.create("log.example/city")
    sequencer = await asyncpg.connect(database.sequencer)
    await prepare(sequencer)
    signing = Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), OutsideCheckpoints(tmp_path / "outside"))
    async with small_city(database) as city:
        await city.admit("street auditor", Standing(role=Role.AUDITOR, area="east"))
        sizes: list[int] = []
        for count in (3, 300):
            async with city.client() as client:
                for number in range(count):
                    body = {"specversion": "1.0", "type": "duban.issue.reported.v1", "source": "12345-hotline"}
                    answer = await client.post(
                        "/v1/events",
                        json={**body, "id": f"{count}-{number}", "data": issue_data()},
                        headers={"Content-Type": "application/cloudevents+json"},
                    )
                    assert answer.status_code in {200, 201, 202}, answer.text
            await sequencer.execute("SELECT es.sequence_tick()")
            signed = await signing.sign()
            assert signed is not None
            sizes.append(signed.size)
        yield Signed(city, keys, sizes)
    await sequencer.close()


async def test_everybody_may_keep_the_checkpoint_and_compare_the_keys(log):
    async with log.city.client() as client:
        client.headers.pop("Authorization")
        checkpoint = await client.get("/v1/log/checkpoint")
        keys = (await client.get("/v1/log/keys")).json()["keys"]
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert open_checkpoint(checkpoint.text, log.keys.verifiers()).checkpoint.size == log.sizes[-1]
    assert keys == [str(verifier) for verifier in log.keys.verifiers()]
    assert (await log.get(f"/checkpoints/{log.sizes[0]}")).status_code == 200
    assert (await log.get(f"/checkpoints/{log.sizes[0] + 1}")).json()["code"] == "no_such_checkpoint"


async def test_time_stamps_are_handed_out_by_pages(database, log):
    assert (await log.get("/timestamps")).json() == {"timestamps": [], "next": None}
    sequencer = await asyncpg.connect(database.sequencer)
    await LogTree(sequencer).keep_time_stamp(log.sizes[0], "https://tsa.example", b"answer")
    await sequencer.close()
    stamp = {"size": log.sizes[0], "answer": base64.b64encode(b"answer").decode()}
    assert (await log.get("/timestamps")).json() == {"timestamps": [stamp], "next": None}
    assert (await log.get(f"/timestamps?after={log.sizes[0]}")).json()["timestamps"] == []
    assert (await log.get("/timestamps?after=-1")).status_code == 422


async def test_tiles_and_entries_add_up_to_the_signed_root_and_payloads_to_the_entries(log):
    size = log.sizes[-1]
    signed = open_checkpoint((await log.get("/checkpoint")).text, log.keys.verifiers()).checkpoint
    growing = merkle.Growing()
    for tile in tiles.bundles_of(size):
        entries = tiles.entries_in((await log.get(f"/{tile.path}")).content, tile.width)
        growing.extend(merkle.leaf_hash(entry) for entry in entries)
        path = tile.path.removeprefix("tile/")
        content = payloads.unframe((await log.get(f"/payload/{path}")).content, tile.width)
        for entry, (salt, data) in zip(entries, content, strict=True):
            assert payloads.data_sha256(salt, data).encode() in entry
    assert growing.root() == signed.root
    for tile in tiles.tiles_of(size):
        assert len((await log.get(f"/{tile.path}")).content) == 32 * tile.width


async def test_an_entry_is_proved_under_the_first_checkpoint_that_covers_it(log):
    for position, size in ((0, log.sizes[0]), (log.sizes[0], log.sizes[1]), (log.sizes[1] - 1, log.sizes[1])):
        proof = EntryProof.parse((await log.get(f"/entries/{position}/proof")).text)
        bundle = tiles.Tile(None, position // 256, min(256, log.sizes[1] - position // 256 * 256))
        entry = tiles.entries_in((await log.get(f"/{bundle.path}")).content, bundle.width)[position % 256]
        assert proof.verify(entry, log.keys.verifiers()).checkpoint.size == size
    assert (await log.get(f"/entries/{log.sizes[1]}/proof")).json()["code"] == "beyond_the_log"


async def test_what_was_signed_later_begins_with_what_was_signed_before(log):
    old, new = log.sizes
    notes = [(await log.get(f"/checkpoints/{size}")).text for size in (old, new)]
    before, after = (open_checkpoint(note, log.keys.verifiers()).checkpoint for note in notes)
    answer = (await log.get(f"/consistency?old={old}&new={new}")).json()
    proof = [base64.b64decode(each) for each in answer["hashes"]]
    merkle.verify_consistency(old, before.root, new, after.root, proof)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/tile/0/000.p/256", 400, "tile_path_malformed"),
        ("/tile/entries/0", 400, "tile_path_malformed"),
        ("/tile/0/x001/000", 404, "beyond_the_log"),
        ("/tile/7/000", 404, "beyond_the_log"),
        ("/payload/entries/x001/000", 404, "beyond_the_log"),
        ("/consistency?old=5&new=4", 400, "range_reversed"),
        ("/consistency?old=1&new=1000000", 404, "no_proof_of_size"),
        ("/entries/-1/proof", 422, "input_invalid"),
        ("/entries/99999999999999999999999/proof", 422, "input_invalid"),
        ("/checkpoints/0", 422, "input_invalid"),
    ],
)
async def test_what_does_not_exist_is_answered_precisely(log, path, status, code):
    answer = await log.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("who", "tile", "payload"),
    [("auditor", 200, 200), ("office", 200, 403), ("hotline", 403, 403), ("street auditor", 403, 403)],
)
async def test_entries_are_for_those_who_see_everything_and_payloads_for_auditors(log, who, tile, payload):
    assert (await log.get("/tile/entries/000", who)).status_code == tile
    assert (await log.get("/payload/entries/000", who)).status_code == payload
