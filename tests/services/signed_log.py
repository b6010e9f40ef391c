"""A log in a database with keys to sign it, to be grown, signed and tampered with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from services.embedded.databases import DatabaseAddresses
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.store.event_store import EventStore
from services.store.log_tree import LogTree
from services.store.pools import open_pool, prepare
from services.transparency.keys import KeyFolder
from tests.services.store_samples import command

ORIGIN = "log.example/city"


class SignedLog:
    def __init__(self, pool: asyncpg.Pool, owner: asyncpg.Connection, tree: LogTree, folder: Path) -> None:
        self.pool, self.owner, self.tree = pool, owner, tree
        self.keys, self.outside = KeyFolder(folder / "keys"), OutsideCheckpoints(folder / "outside")
        self.keys.create(ORIGIN)

    async def grow(self, streams: int) -> None:
        await EventStore(self.pool).append([command() for _ in range(streams)])
        await self.owner.execute("SELECT es.sequence_tick()")

    async def sign(self):
        return await Signing(self.tree, self.keys.signers(), self.keys.verifiers(), self.outside).sign()

    async def grow_and_sign(self, streams: int):
        await self.grow(streams)
        return await self.sign()

    async def as_superuser(self, *statements: str) -> None:
        for table in ("es.log", "es.tree_node", "es.checkpoint", "es.cosignature"):
            await self.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            await self.owner.execute(statement)


@asynccontextmanager
async def signed_log(database: DatabaseAddresses, folder: Path) -> AsyncIterator[SignedLog]:
    owner = await asyncpg.connect(database.superuser)
    sequencer = await asyncpg.connect(database.sequencer)
    await prepare(sequencer)
    async with await open_pool(database.app) as pool:
        yield SignedLog(pool, owner, LogTree(sequencer), folder)
    await sequencer.close()
    await owner.close()
