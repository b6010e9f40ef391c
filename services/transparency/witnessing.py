"""Requests for cosignatures by c2sp.org/tlog-witness: what a log sends to a witness, and where its witnesses are."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Self

from services.transparency.merkle import HASH_BYTES
from services.transparency.note import Algorithm, NoteError, Verifier

ADD_CHECKPOINT = "add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MOST_HASHES = 63
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_WITNESS = re.compile(r"(?P<vkey>\S+?)=(?P<prefix>https?://\S+)")


@dataclass(frozen=True, slots=True)
class CosignatureRequest:
    """A checkpoint, and the proof that it continues the one of ``old`` entries, the last that the witness has seen."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """The body of the request."""
        hashes = [base64.b64encode(each).decode() for each in self.proof]
        return "\n".join([f"old {self.old}", *hashes, "", self.checkpoint])

    @classmethod
    def parse(cls, content: str) -> Self:
        """Read a body; the checkpoint in it is still to be opened. Raises NoteError: request_malformed."""
        head, separator, checkpoint = content.partition("\n\n")
        first, *lines = head.split("\n")
        word, _, size = first.partition(" ")
        old = read_size(size)
        try:
            proof = tuple(base64.b64decode(line, validate=True) for line in lines)
        except (binascii.Error, ValueError):
            raise NoteError("request_malformed") from None
        hashes = len(proof) <= MOST_HASHES and {len(each) for each in proof} <= {HASH_BYTES}
        if not separator or word != "old" or old is None or not hashes:
            raise NoteError("request_malformed")
        return cls(old, proof, checkpoint)


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """A witness that a log asks: the key it cosigns with, and the prefix of the address it is asked at."""

    verifier: Verifier
    prefix: str

    @property
    def submission(self) -> str:
        """The address that requests are sent to."""
        return f"{self.prefix.rstrip('/')}/{ADD_CHECKPOINT}"


def read_size(text: str) -> int | None:
    """A size as the formats write it: decimal, no leading zero; None for anything else."""
    return int(text) if _SIZE.fullmatch(text) else None


def witness_addresses(text: str) -> tuple[WitnessAddress, ...]:
    """Read vkey=prefix, several behind each other with commas or spaces between. Raises ValueError."""
    return tuple(_address(each) for each in re.split(r"[\s,]+", text) if each)


def _address(text: str) -> WitnessAddress:
    found = _WITNESS.fullmatch(text)
    if found is None:
        raise ValueError("a witness is written as vkey=https://submission-prefix")
    verifier = Verifier.parse(found["vkey"])
    if verifier.algorithm is not Algorithm.COSIGNATURE:
        raise ValueError(f"{verifier.name}: not the key of a witness")
    return WitnessAddress(verifier, found["prefix"])
