"""A log without a database: entries, checkpoints over any size, proofs between any two."""

from functools import cache

from services.transparency import merkle
from services.transparency.checkpoint import Checkpoint
from services.transparency.merkle import Subtree
from services.transparency.note import Signer
from services.transparency.tiles import fold
from services.transparency.witnessing import CosignatureRequest

ORIGIN = "log.example/city"


class SampleLog:
    def __init__(self, *, history: str = "entry", signer: Signer | None = None) -> None:
        self.history = history
        self.signer = signer or Signer.new(ORIGIN)

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.signer.name, size, merkle.root(size, self._read))

    def note(self, size: int) -> str:
        return self.checkpoint(size).signed([self.signer])

    def request(self, old: int, size: int) -> CosignatureRequest:
        proof = merkle.consistency_proof(old, size, self._read) if old <= size else []
        return CosignatureRequest(old, tuple(proof), self.note(size))

    def _read(self, subtree: Subtree) -> bytes:
        start = subtree.index << subtree.level
        return fold([leaf(self.history, place) for place in range(start, start + (1 << subtree.level))])


@cache
def leaf(history: str, place: int) -> bytes:
    return merkle.leaf_hash(f"{history} {place}".encode())
