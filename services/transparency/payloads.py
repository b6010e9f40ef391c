"""Bundles of payloads, our own addition to tlog-tiles: what lies behind the hashes in the entries of a bundle."""

import hashlib
from collections.abc import Iterable

from services.transparency.tiles import TileError

SALT_BYTES = 16
_LENGTH_BYTES = 4


def frame(payloads: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Frame salts and data: for each event the length of both in four bytes, big-endian, the salt, the data."""
    parts: list[bytes] = []
    for salt, data in payloads:
        parts += [(len(salt) + len(data)).to_bytes(_LENGTH_BYTES, "big"), salt, data]
    return b"".join(parts)


def unframe(content: bytes, count: int) -> list[tuple[bytes, bytes]]:
    """Salts and data of a bundle. Raises TileError: payloads_truncated, payloads_length."""
    found: list[tuple[bytes, bytes]] = []
    place = 0
    while place < len(content):
        start = place + _LENGTH_BYTES
        place = start + int.from_bytes(content[place:start], "big")
        if place > len(content) or start + SALT_BYTES > place:
            raise TileError("payloads_truncated")
        found.append((content[start : start + SALT_BYTES], content[start + SALT_BYTES : place]))
    if len(found) != count:
        raise TileError("payloads_length")
    return found


def data_sha256(salt: bytes, data: bytes) -> str:
    """The hash by which an entry pins its payload."""
    return hashlib.sha256(salt + data).hexdigest()
