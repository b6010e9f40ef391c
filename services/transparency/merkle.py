"""Merkle trees as RFC 6962 section 2.1 defines them: roots, and proofs of inclusion and of consistency."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = hashlib.sha256().digest_size


class ProofError(ValueError):
    """A proof does not show what it claims to show. ``code`` says in which way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class Subtree:
    """A whole subtree of 2^level leaves, the index-th of its level from the left."""

    level: int
    index: int


Reader = Callable[[Subtree], bytes]
"""Gives the hash of a whole subtree, however it is kept."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def whole_subtrees(start: int, end: int) -> Iterator[Subtree]:
    """The fewest whole subtrees that cover the leaves from start to end (exclusive), left to right.

    ``start`` is a multiple of the largest power of two below ``end - start``, as it is wherever RFC 6962 splits a tree.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        yield Subtree(level, start >> level)
        start += 1 << level


def range_hash(start: int, end: int, read: Reader) -> bytes:
    """MTH(D[start:end]), from whole subtrees; the leaves must be a subtree that RFC 6962 knows, or the whole tree."""
    hashes = [read(subtree) for subtree in whole_subtrees(start, end)]
    if not hashes:
        return EMPTY_ROOT
    folded = hashes.pop()
    while hashes:
        folded = node_hash(hashes.pop(), folded)
    return folded


def root(size: int, read: Reader) -> bytes:
    """The root of the tree of the first ``size`` leaves."""
    return range_hash(0, size, read)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that a leaf is in the tree, from its sibling up to the root's child."""
    if not 0 <= index < size:
        raise ProofError("index_beyond_tree")
    start, end = 0, size
    ranges: list[tuple[int, int]] = []
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start = split
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that a tree of ``old`` leaves is the beginning of one of ``new``."""
    if not 0 <= old <= new:
        raise ProofError("sizes_reversed")
    if old in {0, new}:
        return []
    start, end = 0, new
    ranges: list[tuple[int, int]] = []
    whole = True
    while old != end:
        split = start + _largest_power_below(end - start)
        if old <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((start, split))
            start, whole = split, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1. Raises ProofError: index_beyond_tree."""
    return [range_hash(start, end, read) for start, end in inclusion_ranges(index, size)]


def consistency_proof(old: int, new: int, read: Reader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2. Raises ProofError: sizes_reversed."""
    return [range_hash(start, end, read) for start, end in consistency_ranges(old, new)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Check that a leaf's hash is at an index of a tree with this root. Raises ProofError."""
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        raise ProofError("proof_length")
    folded = leaf
    for (start, _), sibling in zip(ranges, proof, strict=True):
        folded = node_hash(sibling, folded) if start < index else node_hash(folded, sibling)
    if folded != expected:
        raise ProofError("root_differs")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of ``old`` leaves is the beginning of that of ``new``. Raises ProofError."""
    ranges = consistency_ranges(old, new)
    if len(ranges) != len(proof):
        raise ProofError("proof_length")
    if not ranges:
        expected = EMPTY_ROOT if old == 0 else new_root
        if old_root != expected:
            raise ProofError("root_differs")
        return
    # The first hash is the whole of what both share at the right edge of the old tree, unless that is the old tree.
    pairs = list(zip(ranges, proof, strict=True))
    if ranges[0][1] == old:
        (_, shared), *pairs = pairs
    else:
        shared = old_root
    before = after = shared
    for (_, end), sibling in pairs:
        if end <= old:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    if before != old_root:
        raise ProofError("old_root_differs")
    if after != new_root:
        raise ProofError("root_differs")


class Growing:
    """A tree that is appended to from the left, of which only the whole subtrees at its right edge are kept."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append the hashes of leaves."""
        for leaf in leaves:
            grown, size = leaf, self.size
            while size & 1:
                grown = node_hash(self._edge.pop(), grown)
                size >>= 1
            self._edge.append(grown)
            self.size += 1

    def root(self) -> bytes:
        """The root as of now."""
        if not self._edge:
            return EMPTY_ROOT
        folded = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            folded = node_hash(left, folded)
        return folded


def _largest_power_below(count: int) -> int:
    """The largest power of two below a count of at least two."""
    return 1 << ((count - 1).bit_length() - 1)
