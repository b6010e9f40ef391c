"""A run is clean only where enough was struck and enough was there to be violated; whatever breaks it off is told."""

from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from tests.faults import run as running
from tests.faults.hand_made import MONDAY
from tests.faults.outcome import Outcome
from tests.faults.plan import Planned
from tests.faults.report import write_report
from tests.faults.stand import Stand
from tests.faults.strikes import Deployed, Killed
from tests.faults.strikes_servers import DiskFull
from tests.faults.verdict import Rule, Verdict, Violation

PLAN = (*(Planned(1.0, 0.0, Killed("worker-1")) for _ in range(5)), Planned(2.0, 1.0, DiskFull()))
COUNTS = {"commands acknowledged": 5, "rungs climbed": 7, "cases opened": 1}


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    struck = [*["killed"] * 4, "disk full"]
    return Outcome(1, 10.0, MONDAY, MONDAY, journal, PLAN, Verdict(counts=dict(COUNTS)), struck=struck)


def test_a_run_in_which_most_was_struck_and_nothing_violated_is_clean(outcome: Outcome) -> None:
    assert outcome.clean


def test_a_kind_of_strike_that_never_struck_is_a_shortcoming(outcome: Outcome) -> None:
    outcome.struck.remove("disk full")
    outcome.struck.append("killed")
    assert not outcome.clean
    assert not outcome.violated


def test_a_fifth_of_the_strikes_may_be_left_out_and_no_more(outcome: Outcome) -> None:
    outcome.struck.remove("killed")
    assert not outcome.clean


def test_what_is_not_possible_here_is_a_shortcoming_unless_it_is_allowed(outcome: Outcome) -> None:
    outcome.struck.remove("disk full")
    outcome.not_possible["disk full"] = "no mount"
    assert not outcome.clean
    assert replace(outcome, allowed=["disk full"]).clean


@pytest.mark.parametrize("what", sorted(COUNTS))
def test_a_run_in_which_nothing_could_be_violated_is_not_clean(outcome: Outcome, what: str) -> None:
    outcome.verdict.counts[what] = 0
    assert not outcome.clean


def test_violations_and_strikes_that_failed_are_never_clean(outcome: Outcome) -> None:
    assert replace(outcome, failed=["killed at worker-1: no"]).violated
    outcome.verdict.add([Violation(Rule.KEPT, "x", "kept", "gone")])
    assert outcome.violated


def test_the_report_says_why_a_run_says_too_little(outcome: Outcome, tmp_path: Path) -> None:
    outcome = replace(outcome, planned=(*PLAN, Planned(3.0, 0.0, Deployed())), struck=[])
    text = write_report(outcome, tmp_path).path.read_text(encoding="utf-8")
    assert all(each in text for each in outcome.shortcomings)
    assert "deploy" in text


class Collapsing(Stand):
    """A stand that leaves logs behind and comes to nothing."""

    async def __aenter__(self) -> Self:
        logs = self.folder / "logs"
        logs.mkdir(parents=True)
        (logs / "worker-1.log").write_text("the last words", encoding="utf-8")
        raise TimeoutError

    async def __aexit__(self, *_: object) -> None:
        return


class Unhealable(Collapsing):
    """A stand that starts, and at which nothing works."""

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except TimeoutError:
            return self

    async def command(self, *arguments: str, seconds: float = 0.0) -> str:
        raise TimeoutError(*arguments, seconds)

    def direct_dsn(self, role: object) -> str:
        raise TimeoutError(role)

    def settings_for_cli(self) -> dict[str, str]:
        raise TimeoutError

    @property
    def processes(self) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(("stand", "least"), [(Collapsing, 1), (Unhealable, 4)])
async def test_a_run_that_breaks_off_is_reported_with_its_logs(
    stand: type[Stand], least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "Stand", stand)
    outcome = await running.run(1, 0.1, tmp_path)
    assert outcome.verdict.by_rule[Rule.UNSETTLED] >= least
    assert "comes to its end" in write_report(outcome, tmp_path).path.read_text(encoding="utf-8")
    assert (tmp_path / "logs" / "worker-1.log").read_text(encoding="utf-8") == "the last words"
