"""A store with a signed log, a superuser who alters it, and who looks: the doctor, an auditor with an export."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from services.auditing.export import export_log
from services.auditing.findings import Report
from services.auditing.sources import Folder
from services.auditing.trust import Trust
from services.auditing.verification import Verification
from services.doctor.damage import Place
from services.doctor.database import examine_database
from services.doctor.finding import Finding, Grade
from services.embedded.databases import DatabaseAddresses
from services.handling.folding import fold
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.settings import Settings
from services.store.event_store import EventStore
from services.store.integrity_protection import EVIDENCE
from services.store.log_tree import LogTree
from services.store.pools import open_pool, prepare
from services.store.records import Append, ListRow, StoredEvent
from services.transparency.keys import KeyFolder
from services.transparency.note import Verifier
from tests.services.store_samples import AT, command

ORIGIN = "log.example/city"
SIZES = (5, 300, 600)
_GOLDEN = Path(__file__).parents[1] / "domain" / "golden" / "item"
# Without a clock, which would need rules and fall due.
_WITHOUT = {"clock", "rectify_by", "recurrence_of"}
_GIVEN = orjson.loads((_GOLDEN / "item.reported.v1.json").read_bytes())
# Of a reporter there would have to be a row, too.
_ISSUE = {name: value for name, value in _GIVEN["issue"].items() if name != "reporter"}
_REPORTED = orjson.dumps({name: value for name, value in _GIVEN.items() if name not in _WITHOUT} | {"issue": _ISSUE})
_COMMENTED = (_GOLDEN / "item.commented.v1.json").read_bytes()
STREAMS = [UUID(int=number) for number in range(1, 201)]  # three events each: versions 1 to 3


@dataclass(frozen=True)
class TamperedStore:
    """Every method opens what it needs: no connection stays, so that the database can be copied."""

    database: DatabaseAddresses
    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings.model_validate(
            {
                "data_dir": self.folder / "data",
                "database_app_url": self.database.app,
                "database_owner_url": self.database.owner,
                "database_auditor_url": self.database.auditor,
                "temporal_address": "127.0.0.1:9",
                "log_keys_dir": self.keys.path,
                "checkpoints_dir": self.outside.path,
            }
        )

    @property
    def keys(self) -> KeyFolder:
        return KeyFolder(self.folder / "keys")

    @property
    def outside(self) -> OutsideCheckpoints:
        return OutsideCheckpoints(self.folder / "outside")

    async def fill(self, sizes: Sequence[int] = SIZES) -> None:
        """Append one event after the other, stream by stream, and sign at each size."""
        if not self.keys.signers():
            self.keys.create(ORIGIN)
        size = await self.value("SELECT size FROM es.sequencer")
        for wanted in sizes:
            await self.append(range(size, wanted))
            size = wanted
            await self.sign()

    async def append(self, numbers: Sequence[int]) -> None:
        async with await open_pool(self.database.app, max_size=1) as pool:
            store = EventStore(pool)
            for version in sorted({number // len(STREAMS) for number in numbers}):
                streams = [STREAMS[number % len(STREAMS)] for number in numbers if number // len(STREAMS) == version]
                await store.append([_next_of(stream, version) for stream in streams])
        await self.execute("SELECT es.sequence_tick()")

    async def sign(self, *, outside: OutsideCheckpoints | None = None) -> None:
        connection = await asyncpg.connect(self.database.sequencer)
        try:
            await prepare(connection)
            keys, kept = self.keys, outside or self.outside
            await Signing(LogTree(connection), keys.signers(), keys.verifiers(), kept).sign()
        finally:
            await connection.close()

    async def value(self, query: str) -> int:
        connection = await asyncpg.connect(self.database.superuser)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    async def execute(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.database.superuser)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def alter(self, *statements: str) -> None:
        """As a superuser who leaves no trigger switched off behind."""
        connection = await asyncpg.connect(self.database.superuser)
        try:
            rows = await connection.fetch(
                "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'es.event'::regclass"
            )
            names = [*EVIDENCE, *(row["name"] for row in rows)]
            for name in names:
                await connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER ALL")
            for statement in statements:
                await connection.execute(statement)
            left = await connection.fetch(
                "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'es.event'::regclass"
            )
            for name in [*EVIDENCE, *(row["name"] for row in left)]:
                await connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER ALL")
                for trigger in ("deny_row", "deny_truncate"):
                    await connection.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger}")
        finally:
            await connection.close()

    async def doctor(self, *, deep: bool = True) -> dict[str, Finding]:
        """What is wrong, by code; but not that nobody reads or signs the log here, of which a slow machine tells."""
        found = [finding async for finding in examine_database(self.settings, deep=deep)]
        wrong = [finding for finding in found if finding.grade is Grade.WRONG]
        return {finding.code: finding for finding in wrong if finding.code not in {"reader_behind", "notary_behind"}}

    async def verified(self, witnesses: Sequence[Verifier] = ()) -> Report:
        """What an auditor finds in an export made now, who kept the checkpoints."""
        connection = await asyncpg.connect(self.database.auditor)
        try:
            await prepare(connection)
            target = self.folder / "export"
            await export_log(LogTree(connection), target)
        finally:
            await connection.close()
        known = [note.encode() for note in self.outside.all()]
        return Verification(Folder(target), Trust(self.keys.verifiers(), witnesses), known=known).run()


def _next_of(stream: UUID, version: int) -> Append:
    """The next event of an item that is reported and then commented upon, with the state that follows."""
    append = command(stream=stream, expected=version)
    state, row = _state_at(version + 1)
    data = _REPORTED if version == 0 else _COMMENTED
    return replace(append, events=(replace(append.events[0], data=data),), state=state, row=row)


@cache
def _state_at(version: int) -> tuple[bytes, ListRow]:
    append = command()
    return fold(
        [
            StoredEvent(
                position=None,
                seq=0,
                stream_id=append.stream_id,
                version=number,
                event_id=append.stream_id,
                kind=append.kind,
                type=append.events[0].type,
                schema_version=1,
                occurred_at=AT,
                recorded_at=AT,
                actor=append.actor,
                campaign_id=None,
                unit=None,
                area=None,
                data=data,
            )
            for number, data in enumerate([_REPORTED, *[_COMMENTED] * (version - 1)], start=1)
        ]
    )


def located(finding: Finding, place: Place) -> bool:
    """Whether a finding names a place, whatever else it says of it."""
    return any(str(place) in seen for seen in finding.places)
