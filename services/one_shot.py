"""The parts a one-shot command works with, over a pool that it closes behind itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.settings import Role, Settings
from services.store.event_store import EventStore
from services.store.pools import open_pool

_CONNECTIONS = 4


@dataclass(frozen=True)
class OneShot:
    """Everything needed to handle commands."""

    pool: asyncpg.Pool
    store: EventStore
    rulebooks: RulebookSource
    handler: CommandHandler


def parts(pool: asyncpg.Pool) -> OneShot:
    """Put the parts together over an open pool of the application role."""
    store, rulebooks = EventStore(pool), RulebookSource(pool)
    return OneShot(pool, store, rulebooks, CommandHandler(store, rulebooks))


@asynccontextmanager
async def one_shot(settings: Settings) -> AsyncGenerator[OneShot]:
    """Connect as the application; raises DatabaseNotConfiguredError, OSError or asyncpg's errors."""
    pool = await open_pool(settings.dsn(Role.APP), max_size=_CONNECTIONS)
    try:
        yield parts(pool)
    finally:
        await pool.close()
