"""Seals values by AES-256-GCM, bound to what they are, so that no ciphertext can take another's place unnoticed."""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.privacy.person import Person
from services.store.people import SealedPerson

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FORMAT = b"\x01"
FIELDS = ("name", "phone", "email")


class SealBrokenError(ValueError):
    """What is to be opened was not sealed by this key, for this place."""


def seal(key: bytes, value: bytes, place: bytes) -> bytes:
    """Format (one byte), nonce (12), ciphertext and tag (16 more than the value)."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, value, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """What was sealed; raises SealBrokenError."""
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _FORMAT or len(ciphertext) < _TAG_BYTES:
        raise SealBrokenError
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, place)
    except InvalidTag:
        raise SealBrokenError from None


def sealed_person(person: Person, key_id: bytes, key: bytes) -> SealedPerson:
    """Every value sealed by the person's key, for its own field of its own person."""
    values = {name: getattr(person, name) for name in FIELDS}
    sealed = {
        name: None if value is None else seal(key, value.encode(), _place(person.person_id, name))
        for name, value in values.items()
    }
    return SealedPerson(person.person_id, key_id, **sealed)


def opened_person(sealed: SealedPerson, key: bytes | None) -> Person:
    """The values of a person; none of them where the key is missing or not the right one."""
    if sealed.key_id is None:
        return Person(sealed.person_id, status="nothing")
    if key is None:
        return Person(sealed.person_id, status="unreadable")
    try:
        name, phone, email = (_opened(sealed, field, key) for field in FIELDS)
    except SealBrokenError:
        return Person(sealed.person_id, status="unreadable")
    return Person(sealed.person_id, name, phone, email)


def _opened(sealed: SealedPerson, name: str, key: bytes) -> str | None:
    value: bytes | None = getattr(sealed, name)
    return None if value is None else unseal(key, value, _place(sealed.person_id, name)).decode()


def _place(person_id: UUID, field: str) -> bytes:
    return b"duban person\n" + person_id.bytes + field.encode()
