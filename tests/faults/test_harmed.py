"""On a stand without bugs none of the planted bugs' rules is broken; then it is harmed, and every harm is named."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.faults import exchanges
from tests.faults.checks_stand import check_log, check_read_models, log_violations, reader_dsn, unsettled
from tests.faults.hand_made import MONDAY
from tests.faults.journal import ClockJumped
from tests.faults.small_stand import SmallStand, small_stand
from tests.faults.test_planted import ACTING, NOTICED
from tests.faults.verdict import Rule, Violation

pytestmark = [pytest.mark.stand, pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sound() -> AsyncIterator[SmallStand]:
    async with small_stand((*ACTING, "notary", "projector"), kill_gateways=True) as small:
        yield small


def rules(violations: list[Violation]) -> set[Rule]:
    return {violation.rule for violation in violations}


async def execute(small: SmallStand, *statements: str) -> None:
    connection = await asyncpg.connect(reader_dsn(small.stand))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def log_rules(small: SmallStand, told: exchanges.Testimony) -> set[Rule]:
    with tempfile.TemporaryDirectory(prefix="duban-test-") as folder:
        return rules(await check_log(small.stand, told, Path(folder)))


async def test_without_bugs_the_rules_of_planted_bugs_hold(sound: SmallStand) -> None:
    assert await sound.broken_rules() & set(NOTICED.values()) == set()


async def test_read_models_equal_the_rebuild_until_a_row_is_changed(sound: SmallStand) -> None:
    assert await check_read_models(sound.stand) == []
    await execute(sound, "UPDATE read.item_fact SET area = 'nowhere'")
    assert rules(await check_read_models(sound.stand)) == {Rule.READ_MODELS}


async def test_a_stand_whose_projector_stands_still_does_not_come_to_rest(sound: SmallStand) -> None:
    await sound.stand.stop("projector")
    await execute(sound, "UPDATE es.subscription SET pos = pos - 5 WHERE name = 'facts'")
    assert rules(unsettled(await sound.stand.quiesce(seconds=1.0))) == {Rule.UNSETTLED}


async def test_the_log_verifies_until_somebody_kept_another_checkpoint_or_an_event_is_changed(
    sound: SmallStand,
) -> None:
    assert await log_rules(sound, sound.told) == set()
    looks = [look for look in sound.told.looks if look.what == "checkpoint"]
    origin, size, root, rest = looks[-1].value.split("\n", maxsplit=3)
    other = replace(looks[-1], value=f"{origin}\n{size}\n{root[1:-1]}A=\n{rest}")
    assert await log_rules(sound, exchanges.Testimony(looks=[other])) == {Rule.LOG}
    await execute(
        sound,
        "ALTER TABLE es.event DISABLE TRIGGER ALL",
        "UPDATE es.event SET data = '{}' WHERE seq = (SELECT min(seq) FROM es.event)",
    )
    assert await log_rules(sound, sound.told) == {Rule.LOG}


def test_that_clocks_jumped_is_held_against_the_log_only_where_none_did() -> None:
    jumped = exchanges.Testimony(jumps=[ClockJumped(MONDAY, "gateway-1", 7200.0)])
    out_of_time = '{"counts": {"recorded_out_of_time": 2}}'
    assert rules(log_violations(out_of_time, exchanges.Testimony())) == {Rule.LOG}
    assert log_violations(out_of_time, jumped) == []
    assert rules(log_violations('{"counts": {"recorded_out_of_time": 2, "payload": 1}}', jumped)) == {Rule.LOG}
    assert rules(log_violations("Traceback", jumped)) == {Rule.LOG}
