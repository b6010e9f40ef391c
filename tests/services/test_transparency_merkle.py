"""Trees and proofs: against another implementation, the recursive definition, and every falsification."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as pymerkle_consistency
from pymerkle import verify_inclusion as pymerkle_inclusion

from services.transparency import merkle
from services.transparency.merkle import Growing, ProofError, Subtree

ENTRIES = [f"entry {number}".encode() for number in range(300)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
SIZES = st.integers(min_value=0, max_value=300)


def defined(leaves):
    """MTH as RFC 6962 section 2.1 writes it down."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def read(subtree: Subtree) -> bytes:
    return defined(LEAVES[subtree.index << subtree.level : (subtree.index + 1) << subtree.level])


def root(size):
    return merkle.root(size, read)


@given(SIZES)
def test_a_root_is_what_the_definition_says_however_it_is_computed(size):
    growing = Growing()
    growing.extend(LEAVES[:size])
    assert root(size) == growing.root() == defined(LEAVES[:size])
    assert growing.size == size


def test_the_published_roots_of_the_certificate_transparency_test_data():
    # The eight entries and roots of the reference tests of RFC 6962's own implementations.
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    growing = Growing()
    for entry, expected in zip(entries, roots, strict=True):
        growing.extend([merkle.leaf_hash(bytes.fromhex(entry))])
        assert growing.root().hex() == expected


@given(st.integers(min_value=1, max_value=300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_every_entry_of_every_tree_is_proved_to_be_in_it_and_no_other(where):
    index, size = where
    proof = merkle.inclusion_proof(index, size, read)
    merkle.verify_inclusion(LEAVES[index], index, size, proof, root(size))
    for wrong in (
        (LEAVES[(index + 1) % 300], index, size, proof, root(size)),
        (LEAVES[index], index, size, [*proof, LEAVES[0]], root(size)),
        (LEAVES[index], index, size, proof, root(size - 1)),
        (LEAVES[index], size, size, proof, root(size)),
    ):
        with pytest.raises(ProofError):
            merkle.verify_inclusion(*wrong)


@given(SIZES.flatmap(lambda new: st.tuples(st.integers(0, new), st.just(new))))
def test_every_tree_is_proved_to_be_the_beginning_of_every_later_one(sizes):
    old, new = sizes
    proof = merkle.consistency_proof(old, new, read)
    merkle.verify_consistency(old, root(old), new, root(new), proof)
    if old:
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, LEAVES[7], new, root(new), proof)
    if 0 < old < new:
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, root(old), new, LEAVES[7], proof)
        with pytest.raises(ProofError):
            merkle.verify_consistency(old, root(old), new, root(new), proof[:-1])
        for place in range(len(proof)):
            with pytest.raises(ProofError):
                forged = [*proof[:place], merkle.leaf_hash(b"forged"), *proof[place + 1 :]]
                merkle.verify_consistency(old, root(old), new, root(new), forged)


def test_sizes_the_wrong_way_round_prove_nothing():
    with pytest.raises(ProofError):
        merkle.consistency_proof(5, 4, read)
    with pytest.raises(ProofError):
        merkle.inclusion_proof(4, 4, read)


@pytest.fixture(scope="module")
def foreign():
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 255, 256, 257, 300])
def test_another_implementation_knows_the_same_roots(foreign, size):
    assert foreign.get_root(size) == root(size)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (1, 3), (6, 7), (100, 257), (256, 257), (299, 300)])
def test_another_implementation_proves_with_the_same_hashes(foreign, index, size):
    proof = foreign.prove_inclusion(index + 1, size)
    pymerkle_inclusion(LEAVES[index], root(size), proof)
    path = [bytes.fromhex(step) if isinstance(step, str) else step for step in proof.path]
    assert path[1:] == merkle.inclusion_proof(index, size, read)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 8), (6, 8), (100, 300), (255, 256), (256, 257)])
def test_another_implementation_accepts_our_roots_as_consistent(foreign, old, new):
    pymerkle_consistency(root(old), root(new), foreign.prove_consistency(old, new))
