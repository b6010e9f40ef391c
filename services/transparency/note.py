"""Signed notes by c2sp.org/signed-note: a text with lines of signatures, each by a key that has a name."""

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DASH = "— "
_KEY_ID_BYTES = 4
_KEY_BYTES = 32
_STAMP_BYTES = 8
_MOST_SIGNATURES = 100
_SKEY = "PRIVATE+KEY+"


class NoteError(ValueError):
    """The note is malformed, or not signed by anybody who is trusted. ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Algorithm(IntEnum):
    """The signature types that are made and understood here."""

    ED25519 = 1
    COSIGNATURE = 4  # a witness's Ed25519 with a time, c2sp.org/tlog-cosignature


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name, as written in a vkey: name+key id in hex+base64 of algorithm and key."""

    name: str
    algorithm: Algorithm
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature says whose it is, beside the name."""
        return key_id(self.name, self.algorithm, self.public)

    def __str__(self) -> str:
        """The vkey."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey. Raises NoteError: key_malformed."""
        name, _, rest = text.strip().partition("+")
        claimed, _, encoded = rest.partition("+")
        try:
            decoded = base64.b64decode(encoded, validate=True)
            verifier = cls(_key_name(name), Algorithm(decoded[0]), decoded[1:])
        except (ValueError, IndexError, binascii.Error):
            raise NoteError("key_malformed") from None
        if len(verifier.public) != _KEY_BYTES or claimed != verifier.key_id.hex():
            raise NoteError("key_malformed")
        return verifier

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether the signature, without the key id, is this key's under the text of a note."""
        message = text.encode()
        if self.algorithm is Algorithm.COSIGNATURE:
            message, signature = cosigned(text, cosigned_at(signature)), signature[_STAMP_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A private key with its name. Its representation shows no secret."""

    name: str
    private: Ed25519PrivateKey
    algorithm: Algorithm = Algorithm.ED25519

    @classmethod
    def new(cls, name: str, algorithm: Algorithm = Algorithm.ED25519) -> Self:
        """A key out of the operating system's randomness. Raises NoteError where the name cannot be one."""
        return cls(_key_name(name), Ed25519PrivateKey.generate(), algorithm)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a private key as Go's note package writes it. Raises NoteError: key_malformed."""
        if not text.startswith(_SKEY):
            raise NoteError("key_malformed")
        name, _, rest = text.strip().removeprefix(_SKEY).partition("+")
        claimed, _, encoded = rest.partition("+")
        try:
            decoded = base64.b64decode(encoded, validate=True)
            algorithm = Algorithm(decoded[0])
            signer = cls(_key_name(name), Ed25519PrivateKey.from_private_bytes(decoded[1:]), algorithm)
        except (ValueError, IndexError, binascii.Error):
            raise NoteError("key_malformed") from None
        if claimed != signer.verifier.key_id.hex():
            raise NoteError("key_malformed")
        return signer

    @property
    def secret(self) -> str:
        """The private key as Go's note package writes it: to be kept in a file that only its owner reads."""
        key = bytes([self.algorithm]) + self.private.private_bytes_raw()
        return f"{_SKEY}{self.name}+{self.verifier.key_id.hex()}+{_encoded(key)}"

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def line(self, text: str) -> str:
        """The signature line under a text, with its newline."""
        return _line(self.verifier, self.private.sign(text.encode()))

    def cosignature_line(self, text: str, timestamp: int) -> str:
        """A witness's line under a checkpoint, saying that it was consistent at a POSIX timestamp in seconds."""
        signature = self.private.sign(cosigned(text, timestamp))
        return _line(self.verifier, timestamp.to_bytes(_STAMP_BYTES, "big") + signature)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of signatures: whose it claims to be, and the bytes after the key id."""

    name: str
    key_id: bytes
    content: bytes
    line: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it was read; nothing about it is trusted before `verified_by` has spoken."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, content: str) -> Self:
        """Take a note apart. Raises NoteError: note_malformed."""
        text, separator, rest = content.rpartition("\n\n")
        if not separator or not rest.endswith("\n") or any(ord(sign) < ord(" ") and sign != "\n" for sign in content):
            raise NoteError("note_malformed")
        lines = rest[:-1].split("\n")
        if len(lines) > _MOST_SIGNATURES:
            raise NoteError("note_malformed")
        return cls(f"{text}\n", tuple(_signature(line) for line in lines))

    def verified_by(self, verifiers: Iterable[Verifier]) -> tuple[Verifier, ...]:
        """Those of the keys that signed. Raises NoteError: a signature by a known key is wrong, or none is known."""
        known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
        found: dict[Verifier, None] = {}
        for signature in self.signatures:
            verifier = known.get((signature.name, signature.key_id))
            if verifier is None:
                continue
            if not verifier.accepts(self.text, signature.content):
                raise NoteError("signature_wrong")
            found[verifier] = None
        if not found:
            raise NoteError("signed_by_nobody_known")
        return tuple(found)


def signed(text: str, signers: Sequence[Signer], others: Sequence[str] = ()) -> str:
    """The note: a text that ends in a newline, signed by each; ``others`` are lines that somebody else has made."""
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}{''.join(others)}"


def cosigned(text: str, timestamp: int) -> bytes:
    """What a witness signs: its header, the time, and the checkpoint's text."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def cosigned_at(content: bytes) -> int:
    """The POSIX timestamp in a witness's signature, in seconds."""
    return int.from_bytes(content[:_STAMP_BYTES], "big")


def key_id(name: str, algorithm: Algorithm, public: bytes) -> bytes:
    """The first four bytes of the hash of a key's name, algorithm and public key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_KEY_ID_BYTES]


def name_of(verifier: Verifier) -> str:
    """A key as reports call it: its name and its id."""
    return f"{verifier.name}+{verifier.key_id.hex()}"


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True)
        # One spelling only: bits that base64 leaves unused must not be a place where a note can be changed unnoticed.
        valid = line.startswith(_DASH) and len(decoded) > _KEY_ID_BYTES and bool(_key_name(name))
        valid = valid and _encoded(decoded) == encoded
    except (binascii.Error, ValueError):
        valid, decoded = False, b""
    if not valid:
        raise NoteError("note_malformed")
    return Signature(name, decoded[:_KEY_ID_BYTES], decoded[_KEY_ID_BYTES:], f"{line}\n")


def _key_name(name: str) -> str:
    """Key names have no spaces and no plus; those of a log should equal its origin."""
    if not name or "+" in name or any(sign.isspace() or unicodedata.category(sign) == "Cc" for sign in name):
        raise NoteError("key_malformed")
    return name


def _line(verifier: Verifier, signature: bytes) -> str:
    return f"{_DASH}{verifier.name} {_encoded(verifier.key_id + signature)}\n"


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
