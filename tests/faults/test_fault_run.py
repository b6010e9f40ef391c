"""A minute of faults of every kind in CI: the judge finds nothing, and something was there to be found."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.felt import Felt, felt
from tests.faults.journal import read
from tests.faults.outcome import Outcome
from tests.faults.parts import FIRST_ONES
from tests.faults.quick import QUICK, SECONDS, SEED
from tests.faults.report import write_report
from tests.faults.run import run

ISSUES_A_SECOND = 0.3

# Shorter than what pytest bears, so that a stand that comes to no rest is told of.
QUIET_SECONDS = 900.0
KEPT = Path(".faults", "quick")

pytestmark = [pytest.mark.stand, pytest.mark.timeout(2400)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def outcome() -> AsyncIterator[Outcome]:
    with tempfile.TemporaryDirectory(prefix="duban-test-") as folder:
        found = await run(
            SEED,
            SECONDS / 60.0,
            Path(folder),
            strikes=QUICK,
            issues_a_second=ISSUES_A_SECOND,
            quiet_seconds=QUIET_SECONDS,
        )
        if found.violated:
            write_report(found, Path(folder))
            shutil.copytree(folder, KEPT, dirs_exist_ok=True)  # for whoever reads of it
        yield found


@pytest.fixture(scope="module")
def what_clients_felt(outcome: Outcome) -> Felt:
    return felt(read(outcome.journal))


def test_nothing_that_clients_were_told_is_violated(outcome: Outcome) -> None:
    assert outcome.verdict.violations == []


def test_every_strike_came_off(outcome: Outcome, what_clients_felt: Felt) -> None:
    assert outcome.failed == []
    struck = {blow.fault for blow in what_clients_felt.blows}
    assert struck == {planned.strike.fault for planned in QUICK}
    assert set(outcome.not_possible) <= {"disk full"}


def test_every_kind_of_strike_was_possible_here(outcome: Outcome) -> None:
    if outcome.not_possible:
        pytest.skip(str(outcome.not_possible))  # mounting a small disk needs root


def test_every_process_was_killed_and_came_back(outcome: Outcome) -> None:
    assert all(outcome.restarts[name] >= 1 for name in FIRST_ONES)


def test_the_city_was_at_work_and_felt_the_faults(outcome: Outcome, what_clients_felt: Felt) -> None:
    assert what_clients_felt.acknowledged > 0
    assert what_clients_felt.retried > 0
    assert outcome.verdict.counts["rungs climbed"] > 0
    assert outcome.verdict.counts["cases opened"] > 0


def test_the_report_says_how_it_went(outcome: Outcome, tmp_path: Path) -> None:
    report = write_report(outcome, tmp_path)
    text = report.path.read_text(encoding="utf-8")
    assert f"SEED={SEED}" in text
    assert all(planned.strike.fault in text for planned in QUICK)
