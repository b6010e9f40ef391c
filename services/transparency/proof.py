"""Proofs by c2sp.org/tlog-proof: that an entry stands in the log, to be checked offline with the log's key alone."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from services.transparency.checkpoint import SignedCheckpoint, open_checkpoint
from services.transparency.merkle import HASH_BYTES, ProofError, leaf_hash, verify_inclusion
from services.transparency.note import Verifier

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MOST_HASHES = 64


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry's index, the hashes from its sibling up, and the checkpoint they lead to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        """The proof as a text to be kept in a file named .tlog-proof."""
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        hashes = [base64.b64encode(each).decode() for each in self.hashes]
        return "\n".join([_HEADER, *extra, f"index {self.index}", *hashes, "", self.checkpoint])

    @classmethod
    def parse(cls, content: str) -> Self:
        """Read a proof. Raises ProofError: proof_malformed."""
        head, separator, checkpoint = content.partition("\n\n")
        header, *lines = head.split("\n")
        try:
            extra = base64.b64decode(lines.pop(0)[6:], validate=True) if lines[0].startswith("extra ") else None
            found = _INDEX.fullmatch(lines.pop(0))
            hashes = tuple(base64.b64decode(line, validate=True) for line in lines)
        except (binascii.Error, IndexError):
            raise ProofError("proof_malformed") from None
        lengths = {len(each) for each in hashes} <= {HASH_BYTES} and len(hashes) <= _MOST_HASHES
        if header != _HEADER or not separator or found is None or not lengths:
            raise ProofError("proof_malformed")
        return cls(int(found[1]), hashes, checkpoint, extra)

    def verify(self, entry: bytes, logs: Iterable[Verifier], witnesses: Iterable[Verifier] = ()) -> SignedCheckpoint:
        """Check that the log's owner has committed to the entry. Raises ProofError and NoteError."""
        opened = open_checkpoint(self.checkpoint, logs, witnesses)
        checkpoint = opened.checkpoint
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return opened
