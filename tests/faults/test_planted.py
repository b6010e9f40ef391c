"""The judge notices every known bug: each is patched into the processes of a small stand, and must be named."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.checker import weigh
from tests.faults.checks_stand import check_workflows, reader_dsn
from tests.faults.exchanges import heard
from tests.faults.journal import Journal, now, read
from tests.faults.load import play_load, set_up_city
from tests.faults.planted import BUGS, launch
from tests.faults.stand import Stand
from tests.faults.stored import stored
from tests.faults.verdict import Rule

# Stands of their own take long to start where others are at work.
pytestmark = pytest.mark.timeout(600)

_LOAD_SECONDS = 10.0
# Until what was begun is in the log; until rungs came due that nobody waits for.
_LOGGED_SECONDS, _CLIMBED_SECONDS = 3.0, 12.0
_KILL_SECONDS = 2.0
_ISSUES_A_SECOND = 3.0
_DECIDING = ("gateway-1", "gateway-2", "sequencer-1")
_ACTING = (*_DECIDING, "relay-1", "worker-1")

NOTICED = {
    "acknowledge-before-commit": Rule.KEPT,
    "tail-by-id": Rule.ORDER,
    "key-ignored": Rule.ONCE,
    "rung-without-guard": Rule.RUNG_TWICE,
    "relay-that-forgets": Rule.WORKFLOWS,
    "deadline-that-moves": Rule.DEADLINE,
}
# Bugs that share a stand break different rules, each of them its own alone.
STANDS = (
    (_DECIDING, ("acknowledge-before-commit",)),
    (_DECIDING, ("tail-by-id", "key-ignored")),
    (_ACTING, ("rung-without-guard", "relay-that-forgets", "deadline-that-moves")),
)


async def _kill_gateways(stand: Stand, until: float) -> None:
    while asyncio.get_running_loop().time() < until:
        for name in ("gateway-1", "gateway-2"):
            await asyncio.sleep(_KILL_SECONDS)
            stand.kill(name)


async def broken_rules(bugs: Sequence[str], only: Sequence[str]) -> set[Rule]:
    with tempfile.TemporaryDirectory(prefix="duban-test-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "journal.jsonl"
        async with Stand(Path(folder) / "stand", seed=1, launch=launch(*bugs), only=only) as stand:
            with Journal(path) as journal:
                city = await set_up_city(stand, journal, seed=1)
                clock = asyncio.get_running_loop().time
                end = clock() + _LOAD_SECONDS
                async with asyncio.TaskGroup() as meanwhile:
                    if "acknowledge-before-commit" in bugs:
                        meanwhile.create_task(_kill_gateways(stand, end))
                    await play_load(
                        stand,
                        journal,
                        seed=1,
                        until=lambda: clock() > end,
                        city=city,
                        issues_a_second=_ISSUES_A_SECOND,
                    )
            await stand.quiesce(seconds=_CLIMBED_SECONDS if "worker-1" in only else _LOGGED_SECONDS)
            store = await stored(reader_dsn(stand), now())
            found = set(weigh(heard(read(path)), store).by_rule)
            if "relay-1" in only and await check_workflows(stand, store):
                found.add(Rule.WORKFLOWS)
            return found


def test_every_known_bug_is_planted_somewhere() -> None:
    assert {bug for _, bugs in STANDS for bug in bugs} == set(BUGS) == set(NOTICED)


@pytest.mark.parametrize(("only", "bugs"), STANDS, ids=[" and ".join(bugs) for _, bugs in STANDS])
async def test_planted_bugs_are_noticed(only: Sequence[str], bugs: Sequence[str]) -> None:
    assert {NOTICED[bug] for bug in bugs} <= await broken_rules(bugs, only)
