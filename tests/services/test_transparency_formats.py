"""Notes, checkpoints, tiles and proofs: against published examples, and against whatever is malformed or forged."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transparency import merkle, tiles
from services.transparency.checkpoint import Checkpoint, open_checkpoint
from services.transparency.merkle import ProofError
from services.transparency.note import Algorithm, Note, NoteError, Signer, Verifier, signed
from services.transparency.proof import EntryProof
from services.transparency.tiles import Tile, TileError

# The example of Go's note package, golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105 - published
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "log.example/city"


@pytest.fixture(scope="module")
def signer():
    return Signer.new(ORIGIN)


class TestNotes:
    def test_the_published_note_is_read_and_made_again_byte_for_byte(self):
        verifier = Verifier.parse(GO_KEY)
        assert str(verifier) == GO_KEY
        assert Note.parse(GO_NOTE).verified_by([verifier]) == (verifier,)
        assert signed(GO_TEXT, [Signer.parse(GO_SECRET)]) == GO_NOTE
        assert Signer.parse(GO_SECRET).secret == GO_SECRET

    def test_a_key_shows_no_secret(self, signer):
        assert signer.secret.rpartition("+")[2] not in f"{signer!r} {signer}"

    def test_a_changed_text_is_signed_by_nobody(self):
        changed = GO_NOTE.replace("answer", "question")
        with pytest.raises(NoteError) as refused:
            Note.parse(changed).verified_by([Verifier.parse(GO_KEY)])
        assert refused.value.code == "signature_wrong"

    def test_unknown_signatures_are_passed_over_but_one_known_is_needed(self, signer):
        both = signed(GO_TEXT, [Signer.parse(GO_SECRET), signer])
        assert Note.parse(both).verified_by([signer.verifier]) == (signer.verifier,)
        with pytest.raises(NoteError) as refused:
            Note.parse(GO_NOTE).verified_by([signer.verifier])
        assert refused.value.code == "signed_by_nobody_known"

    def test_of_the_same_name_only_the_key_itself_counts(self, signer):
        with pytest.raises(NoteError):
            Note.parse(signed(GO_TEXT, [Signer.new(ORIGIN)])).verified_by([signer.verifier])

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "text",
            "text\n",
            "text\n\n",
            "text\n\nsignature\n",
            "text\n\n— name\n",
            "text\n\n— name AAAA\n",
            GO_NOTE[:-1],
            GO_NOTE + "\n",
            GO_NOTE.replace("\n", "\r\n"),
            GO_NOTE.replace("think", "thi\tnk"),
            GO_TEXT + "\n" + "— a AAAAAAAA\n" * 101,
        ],
    )
    def test_what_is_no_note_is_said_to_be_none(self, content):
        with pytest.raises(NoteError) as refused:
            Note.parse(content)
        assert refused.value.code == "note_malformed"

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "a",
            "a+b",
            "a+00000000+AA==",
            GO_KEY.replace("c74f20a3", "c74f20a4"),
            GO_KEY[:-4],
            GO_KEY.replace("+AR", "+Ag"),
            "two words+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ],
    )
    def test_what_is_no_key_is_said_to_be_none(self, key):
        with pytest.raises(NoteError) as refused:
            Verifier.parse(key)
        assert refused.value.code == "key_malformed"


class TestCheckpoints:
    def test_a_checkpoint_says_what_it_was_made_of(self, signer):
        checkpoint = Checkpoint(ORIGIN, 7, merkle.leaf_hash(b""))
        opened = open_checkpoint(checkpoint.signed([signer]), [signer.verifier])
        assert opened.checkpoint == checkpoint
        assert opened.signed_by == (signer.verifier,)

    def test_a_witness_signs_that_it_was_consistent_at_a_time(self, signer):
        witness = Signer(name="witness.example/w", private=Signer.new("w").private, algorithm=Algorithm.COSIGNATURE)
        checkpoint = Checkpoint(ORIGIN, 7, merkle.leaf_hash(b""))
        line = witness.cosignature_line(checkpoint.text, 1_679_315_147)
        note = checkpoint.signed([signer], [line])
        assert open_checkpoint(note, [signer.verifier], [witness.verifier]).signed_by == (
            signer.verifier,
            witness.verifier,
        )
        # Alone it is not enough: the log itself must have signed.
        with pytest.raises(NoteError):
            open_checkpoint(f"{checkpoint.text}\n{line}", [signer.verifier], [witness.verifier])
        later = base64.b64decode(line.split(" ")[2])
        forged = base64.b64encode(later[:11] + bytes([later[11] ^ 1]) + later[12:]).decode()
        with pytest.raises(NoteError):
            open_checkpoint(
                checkpoint.signed([signer], [f"— witness.example/w {forged}\n"]), [signer.verifier], [witness.verifier]
            )

    def test_the_published_cosigned_checkpoint_is_read(self):
        published = Note.parse(
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
            "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+"
            "zyWE+xeMcTOAYQ8=\n"
        )
        assert Checkpoint.parse(published.text).size == 20_852_163

    @pytest.mark.parametrize(
        "text", ["", "o\n", "o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1\nAAAA\n", "o\n1\n*\n", "\n1\nAAAA\n"]
    )
    def test_what_is_no_checkpoint_is_said_to_be_none(self, text):
        with pytest.raises(NoteError) as refused:
            Checkpoint.parse(text)
        assert refused.value.code == "checkpoint_malformed"


class TestTiles:
    @pytest.mark.parametrize(
        ("tile", "path"),
        [
            (Tile(0, 0), "tile/0/000"),
            (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
            (Tile(1, 999, 17), "tile/1/999.p/17"),
            (Tile(None, 1_000, 255), "tile/entries/x001/000.p/255"),
        ],
    )
    def test_tiles_lie_where_the_specification_puts_them(self, tile, path):
        assert tile.path == path
        assert tiles.parse_tile(path) == tile

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile",
            "tile/0",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/1",
            "tile/0/0001",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tiles/0/000",
            "tile/entries/../000",
            "tile/0/٠٠٠",
            "tile/٠/000",
            "tile/0/000\n",
        ],
    )
    def test_what_is_no_path_of_a_tile_is_said_to_be_none(self, path):
        with pytest.raises(TileError):
            tiles.parse_tile(path)

    def test_a_tree_of_70_000_has_the_tiles_the_specification_counts(self):
        found = list(tiles.tiles_of(70_000))
        assert [tile for tile in found if tile.width < tiles.WIDTH] == [
            Tile(0, 273, 112),
            Tile(1, 1, 17),
            Tile(2, 0, 1),
        ]
        assert len(found) == 273 + 1 + 1 + 1 + 1
        assert list(tiles.tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]
        assert all(tiles.has_tile(tile, 70_000) for tile in found)
        assert not tiles.has_tile(Tile(0, 273, 113), 70_000)
        assert not tiles.has_tile(Tile(None, 273), 70_000)

    @given(st.lists(st.binary(max_size=300), max_size=256))
    def test_a_bundle_gives_back_its_entries(self, entries):
        assert tiles.entries_in(tiles.bundle(entries), len(entries)) == entries

    @given(
        st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=20), st.integers(min_value=1, max_value=20)
    )
    def test_a_bundle_that_was_cut_off_is_noticed(self, entries, cut):
        content = tiles.bundle(entries)
        with pytest.raises(TileError):
            tiles.entries_in(content[: max(0, len(content) - cut)], len(entries))

    def test_a_tile_folds_into_the_hash_of_its_subtree(self):
        leaves = [merkle.leaf_hash(bytes([number])) for number in range(256)]
        growing = merkle.Growing()
        growing.extend(leaves)
        assert tiles.fold(leaves) == growing.root()


class TestProofs:
    ENTRIES = tuple(f"entry {number}".encode() for number in range(11))

    def proof(self, signer, index, extra=None):
        leaves = [merkle.leaf_hash(entry) for entry in self.ENTRIES]

        def read(subtree):
            return tiles.fold(leaves[subtree.index << subtree.level : (subtree.index + 1) << subtree.level])

        checkpoint = Checkpoint(ORIGIN, len(leaves), merkle.root(len(leaves), read)).signed([signer])
        return EntryProof(index, tuple(merkle.inclusion_proof(index, len(leaves), read)), checkpoint, extra)

    @pytest.mark.parametrize("index", range(11))
    @pytest.mark.parametrize("extra", [None, b"", b"salt"])
    def test_a_proof_stands_on_its_own(self, signer, index, extra):
        written = str(self.proof(signer, index, extra))
        proof = EntryProof.parse(written)
        assert str(proof) == written
        assert proof.extra == extra
        assert proof.verify(self.ENTRIES[index], [signer.verifier]).checkpoint.size == 11
        with pytest.raises(ProofError):
            proof.verify(self.ENTRIES[index - 1], [signer.verifier])

    def test_a_proof_under_somebody_elses_checkpoint_proves_nothing(self, signer):
        proof = self.proof(Signer.new(ORIGIN), 3)
        with pytest.raises(NoteError):
            proof.verify(self.ENTRIES[3], [signer.verifier])

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "c2sp.org/tlog-proof@v1",
            "c2sp.org/tlog-proof@v1\n\n",
            "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
            "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
            "c2sp.org/tlog-proof@v1\nindex 0\n*\n\nx",
            "c2sp.org/tlog-proof@v1\nextra *\nindex 0\n\nx",
        ],
    )
    def test_what_is_no_proof_is_said_to_be_none(self, content):
        with pytest.raises(ProofError) as refused:
            EntryProof.parse(content)
        assert refused.value.code == "proof_malformed"
