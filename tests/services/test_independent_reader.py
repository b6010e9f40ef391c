"""What the product signs and exports is read and proved by tlog-scales and OpenSSL, which share no code with it."""

import contextlib
import hashlib
import io
import shutil
import subprocess
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson
import pytest
import pytest_asyncio
from cryptography.exceptions import InvalidSignature
from tlog_scales import backend, signing, tlog
from tlog_scales import cli as command_line
from tlog_scales import reader as reading

from services.auditing.export import export_log
from services.embedded.databases import DatabaseAddresses
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency import merkle
from services.transparency.checkpoint import without_cosignatures
from services.transparency.note import Algorithm, Signer
from services.transparency.proof import EntryProof
from services.transparency.timestamps import request_for
from services.transparency.witnessing import CosignatureRequest
from services.witness.cosigning import Witness
from services.witness.records import Records
from tests.services.fake_authority import NOW, FakeAuthority
from tests.services.tampered_store import ORIGIN, SIZES, TamperedStore

SIZE = SIZES[-1]
COSIGNED_AT = 1_794_000_000


class Export(NamedTuple):
    """A real export, its keys as texts, and what the product itself would prove."""

    folder: Path
    log: str
    witness: str
    proofs: dict[int, str]
    consistency: dict[int, tuple[bytes, ...]]


@pytest_asyncio.fixture
async def export(database: DatabaseAddresses, tmp_path: Path) -> Export:
    """Three checkpoints, each cosigned; tiles of two levels, the last of each partial."""
    store, cosigner = TamperedStore(database, tmp_path), Signer.new("audit.example/w1", Algorithm.COSIGNATURE)
    await store.fill()
    witness = Witness(lambda: [cosigner], store.keys.verifiers(), Records(tmp_path / "w"), lambda: COSIGNED_AT)
    connection = await asyncpg.connect(database.sequencer)
    await prepare(connection)
    tree, consistency, old = LogTree(connection), {}, 0
    for size in SIZES:
        kept = await tree.checkpoint_of(size)
        assert kept is not None
        proof = merkle.consistency_proof(old, size, await tree.reader(merkle.consistency_ranges(old, size)))
        answer = witness.add_checkpoint(str(CosignatureRequest(old, tuple(proof), kept.note)).encode())
        assert answer.status == 200
        await tree.keep_cosignature(size, str(cosigner.verifier), answer.content)
        consistency[old], old = tuple(proof), size
    newest = await tree.newest_checkpoint()
    assert newest is not None
    proofs = {
        index: str(EntryProof(index, tuple(merkle.inclusion_proof(index, SIZE, reader)), newest.note))
        for index in (0, 255, 256, 511, 512, SIZE - 1)
        for reader in [await tree.reader(merkle.inclusion_ranges(index, SIZE))]
    }
    await connection.close()
    auditor = await asyncpg.connect(database.auditor)
    await prepare(auditor)
    await export_log(LogTree(auditor), tmp_path / "export")
    await auditor.close()
    return Export(tmp_path / "export", str(store.keys.verifiers()[0]), str(cosigner.verifier), proofs, consistency)


def checkpoint(export: Export, path: str = "checkpoint") -> Any:
    return tlog.Checkpoint.from_text((export.folder / path).read_text(encoding="utf-8"))


async def test_checkpoints_are_signed_by_the_log_and_cosigned_by_the_witness(export):
    for path in ("checkpoint", *(f"checkpoints/{size}" for size in SIZES)):
        found = checkpoint(export, path)
        log, witness = (signing.Vkey.from_string(each) for each in (export.log, export.witness))
        found.verify(log)
        found.verify(witness)
        assert found.origin == ORIGIN
        # Nothing is lost on the way through their reading and writing.
        assert found.serialize() == (export.folder / path).read_text(encoding="utf-8")
        [cosignature] = [each for each in found.signatures if witness.match(each)]
        assert int.from_bytes(cosignature.payload[:8]) == COSIGNED_AT
        with pytest.raises(InvalidSignature):
            log.get_verifier().verify(bytes(64), found)


async def test_tiles_and_entries_lead_to_the_signed_root_and_payloads_to_entries(export):
    reader = reading.TilesReader(backend.LocalBackend(export.folder))
    head = reader.get_checkpoint()
    assert reader.calculate_root_hash() == head.root_hash
    payloads = b"".join(
        (export.folder / path).read_bytes()
        for path in ("payload/entries/000", "payload/entries/001", "payload/entries/002.p/88")
    )
    for index in range(SIZE):
        entry = reader.get_entry(index)
        reader.get_inclusion_proof(index, SIZE).check(hashlib.sha256(b"\x00" + entry).digest(), head.root_hash)
        # As docs/audit.md says: the length of both in four bytes, the salt, the data.
        end = 4 + int.from_bytes(payloads[:4])
        assert orjson.loads(entry)["data_sha256"] == hashlib.sha256(payloads[4:end]).hexdigest()
        payloads = payloads[end:]
    assert payloads == b""


async def test_each_checkpoint_continues_the_one_before_by_their_proofs_and_by_ours(export):
    reader = reading.TilesReader(backend.LocalBackend(export.folder))
    reader.get_checkpoint()
    roots = {0: hashlib.sha256(b"").digest()} | {
        size: checkpoint(export, f"checkpoints/{size}").root_hash for size in SIZES
    }
    for old, new in zip((0, *SIZES), SIZES, strict=False):
        ours = tlog.ConsistencyProof(old, new, list(export.consistency[old]))
        for proof in (ours, reader.get_consistency_proof(old, new)) if old else (ours,):
            proof.check(roots[old], roots[new])
            if old:
                with pytest.raises(tlog.ConsistencyProofInvalid):
                    proof.check(hashlib.sha256(b"another").digest(), roots[new])


async def test_proofs_are_the_same_to_the_byte_whoever_writes_them(export):
    for index, ours in export.proofs.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            command_line.cmd_gen_proof(Namespace(location=str(export.folder), leaf_index=index))
        assert printed.getvalue() == ours


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"])
async def test_a_changed_tile_is_noticed_by_their_reader_too(export, path):
    file = export.folder / path
    content = file.read_bytes()
    file.write_bytes(content[:32] + bytes([content[32] ^ 1]) + content[33:])  # of its second hash
    reader = reading.TilesReader(backend.LocalBackend(export.folder))
    head = reader.get_checkpoint()
    entries = [reader.get_entry(index) for index in (0, SIZE - 1)]
    proofs = [
        (entry, reader.get_inclusion_proof(index, SIZE)) for entry, index in zip(entries, (0, SIZE - 1), strict=True)
    ]
    with pytest.raises(tlog.InclusionProofInvalid):
        for entry, proof in proofs:
            proof.check(hashlib.sha256(b"\x00" + entry).digest(), head.root_hash)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="checks by the openssl command, where there is one")
async def test_time_stamps_verify_with_openssl_as_the_documentation_says(export, tmp_path):
    authority, note = FakeAuthority(), (export.folder / "checkpoint").read_text(encoding="utf-8")
    signed = without_cosignatures(note)
    # docs/audit.md: with one key in force the stamped part is the first five lines.
    assert signed == "".join(note.splitlines(keepends=True)[:5])
    (tmp_path / "note").write_text(signed, encoding="utf-8")
    (tmp_path / "stamp.tsr").write_bytes(authority.answer(request_for(signed).as_bytes()))
    (tmp_path / "root.pem").write_bytes(authority.root_pem)

    def verified() -> bool:
        arguments = ["openssl", "ts", "-verify", "-in", "stamp.tsr", "-data", "note", "-CAfile", "root.pem", "-attime"]
        done = subprocess.run(  # noqa: S603
            [*arguments, str(int(NOW.timestamp()))], cwd=tmp_path, capture_output=True, check=False
        )
        return done.returncode == 0

    assert verified()
    (tmp_path / "note").write_text(signed.replace(str(SIZE), str(SIZE + 1)), encoding="utf-8")
    assert not verified()
