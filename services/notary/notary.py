"""Signs a checkpoint whenever the log has grown; may be killed at any instant, and run twice: then one stands by."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext

import asyncpg
import structlog

from services.notary.attestation import Attestation
from services.notary.key_changes import KeyChanges
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import LogAlteredError, Signing
from services.notary.timestamps import TimestampAuthority
from services.outgoing.client import outgoing_client
from services.patience import Perseverance, pause_unless, stopped_by_signals
from services.readiness import announce_ready
from services.settings import Role, Settings
from services.store.log_tree import LogTree, TreeDamagedError
from services.store.pools import OUTAGES, prepare
from services.transparency.keys import KeyFolder
from services.transparency.note import NoteError
from services.transparency.witnessing import witness_addresses

STANDBY_SECONDS = 1.0
ALTERED_BACK_OFF_SECONDS = 60.0
CLOSE_SECONDS = 2.0
_INTERRUPTIONS = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet

_log = structlog.stdlib.get_logger(__name__)


class Notary:
    """Signs one log until it is told to stop; outlives restarts of the database."""

    def __init__(
        self,
        dsn: str,
        keys: KeyFolder,
        outside: OutsideCheckpoints,
        *,
        origin: str | None = None,
        every_seconds: float = 1.0,
        on_ready: Callable[[], None] | None = None,
        attestation: Attestation | None = None,
        key_changes: KeyChanges | None = None,
    ) -> None:
        self._dsn = dsn
        self._keys = keys
        self._outside = outside
        self._origin = origin
        self._every_seconds = every_seconds
        self._on_ready = on_ready
        self._attestation = attestation
        self._key_changes = key_changes
        self._perseverance = Perseverance("notary", _INTERRUPTIONS)

    async def run(self, stopping: asyncio.Event) -> None:
        """Sign until told to stop. A log that was altered is signed no more; that is said again every minute."""
        await self._perseverance.keep(self._unless_altered, stopping)

    async def _unless_altered(self, stopping: asyncio.Event) -> None:
        try:
            await self._session(stopping)
        except (LogAlteredError, TreeDamagedError, NoteError) as altered:
            await _log.acritical("the log is not what was signed: nothing more is signed", error=str(altered))
            await pause_unless(stopping, ALTERED_BACK_OFF_SECONDS)

    async def _session(self, stopping: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            await prepare(connection)
            tree = LogTree(connection)
            while not stopping.is_set() and not await tree.take_turn():
                self._announce()
                await pause_unless(stopping, STANDBY_SECONDS)
            async with self._attestation.under_way(stopping) if self._attestation else nullcontext():
                await self._sign(tree, stopping)
            await connection.close(timeout=CLOSE_SECONDS)
        finally:
            connection.terminate()  # at once: a polite close would wait for a server that is gone

    async def _sign(self, tree: LogTree, stopping: asyncio.Event) -> None:
        if not stopping.is_set() and not self._keys.signers():
            created = self._keys.create(self._origin)
            await _log.ainfo("made the log's first key", key=str(created.verifier))
        while not stopping.is_set():
            # Read anew every time, so that a rotation needs no restart.
            signers = self._keys.signers()
            if self._key_changes:
                await self._key_changes.tell(tree, [signer.verifier for signer in signers])
            signing = Signing(tree, signers, self._keys.verifiers(), self._outside)
            signed = await signing.sign()
            self._perseverance.went_well()
            if signed is not None:
                await _log.adebug("signed", size=signed.size)
            self._announce()
            await pause_unless(stopping, self._every_seconds)

    def _announce(self) -> None:
        if self._on_ready:
            self._on_ready()
            self._on_ready = None


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    dsn, outside = settings.dsn(Role.SEQUENCER), OutsideCheckpoints(settings.checkpoints)
    notary = Notary(
        dsn,
        KeyFolder(settings.log_keys),
        outside,
        origin=settings.log_origin,
        every_seconds=settings.checkpoint_seconds,
        on_ready=lambda: announce_ready(settings),
        attestation=Attestation(
            dsn,
            outside,
            lambda: outgoing_client(settings),
            witness_addresses(settings.witnesses),
            TimestampAuthority(settings.timestamp_url, settings.timestamp_seconds) if settings.timestamp_url else None,
            settings.checkpoint_seconds,
        ),
        key_changes=KeyChanges(settings),
    )
    await notary.run(stopping)
