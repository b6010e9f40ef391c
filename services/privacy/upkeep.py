"""Finishes what erasures and upgrades leave to be done: keys to be destroyed, values in the clear to be sealed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from services.privacy.keyring import TROUBLE
from services.privacy.opening import opened_people
from services.privacy.people import People
from services.settings import Role, Settings
from services.store.migrate import migrate
from services.store.people import ClearPeople
from services.store.pools import open_pool

EVERY_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0

_log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def looked_after(people: People) -> AsyncGenerator[None]:
    """Do in the background, at once and every minute, what a killed process left undone."""
    looking = asyncio.create_task(_look_after(people), name="personal data")
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def finish(people: People) -> None:
    """Seal what stands in the clear; destroy the keys of all that were ever erased, should a backup have had them."""
    if sealed := await people.seal_what_is_clear():
        await _log.ainfo("people sealed", count=sealed)
    await people.destroy_doomed(again=True)


async def seal_and_drop(settings: Settings) -> int:
    """Seal what stands in the clear and drop the table it stood in, as the schema's owner; how many people."""
    pool = await open_pool(settings.dsn(Role.OWNER), max_size=2)
    try:
        async with pool.acquire() as connection:
            if not await ClearPeople(connection).left():
                return 0
        async with opened_people(settings, pool) as people:
            sealed = await people.seal_what_is_clear()
        async with pool.acquire() as connection, connection.transaction():
            await ClearPeople(connection).drop()
        return sealed
    finally:
        await pool.close()


def migrated_and_sealed(settings: Settings) -> Callable[[str], Awaitable[None]]:
    """What brings a database to the newest schema, at the owner's address, and leaves nobody in the clear."""

    async def bring_up_to_date(dsn: str) -> None:
        await migrate(dsn)
        await seal_and_drop(settings)

    return bring_up_to_date


async def _look_after(people: People) -> None:
    pause, work = _FIRST_PAUSE_SECONDS, finish
    while True:
        try:
            await work(people)
        except TROUBLE as trouble:
            await _log.awarning("personal data not looked after", error=type(trouble).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            continue
        pause, work = _FIRST_PAUSE_SECONDS, _destroy_doomed
        await asyncio.sleep(EVERY_SECONDS)


async def _destroy_doomed(people: People) -> None:
    await people.destroy_doomed()
