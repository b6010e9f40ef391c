"""Strikes at the two servers: restarts, crashes, a full disk, loss of memory, and failing over to a copy."""

import asyncio
from dataclasses import dataclass, field

from tests.faults.copies import StreamedCopy, restore_from_dump
from tests.faults.parts import FIRST_ONES, POSTGRES, PROCESSES, TEMPORAL
from tests.faults.stand import CommandFailedError
from tests.faults.strikes import NotPossibleError, Scene

_REARM_ATTEMPTS = 5
_REARM_SECONDS = 180.0
_BETWEEN_ATTEMPTS_SECONDS = 2.0
_COPYING_SECONDS = 2.0


@dataclass(frozen=True)
class Restarted:
    """A proper shutdown, some time without it, and a start."""

    target: str
    fault: str = field(default="restart", init=False)

    @property
    def claims(self) -> frozenset[str]:
        """The server."""
        return frozenset({self.target})

    async def strike(self, scene: Scene) -> str:
        """Shut it down."""
        if self.target == POSTGRES:
            await scene.stand.database.stop()
        else:
            await scene.stand.stop(self.target)
        return "shut down"

    async def heal(self, scene: Scene) -> str:
        """Start it."""
        if self.target == POSTGRES:
            await scene.stand.database.start()
        else:
            await scene.stand.start(self.target)
        return "up again"


@dataclass(frozen=True)
class DatabaseCrashed:
    """Every process of PostgreSQL dies at once, as when the power fails."""

    fault: str = field(default="crash", init=False)
    target: str = field(default=POSTGRES, init=False)
    claims: frozenset[str] = field(default=frozenset({POSTGRES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Kill them all, and do not start them yet."""
        database = scene.stand.database
        database.hold_down()
        count = len(database.processes())
        database.crash()
        return f"SIGKILL of all {count} processes"

    async def heal(self, scene: Scene) -> str:
        """Let it recover."""
        await scene.stand.database.start()
        return "recovered"


@dataclass(frozen=True)
class DiskFull:
    """Not a byte is left on the database's disk, for its tables and for its log alike."""

    fault: str = field(default="disk full", init=False)
    target: str = field(default=POSTGRES, init=False)
    claims: frozenset[str] = field(default=frozenset({POSTGRES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Fill it."""
        disk = scene.stand.disk
        if disk.impossible:
            raise NotPossibleError(disk.impossible)
        await asyncio.to_thread(disk.fill)
        return "no byte left"

    async def heal(self, scene: Scene) -> str:
        """Give the space back; a server that gave up meanwhile is started again by whoever supervises it."""
        scene.stand.disk.free()
        await scene.stand.database.start()
        return "space again"


@dataclass(frozen=True)
class TemporalLost:
    """Temporal's whole database is gone; afterwards `duban rearm` starts everything anew from the event store."""

    fault: str = field(default="database lost", init=False)
    target: str = field(default=TEMPORAL, init=False)
    claims: frozenset[str] = field(default=frozenset({TEMPORAL}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Wipe it."""
        await scene.stand.wipe_temporal()
        return "everything it remembered is gone"

    async def heal(self, scene: Scene) -> str:
        """Re-arm, as the operator's handbook says; again where another fault is in the way."""
        for attempt in range(1, _REARM_ATTEMPTS + 1):
            try:
                said = await scene.stand.command("rearm", seconds=_REARM_SECONDS)
            except (CommandFailedError, TimeoutError):
                if attempt == _REARM_ATTEMPTS:
                    raise
                await asyncio.sleep(_BETWEEN_ATTEMPTS_SECONDS)
            else:
                return " ".join(said.strip().splitlines()[-2:]).rpartition("  ")[2]
        return ""


@dataclass(frozen=True)
class FailedOver:
    """The primary crashes and its disk is lost; a copy that received every acknowledged commit takes its place."""

    fault: str = field(default="failover to a streamed copy", init=False)
    target: str = field(default=POSTGRES, init=False)
    claims: frozenset[str] = field(default=frozenset({POSTGRES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Copy for a while, crash, lose the disk, recover the copy, lead all links to it."""
        stand = scene.stand
        await stand.database.start()  # nothing to copy while it recovers from what came before
        copying = await StreamedCopy.begin(stand.database, stand.new_cluster())
        await asyncio.sleep(_COPYING_SECONDS)
        await copying.take_over()
        stand.database = copying.copy
        return "base backup, streamed log, primary and its disk lost, copy promoted"

    async def heal(self, scene: Scene) -> str:
        """Nothing to do."""
        _ = scene
        return ""


@dataclass(frozen=True)
class RestoredFromDump:
    """Everything is stopped, dumped, and restored into another server; the sequencer notices and mends by itself."""

    fault: str = field(default="moved by dump and restore", init=False)
    target: str = field(default=POSTGRES, init=False)
    # Whatever wrote meanwhile, a command that re-arms included, would write into what is about to be thrown away.
    claims: frozenset[str] = field(default=frozenset({POSTGRES, TEMPORAL, *PROCESSES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Stop whoever writes, dump, restore, lead all links to the new server, and start again."""
        stand = scene.stand
        await stand.database.start()
        running = [name for name in FIRST_ONES if name in stand.processes]
        await asyncio.gather(*(stand.stop(name) for name in running))
        old, new = stand.database, stand.new_cluster()
        await restore_from_dump(old, new, old.addresses.name)
        await old.stop()
        old.lose()
        stand.database = new
        await asyncio.gather(*(stand.start(name) for name in running))
        return "all stopped, dumped, restored elsewhere, started"

    async def heal(self, scene: Scene) -> str:
        """Nothing to do."""
        _ = scene
        return ""
