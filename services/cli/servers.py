"""Makes sure that the embedded servers run while a one-shot command needs them, whether `duban up` runs or not."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from services.embedded.lock import DataFolderInUseError
from services.embedded.stack import Stack
from services.settings import Settings
from services.store.migrate import migrate

# Anything but None: the stack then leaves Temporal alone.
_NO_TEMPORAL = "not-needed"


@asynccontextmanager
async def servers_running(
    settings: Settings, *, search_attributes: Mapping[str, str] | None = None
) -> AsyncGenerator[None]:
    """Start PostgreSQL, and Temporal where search attributes are given, unless somebody else runs or holds them.

    A database that is not ours to run is used as it is. Raises what Stack raises where a server does not start.
    """
    wanted = settings
    if search_attributes is None:
        wanted = settings.model_copy(update={"temporal_address": settings.temporal_address or _NO_TEMPORAL})
    if not wanted.embeds_postgres and not wanted.embeds_temporal:
        yield
        return
    stack = Stack(wanted, migrate=migrate, search_attributes=search_attributes or {}, processes=())
    try:
        await stack.__aenter__()
    except DataFolderInUseError:
        # `duban up` runs on this folder; its servers are used.
        yield
        return
    try:
        yield
    finally:
        await stack.__aexit__(None, None, None)
