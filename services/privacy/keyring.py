"""Makes, finds and destroys people's keys: one for each person, random, wrapped by a master key, kept ahead of need."""

import asyncio
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from services.privacy.sealing import KEY_BYTES, SealBrokenError, seal, unseal
from services.store.person_keys import KeyRows, Master, PeopleKeysError, WrappedKey
from services.store.pools import OUTAGES

_KEY_ID_BYTES = 16
_MASTER_ID_BYTES = 8
# Keys made at once, for one commit of the key store costs as much as hundreds of keys; and how few are few.
AHEAD = 512
_FEW = 128
_ATTEMPTS = 20
_AT_ONCE = 500
_FINGERPRINTS = bytes(_KEY_ID_BYTES)
# What using a key store can fail with.
TROUBLE: tuple[type[Exception], ...] = (PeopleKeysError, *OUTAGES, asyncpg.PostgresError)


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A key and the id it is found by."""

    key_id: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of a change of the master key: keys wrapped anew, keys nobody can read, masters destroyed."""

    rewrapped: int
    unreadable: int
    masters_destroyed: int


class Keyring:
    """The keys of one store. Keys made ahead are on disk before they are used, so no crash loses one in use."""

    def __init__(self, rows: KeyRows) -> None:
        self._rows = rows
        self._ahead: list[PersonKey] = []
        self._making = asyncio.Lock()
        self._refilling: asyncio.Task[None] | None = None
        self._fingerprints: bytes | None = None

    async def take(self, count: int) -> list[PersonKey]:
        """New keys, used by nobody else; they are on disk."""
        if len(self._ahead) < count:
            await self._refill(count)
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        if len(self._ahead) < _FEW and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.create_task(self._refill_quietly())
        return taken

    def give_back(self, keys: Sequence[PersonKey]) -> None:
        """Keys that sealed nothing which was kept."""
        self._ahead += keys

    async def find(self, key_ids: Sequence[bytes]) -> dict[bytes, bytes]:
        """The keys among these that exist and can be read. They are remembered nowhere, or erasure would not be one."""
        return await self._open(await self._rows.read(key_ids)) if key_ids else {}

    async def destroy(self, key_ids: Sequence[bytes]) -> None:
        """Destroy keys for good; on disk when it returns."""
        if key_ids:
            await self._rows.delete(key_ids)

    async def rotate(self, progress: Callable[[int], None] = lambda _done: None) -> Rotation:
        """Put a new master key in force, wrap every key by it, destroy the old ones. Killed midway, run it again.

        Afterwards older copies of the key store open nothing without an older copy of the master key. Of two at once,
        the one whose master was replaced goes on under the other's.
        """
        before = await self._rows.in_force()
        master = await self._new_master(before.master_id if before else None)
        rewrapped = unreadable = 0
        after = b""
        while page := await self._rows.wrapped_by_others(master.master_id, after, _AT_ONCE):
            opened = await self._open(page)
            if not await self._rows.rewrap([_wrapped(PersonKey(*each), master) for each in opened.items()]):
                master, unreadable, after = await self._in_force(), 0, b""
                continue
            rewrapped, unreadable = rewrapped + len(opened), unreadable + len(page) - len(opened)
            after = page[-1].key_id
            progress(rewrapped)
        return Rotation(rewrapped, unreadable, await self._rows.drop_masters())

    async def fingerprint(self, content: bytes) -> bytes:
        """32 bytes that tell contents apart and tell nothing of them without the key store, short as they may be."""
        if self._fingerprints is None:
            await self._make([PersonKey(_FINGERPRINTS, os.urandom(KEY_BYTES))])  # one that is there stays
            found = (await self.find([_FINGERPRINTS])).get(_FINGERPRINTS)
            if found is None:  # its master is lost
                await self.destroy([_FINGERPRINTS])
                return await self.fingerprint(content)
            self._fingerprints = found
        return hmac.digest(self._fingerprints, content, hashlib.sha256)

    async def close(self) -> None:
        """Destroy what was made ahead and not used. After an accident such keys stay, and open nothing."""
        if self._refilling is not None:
            await self._refilling
        unused, self._ahead = self._ahead, []
        with suppress(*TROUBLE):
            await self.destroy([each.key_id for each in unused])
        await self._rows.close()

    async def _refill_quietly(self) -> None:
        with suppress(*TROUBLE):  # whoever needs a key tries again, and is told
            await self._refill(_FEW)

    async def _refill(self, needed: int) -> None:
        async with self._making:
            if len(self._ahead) >= needed:
                return
            made = [
                PersonKey(os.urandom(_KEY_ID_BYTES), os.urandom(KEY_BYTES))
                for _ in range(needed - len(self._ahead) + AHEAD)
            ]
            await self._make(made)
            self._ahead += made

    async def _make(self, keys: Sequence[PersonKey]) -> None:
        for _ in range(_ATTEMPTS):
            master = await self._rows.in_force()
            if master is None or master.key is None:
                master = await self._new_master(master.master_id if master else None)
            if await self._rows.add([_wrapped(key, master) for key in keys]):
                return
        raise PeopleKeysError("people_keys_contended", "the master key changes all the time")

    async def _new_master(self, instead_of: str | None) -> Master:
        """A new master key in force; where others put one in force meanwhile, that one."""
        master_id, key = os.urandom(_MASTER_ID_BYTES).hex(), os.urandom(KEY_BYTES)
        if await self._rows.put_in_force(master_id, key, instead_of):
            return Master(master_id, key)
        return await self._in_force()

    async def _in_force(self) -> Master:
        """The master key that somebody put in force a moment ago."""
        master = await self._rows.in_force()
        if master is None or master.key is None:
            raise PeopleKeysError("people_keys_contended", "the master key changes all the time")
        return master

    async def _open(self, found: Sequence[WrappedKey]) -> dict[bytes, bytes]:
        """Those that can be read, by id; read once more where a rotation took the master away that wrapped them."""
        masters = await self._rows.masters()
        while any(each.master_id not in masters for each in found):
            again = await self._rows.read([each.key_id for each in found])
            masters = await self._rows.masters()
            if set(again) == set(found):
                break  # the master is lost
            found = again
        opened = ((each.key_id, _opened(each, masters)) for each in found)
        return {key_id: key for key_id, key in opened if key is not None}


def _wrapped(key: PersonKey, master: Master) -> WrappedKey:
    if master.key is None:
        raise PeopleKeysError("people_master_key_lost", master.master_id)
    return WrappedKey(key.key_id, master.master_id, seal(master.key, key.key, key.key_id))


def _opened(wrapped: WrappedKey, masters: Mapping[str, bytes]) -> bytes | None:
    master = masters.get(wrapped.master_id)
    if master is None:
        return None
    try:
        return unseal(master, wrapped.wrapped, wrapped.key_id)
    except SealBrokenError:
        return None
