"""Every process is killed with SIGKILL in the middle of the demo: nothing is lost and no rung is climbed twice.

One performance serves all processes, each killed at a moment of its own while issues come in and people act; the
clients do what clients do, and send again under the same key.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from services.demo.play import Play
from services.demo.result import DemoResult
from tests.faults.performance import performance

VICTIMS = ("gateway", "sequencer", "projector", "relay", "consequences", "worker", "postgres", "temporal")
FIRST_KILL_SECONDS = 4.0
BETWEEN_KILLS_SECONDS = 4.0
FIRING_SECONDS = 34.0
ISSUES = 48


@dataclass(frozen=True)
class Accident:
    """One kill: who was killed, who came after, and how much was in the log and acknowledged by then."""

    killed: int
    successor: int | None
    log_size: int
    acknowledged: int


@dataclass(frozen=True)
class Aftermath:
    """What came of a performance with accidents."""

    accidents: dict[str, Accident]
    result: DemoResult


async def kill_one_after_another(play: Play, accidents: dict[str, Accident]) -> None:
    stack = play.stage.stack
    await asyncio.sleep(FIRST_KILL_SECONDS)
    for victim in VICTIMS:
        size, acknowledged = play.tally.log_size, len(play.stage.journal.promises)
        killed = stack.kill(victim)
        await asyncio.sleep(BETWEEN_KILLS_SECONDS)
        await stack.wait_ready(victim)
        accidents[victim] = Accident(killed, stack.pid(victim), size, acknowledged)


@pytest_asyncio.fixture(scope="module")
async def aftermath() -> AsyncIterator[Aftermath]:
    async with performance(issues=ISSUES, firing_seconds=FIRING_SECONDS) as play:
        accidents: dict[str, Accident] = {}
        result = await play.perform(lambda: kill_one_after_another(play, accidents))
        yield Aftermath(accidents, result)


@pytest.mark.parametrize("victim", VICTIMS)
async def test_the_killed_process_is_started_again_and_the_city_goes_on(aftermath: Aftermath, victim: str) -> None:
    accident = aftermath.accidents[victim]
    assert accident.successor is not None
    assert accident.successor != accident.killed
    assert aftermath.result.restarts[victim] >= 1
    assert aftermath.result.log_size > accident.log_size
    assert aftermath.result.commands_acknowledged > accident.acknowledged


async def test_nothing_that_was_acknowledged_is_lost(aftermath: Aftermath) -> None:
    result = aftermath.result
    assert result.issues_fired == ISSUES
    assert result.items_lost == 0
    assert result.commands_lost == 0
    assert result.commands_acknowledged > ISSUES


async def test_no_rung_is_climbed_twice_and_the_ladder_was_climbed(aftermath: Aftermath) -> None:
    result = aftermath.result
    assert result.rungs_climbed_twice == 0
    assert result.rungs_climbed["hold_to_account"] >= 1
    assert result.accountability_due == result.rungs_climbed["hold_to_account"]


async def test_every_item_comes_to_its_end_or_to_the_top_rung(aftermath: Aftermath) -> None:
    assert aftermath.result.items_stuck == 0


async def test_the_outage_was_felt_and_never_answered_with_a_bug(aftermath: Aftermath) -> None:
    assert aftermath.result.retries > 0
    assert 500 not in aftermath.result.faults
    assert aftermath.result.surprises == []


async def test_the_lists_agree_with_the_log_in_the_end(aftermath: Aftermath) -> None:
    assert not aftermath.result.api_disagrees
    assert aftermath.result.duplicates_recognised == aftermath.result.duplicates_sent
