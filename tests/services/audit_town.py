"""A town whose people did this and that, with its log sequenced and signed, for the tests of auditors' questions."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.store.records import StoredEvent
from services.store.words import WordProjection
from services.transparency.keys import KeyFolder
from tests.services.item_city import DONE, Town, town

STEPS: tuple[tuple[str, str, Any], ...] = (
    ("cleaner", "accept", None),
    ("cleaner", "refuse", {"reason": "不属于环卫处职责，Wrong Unit"}),
    ("cleaner", "submit", DONE),
    ("cleaner", "request-extension", {"reason": "连日降雨", "by": {"kind": "working_hours", "amount": 4}}),
    ("inspector", "pass", {"note": "现场干净"}),
    ("inspector", "send-back", {"reason": "仍有垃圾"}),
    ("office", "void", {"reason": "重复上报"}),
)


@dataclass
class AuditedTown:
    """Ask it as anybody; what people do counts once it was sequenced."""

    town: Town
    sequencer: asyncpg.Connection
    projecting: asyncpg.Connection
    words: WordProjection
    keys: KeyFolder
    signing: Signing

    async def sequence(self) -> None:
        await self.sequencer.execute("SELECT es.sequence_tick()")

    async def make_searchable(self, most: int = 100_000) -> None:
        """Let the projector have the words of the next events; without it they are read from the log."""
        await self.words.step(most)

    async def sign(self) -> int:
        await self.sequence()
        signed = await self.signing.sign()
        assert signed is not None
        return signed.size

    async def live(self, seed: int, steps: int) -> list[str]:
        """Report items and let people do things to them at random; what the rules refuse does not happen."""
        chance = random.Random(seed)  # noqa: S311 - the same in every run
        items: list[str] = []
        for _ in range(steps):
            self.town.city.clock.pass_by(timedelta(minutes=chance.choice((1, 20, 200))))
            if not items or chance.random() < 0.2:
                items.append(await self.town.reported(area=chance.choice(("east", "west", "east-1"))))
                continue
            who, command, body = chance.choice(STEPS)
            await self.town.post(who, f"/v1/items/{chance.choice(items)}/{command}", body)
        await self.sequence()
        return items

    async def get(self, path: str, who: str = "auditor", **parameters: Any):
        return await self.town.ask(who, "GET", f"/v1/audit{path}", params=parameters or None)

    async def events(self) -> list[StoredEvent]:
        """The whole log, as it stands."""
        return await self.town.city.parts.store.log_after(-1, 100_000)


@asynccontextmanager
async def audited_town(database: DatabaseAddresses, folder: Path) -> AsyncIterator[AuditedTown]:
    keys = KeyFolder(folder / "keys")
    keys.create("log.example/city")
    sequencer = await asyncpg.connect(database.sequencer)
    await prepare(sequencer)
    signing = Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), OutsideCheckpoints(folder / "outside"))
    projecting = await asyncpg.connect(database.app)
    await prepare(projecting)
    words = WordProjection(projecting)
    assert await words.begin()
    async with town(database) as place:
        await place.city.admit("east auditor", Standing(role=Role.AUDITOR, area="east"))
        yield AuditedTown(place, sequencer, projecting, words, keys, signing)
    await sequencer.close()
    await projecting.close()
