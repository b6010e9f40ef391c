"""An access book of one's own: for a process or a command that leaves traces without a gateway."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import uuid4

from domain.rulebook.rulebook import Rulebook
from services.access.book import AccessBook
from services.handling.command_handler import CommandHandler
from services.handling.rulebooks import RulebookSource
from services.one_shot import one_shot
from services.settings import Settings
from services.store.client_addresses import ClientAddresses


class _NoRules(RulebookSource):
    """Accesses are written down under any rules."""

    async def current(self, *, newest: bool = False) -> Rulebook:  # noqa: ARG002 - always the same
        return Rulebook()


@asynccontextmanager
async def book_of_its_own(settings: Settings) -> AsyncGenerator[AccessBook]:
    """A book over connections of its own, into a stream of its own; the database's servers must run.

    Raises DatabaseNotConfiguredError, OSError or asyncpg's errors.
    """
    async with one_shot(settings) as parts:
        # `duban rebuild` is called where states are lost or damaged, so nothing here may need any of them.
        handler = CommandHandler(parts.store, _NoRules(parts.pool))
        yield AccessBook(handler, ClientAddresses(parts.pool), run=str(uuid4()))
