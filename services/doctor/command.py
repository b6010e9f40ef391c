"""`duban doctor`: examines everything, prints what it finds, and fails where something is wrong."""

import asyncio
import time

from rich.console import Console

from services.cli.upkeep import progress_bar
from services.doctor.database import examine_database
from services.doctor.finding import Finding, Grade
from services.doctor.machine import examine_machine, is_running
from services.doctor.store import Progress
from services.doctor.temporal import examine_temporal
from services.settings import Settings
from services.temporal.connection import NATIVE_THREADS_SECONDS

_MARKS = {Grade.WELL: ("✓", "green"), Grade.NOTE: ("·", "yellow"), Grade.WRONG: ("✗", "bold red")}


def examine(settings: Settings, *, deep: bool = False) -> int:
    """Examine and print; returns the exit code, 1 where something is wrong."""
    console = Console()
    if deep:
        with progress_bar(console) as bars:
            bar = bars.add_task("核对全部事件 checking every event", total=None)

            def show(done: int, total: int) -> None:
                bars.update(bar, completed=done, total=total)

            findings = asyncio.run(examination(settings, deep=True, progress=show))
    else:
        findings = asyncio.run(examination(settings))
    time.sleep(NATIVE_THREADS_SECONDS)
    for finding in findings:
        _print(console, finding)
    wrong = sum(finding.grade is Grade.WRONG for finding in findings)
    if wrong:
        things = "1 thing is" if wrong == 1 else f"{wrong} things are"
        console.print(f"发现 {wrong} 处问题  {things} wrong", style="bold red")
    else:
        console.print("一切正常  nothing is wrong", style="bold green")
    return 1 if wrong else 0


async def examination(
    settings: Settings, *, deep: bool = False, progress: Progress = lambda _done, _all: None
) -> list[Finding]:
    """Examine the machine, and the servers where they should be up: an embedded stack that is stopped is not broken."""
    findings = list(examine_machine(settings))
    running = is_running(settings) is not None
    if running or not settings.embeds_postgres:
        findings += [finding async for finding in examine_database(settings, deep=deep, progress=progress)]
    if running or not settings.embeds_temporal:
        findings += [finding async for finding in examine_temporal(settings)]
    return findings


def _print(console: Console, finding: Finding) -> None:
    mark, style = _MARKS[finding.grade]
    console.print(f"{mark} {finding.seen.zh}  {finding.seen.en}", style=style, markup=False, highlight=False)
    for place in finding.places:
        console.print(f"    @ {place}", markup=False, highlight=False, soft_wrap=True)
    if finding.mend is not None:
        console.print(f"    → {finding.mend.zh}  {finding.mend.en}", markup=False, highlight=False)
        console.print(f"      [{finding.code}]", style="dim", markup=False, highlight=False)
