"""A load of ten seconds on a cut-down stand, with bugs or without, and which rules the judge finds broken then."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.checker import weigh
from tests.faults.checks_stand import check_workflows, reader_dsn
from tests.faults.exchanges import Testimony, heard
from tests.faults.journal import Journal, now, read
from tests.faults.load import play_load, set_up_city
from tests.faults.planted import launch
from tests.faults.quiescence import under_way
from tests.faults.stand import Stand
from tests.faults.stored import stored
from tests.faults.verdict import Rule

_LOAD_SECONDS = 10.0
_ISSUES_A_SECOND = 3.0
_KILL_SECONDS = 2.0
# Until what was begun is in the log and told of by the relay; until rungs came due that nobody waits for.
_LOGGED_SECONDS, _CLIMBED_SECONDS = 3.0, 12.0
# A machine that is busy otherwise needs longer; with some bugs it never comes.
_PATIENCE_SECONDS, _PATIENCE_WITH_BUGS_SECONDS = 150.0, 25.0
_LOOK_SECONDS = 0.5
_AWAITED = ("without a place", "relay")


@dataclass(frozen=True, slots=True)
class SmallStand:
    """A stand on which a load was played, and what its clients say."""

    stand: Stand
    told: Testimony
    parts: Sequence[str]

    async def broken_rules(self) -> set[Rule]:
        """Which rules the judge finds broken; of workflows only where a relay starts any."""
        store = await stored(reader_dsn(self.stand), now())
        found = set(weigh(self.told, store).by_rule)
        if "relay-1" in self.parts and await check_workflows(self.stand, store):
            found.add(Rule.WORKFLOWS)
        return found


@asynccontextmanager
async def small_stand(
    parts: Sequence[str], bugs: Sequence[str] = (), *, kill_gateways: bool = False
) -> AsyncGenerator[SmallStand]:
    """Play the load on a stand of these processes with these bugs, and wait until what was begun is through."""
    with tempfile.TemporaryDirectory(prefix="duban-test-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "journal.jsonl"
        started_by = launch(*bugs) if bugs else None
        async with Stand(Path(folder) / "stand", seed=1, launch=started_by, only=parts) as stand:
            with Journal(path) as journal:
                city = await set_up_city(stand, journal, seed=1)
                clock = asyncio.get_running_loop().time
                end = clock() + _LOAD_SECONDS
                async with asyncio.TaskGroup() as meanwhile:
                    if kill_gateways:
                        meanwhile.create_task(_kill_gateways(stand, end))
                    await play_load(
                        stand,
                        journal,
                        seed=1,
                        until=lambda: clock() > end,
                        city=city,
                        issues_a_second=_ISSUES_A_SECOND,
                    )
            at_least = _CLIMBED_SECONDS if "worker-1" in parts else _LOGGED_SECONDS
            await _wait(stand, at_least, _PATIENCE_WITH_BUGS_SECONDS if bugs else _PATIENCE_SECONDS)
            yield SmallStand(stand, heard(read(path)), parts)


async def _wait(stand: Stand, at_least: float, at_most: float) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        rest = await under_way(reader_dsn(stand), horizon_seconds=0.0)
        through = not any(word in each for each in rest for word in _AWAITED)
        if clock() > began + (at_least if through else at_most):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _kill_gateways(stand: Stand, until: float) -> None:
    while asyncio.get_running_loop().time() < until:
        for name in ("gateway-1", "gateway-2"):
            await asyncio.sleep(_KILL_SECONDS)
            stand.kill(name)
