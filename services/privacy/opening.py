"""Opens the store of people's keys that the settings name."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from services.privacy.keyring import Keyring
from services.privacy.people import People
from services.settings import Settings
from services.store.person_key_database import KeyDatabase
from services.store.person_key_file import KeyFile

_DATABASES = ("postgresql://", "postgres://")


def keyring_of(settings: Settings) -> Keyring:
    """The keyring of the settings. Nothing is opened before it is used; the caller closes it."""
    place = settings.people_keys.get_secret_value() if settings.people_keys else ""
    if place.startswith(_DATABASES):
        return Keyring(KeyDatabase(place))
    return Keyring(KeyFile(Path(place).expanduser() if place else settings.layout.root / "keys" / "people"))


@asynccontextmanager
async def opened_people(settings: Settings, pool: asyncpg.Pool) -> AsyncGenerator[People]:
    """People over a pool, for as long as it lasts."""
    keyring = keyring_of(settings)
    try:
        yield People(pool, keyring)
    finally:
        await keyring.close()
