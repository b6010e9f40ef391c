"""People as the rest of the product knows them: saved sealed, read in the clear, erased by destroying their keys."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.privacy.keyring import Keyring
from services.privacy.person import Person
from services.privacy.sealing import opened_person, sealed_person
from services.store.people import ClearPeople, PeopleStore, SealedPerson

_AT_ONCE = 500


class People:
    """People over a pool on the application's role and a keyring."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._store = PeopleStore(pool)
        self.keyring = keyring

    async def add(self, people: Sequence[Person]) -> None:
        """Write people of a batch in one statement; those already there stay as they are."""
        if not people:
            return
        keys = await self.keyring.take(len(people))
        sealed = [sealed_person(person, key.key_id, key.key) for person, key in zip(people, keys, strict=True)]
        added = await self._store.add(sealed)
        self.keyring.give_back([key for person, key in zip(people, keys, strict=True) if person.person_id not in added])

    async def replace(self, connection: PoolConnectionProxy, person: Person) -> None:
        """Write one person in a transaction, under a new key; the old one is destroyed some time after it."""
        if person.is_empty:
            await PeopleStore(connection).replace(SealedPerson(person.person_id))
            return
        [key] = await self.keyring.take(1)
        await PeopleStore(connection).replace(sealed_person(person, key.key_id, key.key))

    async def find(self, person_ids: Sequence[UUID]) -> dict[UUID, Person]:
        """Find people by id; of erased ones nothing is left but the id."""
        return await self.opened(await self._store.find(person_ids))

    async def opened(self, sealed: Iterable[SealedPerson]) -> dict[UUID, Person]:
        """Open what was read elsewhere."""
        people = list(sealed)
        keys = await self.keyring.find([each.key_id for each in people if each.key_id is not None])
        return {each.person_id: opened_person(each, keys.get(each.key_id or b"")) for each in people}

    async def erase(self, connection: PoolConnectionProxy, person_id: UUID) -> None:
        """Erase a person in a transaction. `destroy_doomed` must follow its commit, and does so by itself some day."""
        await PeopleStore(connection).erase(person_id)

    async def destroy_doomed(self, *, again: bool = False) -> int:
        """Destroy the keys of the erased; how many. ``again``: those already destroyed too, should they be back."""
        destroyed, after = 0, b""
        while keys := await self._store.doomed(after, _AT_ONCE, destroyed_too=again):
            await self.keyring.destroy(keys)
            await self._store.destroyed(keys)
            destroyed, after = destroyed + len(keys), keys[-1]
        return destroyed

    async def seal_what_is_clear(self) -> int:
        """Seal what an older version had written in the clear; how many people. Several may do so at once."""
        async with self._pool.acquire() as connection:
            clear, sealed = ClearPeople(connection), 0
            if not await clear.left():
                return 0
            while done := await self._seal_some(connection, clear):
                sealed += done
        return sealed

    async def _seal_some(self, connection: PoolConnectionProxy, clear: ClearPeople) -> int:
        async with connection.transaction():
            found = await clear.next(_AT_ONCE)
            keys = await self.keyring.take(len(found))
            people = [Person(each.person_id, each.name, each.phone, each.email) for each in found]
            await clear.seal(
                [sealed_person(person, key.key_id, key.key) for person, key in zip(people, keys, strict=True)]
            )
        return len(found)
