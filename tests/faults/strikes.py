"""What a strike is, and the strikes at processes: killed, paused, replaced, and two where one is enough."""

import asyncio
import random
import signal
from dataclasses import dataclass, field
from typing import Protocol

from tests.faults.database import signal_to
from tests.faults.journal import Journal
from tests.faults.parts import GATEWAYS, POSTGRES, WORKERS
from tests.faults.stand import Stand

_SECOND_ONE_SECONDS = 3.0


class NotPossibleError(RuntimeError):
    """This machine does not let us strike so; the report says it."""


@dataclass
class Scene:
    """What strikes act on: the stand, and the journal for what the judge must know."""

    stand: Stand
    journal: Journal
    rng: random.Random


class Strike(Protocol):
    """One fault. What `claims` names, no other strike that claims it too may touch at the same time."""

    @property
    def fault(self) -> str:
        """What it is called in journal, plan and report."""
        ...

    @property
    def target(self) -> str:
        """Whom it hits."""
        ...

    @property
    def claims(self) -> frozenset[str]:
        """What it needs for itself meanwhile."""
        ...

    async def strike(self, scene: Scene) -> str:
        """Do it; returns what there is to say about it. Raises NotPossibleError."""
        ...

    async def heal(self, scene: Scene) -> str:
        """Put it right again; returns what there is to say about that."""
        ...


@dataclass(frozen=True)
class Killed:
    """SIGKILL; whoever supervises starts it again."""

    target: str
    fault: str = field(default="killed", init=False)

    @property
    def claims(self) -> frozenset[str]:
        """A server that is shut down on purpose meanwhile cannot be killed."""
        return frozenset({self.target})

    async def strike(self, scene: Scene) -> str:
        """Kill it."""
        return "SIGKILL" if scene.stand.kill(self.target) else "was down already"

    async def heal(self, scene: Scene) -> str:
        """Nothing to do."""
        _ = scene
        return ""


@dataclass(frozen=True)
class Paused:
    """SIGSTOP and, later, SIGCONT: as a machine that swaps, or a virtual machine that is moved."""

    target: str
    fault: str = field(default="paused", init=False)

    @property
    def claims(self) -> frozenset[str]:
        """As above."""
        return frozenset({self.target})

    async def strike(self, scene: Scene) -> str:
        """Pause it, all processes of it."""
        return "SIGSTOP" if scene.stand.pause(self.target) else "was down"

    async def heal(self, scene: Scene) -> str:
        """Let it go on."""
        scene.stand.resume(self.target)
        return "SIGCONT"


@dataclass(frozen=True)
class BackendKilled:
    """One backend of PostgreSQL dies by SIGKILL, after which PostgreSQL restarts all the others by itself."""

    fault: str = field(default="backend killed", init=False)
    target: str = field(default=POSTGRES, init=False)
    claims: frozenset[str] = field(default=frozenset({POSTGRES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Kill any process but the first."""
        backends = scene.stand.database.processes()[1:]
        if not backends:
            return "was down"
        signal_to(scene.rng.choice(backends), signal.SIGKILL)
        return f"one of {len(backends)}"

    async def heal(self, scene: Scene) -> str:
        """Nothing to do."""
        _ = scene
        return ""


@dataclass(frozen=True)
class BackendPaused:
    """One backend of PostgreSQL hangs, with whatever it has locked."""

    fault: str = field(default="backend paused", init=False)
    target: str = field(default=POSTGRES, init=False)
    claims: frozenset[str] = field(default=frozenset({POSTGRES}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Pause any process but the first."""
        backends = scene.stand.database.processes()[1:]
        if not backends:
            return "was down"
        scene.stand.pause_pid(scene.rng.choice(backends), POSTGRES)
        return f"one of {len(backends)}"

    async def heal(self, scene: Scene) -> str:
        """Let it go on."""
        scene.stand.resume(POSTGRES)
        return "SIGCONT"


@dataclass(frozen=True)
class Deployed:
    """A deploy in the middle: workers, then gateways, replaced one after the other, each with its grace."""

    fault: str = field(default="deploy", init=False)
    target: str = field(default="workers and gateways", init=False)
    claims: frozenset[str] = field(default=frozenset({*WORKERS, *GATEWAYS}), init=False)

    async def strike(self, scene: Scene) -> str:
        """Replace them all; takes as long as it takes."""
        for name in (*WORKERS, *GATEWAYS):
            await scene.stand.stop(name)
            await scene.stand.start(name)
        return "SIGTERM, grace, a new process, one by one"

    async def heal(self, scene: Scene) -> str:
        """Nothing to do."""
        _ = scene
        return ""


@dataclass(frozen=True)
class SecondOne:
    """Two at once of what one is enough of."""

    target: str
    fault: str = field(default="two at once", init=False)

    @property
    def claims(self) -> frozenset[str]:
        """The second one cannot be started twice."""
        return frozenset({self.target})

    async def strike(self, scene: Scene) -> str:
        """Start the second one; a stand-by need not get ready, so nobody waits for it."""
        starting = asyncio.create_task(scene.stand.start(self.target))
        await asyncio.wait({starting}, timeout=_SECOND_ONE_SECONDS)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return "stands by"
        return "at work"

    async def heal(self, scene: Scene) -> str:
        """Tell the second one to end."""
        await scene.stand.stop(self.target)
        return "ended"
