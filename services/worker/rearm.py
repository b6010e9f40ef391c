"""Rebuilds all workflows from the event store, after Temporal has lost its memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.settings import Role, Settings
from services.store.pools import open_pool
from services.store.standings import Standings
from services.temporal.arming import Arming
from services.temporal.connection import connect
from services.temporal.schedule import ensure_schedule

_PAGE = 500


@dataclass(frozen=True, slots=True)
class RearmReport:
    """How much is not over, how many workflows now run for it, and how many had already come to their end.

    ``items`` counts campaigns, obligations and bulk operations too.
    """

    items: int
    running: int
    ended: int


async def rearm(settings: Settings, progress: Callable[[int, int], None] | None = None) -> RearmReport:
    """Arm everything that is not over, the most urgent first; ``progress`` hears (done, all).

    Doing it while workflows run changes nothing about them. Raises what connecting raises: the caller explains.
    """
    client = await connect(settings)
    pool = await open_pool(settings.dsn(Role.APP))
    try:
        await ensure_schedule(client, settings.task_queue)
        standings, arming = Standings(pool), Arming(client, settings.task_queue)
        return await _arm(standings, arming, await standings.unfinished(), progress or (lambda _done, _all: None))
    finally:
        await pool.close()


async def _arm(
    standings: Standings, arming: Arming, unfinished: Sequence[UUID], progress: Callable[[int, int], None]
) -> RearmReport:
    done = running = ended = 0

    def count() -> None:
        nonlocal done
        done += 1
        progress(done, len(unfinished))

    progress(0, len(unfinished))
    for start in range(0, len(unfinished), _PAGE):
        armed = await arming.arm_all(await standings.of(unfinished[start : start + _PAGE]), count)
        running += armed.running
        ended += armed.ended
    return RearmReport(items=len(unfinished), running=running, ended=ended)
