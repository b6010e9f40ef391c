"""Temporal's whole memory is wiped in the middle of the demo; `rearm` brings every open item back to its deadlines."""

import asyncio

from services.demo.play import Play
from services.worker.rearm import RearmReport, rearm
from tests.faults.performance import performance

ISSUES = 30
FIRING_SECONDS = 8.0
BEFORE_WIPING_SECONDS = 9.0


async def wipe_and_rearm(play: Play, reports: list[RearmReport]) -> None:
    stack = play.stage.stack
    await asyncio.sleep(BEFORE_WIPING_SECONDS)
    # The relay stands still meanwhile, or it would tell a part of the items by itself and hide what rearm does.
    await stack.stop("relay")
    await stack.wipe_temporal()
    reports.append(await rearm(play.stage.settings))
    await stack.start("relay")


async def test_after_a_wipe_all_open_items_continue() -> None:
    reports: list[RearmReport] = []
    async with performance(issues=ISSUES, firing_seconds=FIRING_SECONDS) as play:
        result = await play.perform(lambda: wipe_and_rearm(play, reports))
    assert reports[0].items > 0
    assert reports[0].running == reports[0].items
    assert result.items_stuck == 0
    assert result.items_lost == 0
    assert result.commands_lost == 0
    assert result.rungs_climbed_twice == 0
    assert result.rungs_climbed["hold_to_account"] >= 1
