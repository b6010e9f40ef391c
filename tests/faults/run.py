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
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from tests.faults.checker import judge
from tests.faults.journal import Journal, Struck, now
from tests.faults.load import play_load, set_up_city
from tests.faults.outcome import Outcome, broke_off
from tests.faults.plan import Planned, plan
from tests.faults.receiver import outcomes_received
from tests.faults.report import write_report
from tests.faults.stand import Stand
from tests.faults.strikes import NotPossibleError, Scene

# Each neglected item brings about ten acts, each of them documents to lay out: what two cores come through in time.
_ISSUES_A_SECOND = 0.25
_DRAIN_SECONDS = 150.0
_HEAL_SECONDS = 240.0
# Long, for a machine that is busy otherwise; a stand at which nothing happens any more is not waited for so long.
_QUIET_SECONDS = 1200.0


class Play:
    """One run: the load goes on, the strikes of the plan come, each in its time, however long others last."""

    def __init__(self, scene: Scene, strikes: Sequence[Planned], seconds: float) -> None:
        self._scene = scene
        self._end = asyncio.get_running_loop().time() + seconds
        # Each with chances of its own: which backend dies must not hang on who was scheduled first.
        self._strikes = [(strike, random.Random(scene.rng.random())) for strike in strikes]  # noqa: S311 - as below
        self._claims = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self.struck: list[str] = []
        self.not_possible: dict[str, str] = {}
        self.failed: list[str] = []
        self.left_out: list[str] = []

    async def strike(self) -> None:
        """Play all strikes and come back when the last one is healed."""
        async with asyncio.TaskGroup() as playing:
            for planned, chances in self._strikes:
                playing.create_task(self._play(planned, chances))

    async def _play(self, planned: Planned, chances: random.Random) -> None:
        await asyncio.sleep(planned.at_seconds)
        async with AsyncExitStack() as claimed:
            # The plan keeps them apart; on a slow machine one may last longer than planned. In order, so that no two
            # wait for each other.
            for claim in sorted(planned.strike.claims):
                await claimed.enter_async_context(self._claims[claim])
            if asyncio.get_running_loop().time() < self._end:
                await self._carry_out(planned, replace(self._scene, rng=chances))
            else:
                self.left_out.append(f"{planned.strike.fault} at {planned.strike.target}")

    async def _carry_out(self, planned: Planned, scene: Scene) -> None:
        strike = planned.strike
        scene.journal.note(Struck(now(), strike.fault, strike.target, "begin"))
        try:
            did = await strike.strike(scene)
            await asyncio.sleep(planned.lasts_seconds)
            healed = await strike.heal(scene)
            self.struck.append(strike.fault)
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
    quiet_seconds: float = _QUIET_SECONDS,
    allowed: Collection[str] = (),
) -> Outcome:
    """Run for so many minutes of load; the journal lies in the folder afterwards, the stand's own files are gone.

    Strikes that are given are played to the last, drawn ones as far as the time goes. Whatever does not come to its
    end is a violation, and the logs lie in the folder where the outcome is not clean. ``allowed``: see `Outcome`.
    """
    stage, journal_file = _prepare(folder)
    planned = tuple(plan(seed, minutes) if strikes is None else strikes)
    outcome = Outcome(seed, minutes, now(), now(), journal_file, planned, allowed=allowed)
    finished = False
    try:
        async with Stand(stage, seed=seed, launch=launch) as stand:
            under_way: list[str] = []
            try:
                with Journal(journal_file) as journal:
                    async with outcomes_received(journal, seed=seed) as outcomes:
                        seconds = minutes * 60.0 if strikes is None else math.inf
                        await _play(stand, journal, outcome, seconds, issues_a_second, outcomes)
                        # The receiver still listens: what it turned away comes again.
                        under_way = await stand.quiesce(seconds=quiet_seconds)
            except Exception as problem:  # noqa: BLE001 - the worst outcomes are to be told of most of all
                outcome.verdict.add(broke_off("the load among its faults", problem))
            outcome.restarts = {name: stand.restarts(name) for name in stand.processes}
            verdict = await judge(journal_file, stand, rest=under_way)
            outcome.verdict.add(verdict.violations, **verdict.counts)
        finished = True
    except Exception as problem:  # noqa: BLE001 - as above
        outcome.verdict.add(broke_off("the stand", problem))
        finished = True
    finally:
        outcome.ended = now()
        if (not finished or not outcome.clean) and (stage / "logs").exists():
            shutil.copytree(stage / "logs", folder / "logs", dirs_exist_ok=True)
        shutil.rmtree(stage, ignore_errors=True)
    return outcome


async def _play(
    stand: Stand, journal: Journal, outcome: Outcome, seconds: float, issues_a_second: float, outcomes: str
) -> None:
    """Load and strikes, which begin within so many seconds; then everything is put right."""
    seed = outcome.seed
    city = await set_up_city(stand, journal, seed=seed, outcomes=outcomes)
    scene = Scene(stand, journal, random.Random(seed))  # noqa: S311 - a plan is not a secret
    play = Play(scene, outcome.planned, seconds)
    outcome.struck, outcome.failed = play.struck, play.failed
    outcome.not_possible, outcome.left_out = play.not_possible, play.left_out
    outcome.began, over = now(), asyncio.Event()
    load = asyncio.create_task(
        play_load(stand, journal, seed=seed, until=over.is_set, city=city, issues_a_second=issues_a_second)
    )
    striking = asyncio.create_task(play.strike())
    try:
        await asyncio.wait({load}, timeout=outcome.minutes * 60.0)
        if load.done():
            await load  # raises what ended it
        await striking
        async with asyncio.timeout(_HEAL_SECONDS):
            await stand.heal()
        over.set()
        async with asyncio.timeout(_DRAIN_SECONDS):
            await load
    finally:
        for task in (load, striking):
            task.cancel()
        await asyncio.gather(load, striking, return_exceptions=True)


def _prepare(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    journal_file = folder / "journal.jsonl"
    journal_file.unlink(missing_ok=True)
    journal_file.touch()
    shutil.rmtree(folder / "logs", ignore_errors=True)  # of a run before
    # A short path: sockets have no room for long ones.
    return Path(tempfile.mkdtemp(prefix="duban-faults-")), journal_file


def main() -> int:
    """Run from the command line; returns 1 where anything was violated, 2 where the run says too little."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.run", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the plan and the load are drawn from")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the load goes on")
    parser.add_argument("--report", type=Path, help="where report and journal go; .faults/seed-N by default")
    parser.add_argument(
        "--allow", action="append", default=[], metavar="STRIKE", help='may be impossible here, such as "disk full"'
    )
    asked = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    folder: Path = asked.report or Path(".faults", f"seed-{asked.seed}")
    outcome = asyncio.run(run(asked.seed, asked.minutes, folder, allowed=asked.allow))
    report = write_report(outcome, folder)
    sys.stdout.write(f"{report.summary}\n{report.path}\n")
    return 1 if outcome.violated else 2 if outcome.shortcomings else 0


if __name__ == "__main__":
    sys.exit(main())
