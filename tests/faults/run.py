"""Lets a load and random faults meet on a stand and has the outcome judged: `python -m tests.faults.run --seed 1`."""

import argparse
import asyncio
import logging
import math
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.faults.checker import judge
from tests.faults.journal import Journal, Struck, now
from tests.faults.load import play_load, set_up_city
from tests.faults.plan import Planned, plan
from tests.faults.receiver import outcomes_received
from tests.faults.report import write_report
from tests.faults.stand import Stand
from tests.faults.strikes import NotPossibleError, Scene
from tests.faults.verdict import Verdict

# Each neglected item brings about ten acts, each of them documents to lay out: what two cores come through in time.
_ISSUES_A_SECOND = 0.25
_DRAIN_SECONDS = 150.0
_HEAL_SECONDS = 240.0
# Long, for a machine that is busy otherwise; a stand at which nothing happens any more is not waited for so long.
_QUIET_SECONDS = 1200.0


@dataclass
class Outcome:
    """All that is known after a run."""

    seed: int
    minutes: float
    began: datetime
    ended: datetime
    verdict: Verdict
    journal: Path
    restarts: dict[str, int]
    not_possible: dict[str, str] = field(default_factory=dict[str, str])
    failed: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])

    @property
    def clean(self) -> bool:
        """Whether nothing was violated, and every strike came off."""
        return not self.verdict.violations and not self.failed


class Play:
    """One run: the load goes on, the strikes of the plan come, each in its time, however long others last."""

    def __init__(self, scene: Scene, strikes: Sequence[Planned], seconds: float) -> None:
        self._scene = scene
        self._end = asyncio.get_running_loop().time() + seconds
        self._strikes = strikes
        self._claims = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self.not_possible: dict[str, str] = {}
        self.failed: list[str] = []
        self.left_out: list[str] = []

    async def strike(self) -> None:
        """Play all strikes and come back when the last one is healed."""
        async with asyncio.TaskGroup() as playing:
            for planned in self._strikes:
                playing.create_task(self._play(planned))

    async def _play(self, planned: Planned) -> None:
        await asyncio.sleep(planned.at_seconds)
        async with AsyncExitStack() as claimed:
            # The plan keeps them apart; on a slow machine one may last longer than planned. In order, so that no two
            # wait for each other.
            for claim in sorted(planned.strike.claims):
                await claimed.enter_async_context(self._claims[claim])
            if asyncio.get_running_loop().time() < self._end:
                await self._carry_out(planned)
            else:
                self.left_out.append(f"{planned.strike.fault} at {planned.strike.target}")

    async def _carry_out(self, planned: Planned) -> None:
        strike, scene = planned.strike, self._scene
        scene.journal.note(Struck(now(), strike.fault, strike.target, "begin"))
        try:
            did = await strike.strike(scene)
            await asyncio.sleep(planned.lasts_seconds)
            healed = await strike.heal(scene)
        except NotPossibleError as reason:
            self.not_possible[strike.fault] = did = str(reason)
            healed = "not possible"
        except Exception as problem:  # noqa: BLE001 - a strike that fails is a finding; the others go on
            did, healed = f"{type(problem).__name__}: {problem}", "failed"
            self.failed.append(f"{strike.fault} at {strike.target}: {did}")
        detail = "; ".join(each for each in (did, healed) if each)
        scene.journal.note(Struck(now(), strike.fault, strike.target, "end", detail))


async def run(
    seed: int,
    minutes: float,
    folder: Path,
    *,
    strikes: Sequence[Planned] | None = None,
    launch: Sequence[str] | None = None,
    issues_a_second: float = _ISSUES_A_SECOND,
) -> Outcome:
    """Run for so many minutes of load; the journal lies in the folder afterwards, the stand's own files are gone.

    Strikes that are given are played to the last, drawn ones as far as the time goes.
    """
    stage, journal_file = _prepare(folder)
    try:
        async with Stand(stage, seed=seed, launch=launch) as stand:
            with Journal(journal_file) as journal:
                async with outcomes_received(journal, seed=seed) as outcomes:
                    city = await set_up_city(stand, journal, seed=seed, outcomes=outcomes)
                    play = Play(
                        Scene(stand, journal, random.Random(seed)),  # noqa: S311 - a plan is not a secret
                        plan(seed, minutes) if strikes is None else strikes,
                        minutes * 60.0 if strikes is None else math.inf,
                    )
                    began, over = now(), asyncio.Event()
                    load = asyncio.create_task(
                        play_load(
                            stand, journal, seed=seed, until=over.is_set, city=city, issues_a_second=issues_a_second
                        )
                    )
                    striking = asyncio.create_task(play.strike())
                    await asyncio.wait({load}, timeout=minutes * 60.0)
                    if load.done():
                        striking.cancel()
                        await load  # raises what ended it
                    await striking
                    async with asyncio.timeout(_HEAL_SECONDS):
                        await stand.heal()
                    over.set()
                    async with asyncio.timeout(_DRAIN_SECONDS):
                        await load
                    # The receiver still listens: what it turned away comes again.
                    under_way = await stand.quiesce(seconds=_QUIET_SECONDS)
            verdict = await judge(journal_file, stand, rest=under_way)
            restarts = {name: stand.restarts(name) for name in stand.processes}
            outcome = Outcome(
                seed=seed,
                minutes=minutes,
                began=began,
                ended=now(),
                verdict=verdict,
                journal=journal_file,
                restarts=restarts,
                not_possible=play.not_possible,
                failed=play.failed,
                left_out=play.left_out,
            )
            if not outcome.clean:
                shutil.copytree(stage / "logs", folder / "logs", dirs_exist_ok=True)
            return outcome
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prepare(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    journal_file = folder / "journal.jsonl"
    journal_file.unlink(missing_ok=True)
    # A short path: sockets have no room for long ones.
    return Path(tempfile.mkdtemp(prefix="duban-faults-")), journal_file


def main() -> int:
    """Run from the command line; returns 1 where anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the plan and the load are drawn from")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the load goes on")
    parser.add_argument("--report", type=Path, help="where report and journal go; .faults/seed-N by default")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    folder: Path = asked.report or Path(".faults", f"seed-{asked.seed}")
    outcome = asyncio.run(run(asked.seed, asked.minutes, folder))
    report = write_report(outcome, folder)
    sys.stdout.write(f"{report.summary}\n{report.path}\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    sys.exit(main())
