"""Runs the benchmarks, says how far it is, and writes what they found as JSON and as the tables of the READMEs."""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks import (
    audit,
    bulk,
    commands,
    firing,
    indicators,
    intake,
    logged_appends,
    memory,
    memory_sizes,
    questions,
    rebuilding,
    relay_rate,
    reporters,
    verification,
)
from benchmarks.comparison import Comparison
from benchmarks.machine import machine, versions
from benchmarks.measurement import Measurement
from benchmarks.report import FOLDER, as_markdown, as_result, write
from benchmarks.workplace import Workplace, workplace

Found = Measurement | Sequence[Measurement | Comparison]

BENCHMARKS: Mapping[str, Callable[[Workplace], Found]] = {
    "intake": intake.run,
    "commands": commands.run,
    "firing": firing.run,
    "relay": relay_rate.run,
    "gateway_memory": memory.gateway,
    "verification": verification.run,
    "logged_appends": logged_appends.run,
    "rebuilding": rebuilding.run,
    "questions": questions.run,
}
# Promises that nobody else makes; a log of ten million events, which takes a quarter of an hour and 30 GB; a million
# open items, which take a while, too.
LONG: Mapping[str, Callable[[Workplace], Found]] = {
    "reporters": reporters.run,
    "indicators": indicators.run,
    "bulk": bulk.run,
    "audit": audit.run,
    "worker_memory": memory.worker,
    "memory_sizes": memory_sizes.run,
}
_KEPT = {"bench": BENCHMARKS, "bench-long": LONG}


def main(chosen: Sequence[str]) -> int:
    """Run a set by its name (`bench`, `bench-long`), which keeps what it finds, or some benchmarks by theirs."""
    kept = chosen[0] if chosen and chosen[0] in _KEPT else None
    benchmarks = _KEPT[kept] if kept else {**BENCHMARKS, **LONG}
    wanted: Sequence[str] = () if kept else chosen
    unknown = sorted(set(wanted) - set(benchmarks))
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join([*_KEPT, *benchmarks])}")
    result = _run({name: benchmarks[name] for name in wanted or benchmarks})
    print(as_markdown(result))
    (FOLDER / "results").mkdir(exist_ok=True)
    at = datetime.fromisoformat(result["at"])
    (FOLDER / "results" / f"{at:%Y%m%dT%H%M%S}.json").write_text(
        json.dumps(result, indent=2, ensure_ascii=False), "utf-8"
    )
    if kept and not result["failed"]:
        write(result, kept)
    return len(result["failed"])


def _run(benchmarks: Mapping[str, Callable[[Workplace], Found]]) -> dict[str, Any]:
    began, at, where = time.monotonic(), datetime.now(UTC), machine()
    found: list[Measurement | Comparison] = []
    failed: dict[str, str] = {}
    taken: dict[str, float] = {}
    for number, (name, benchmark) in enumerate(benchmarks.items(), start=1):
        _say(f"[{number}/{len(benchmarks)}] {name} …", began)
        started = time.monotonic()
        try:
            with workplace() as place:
                results = benchmark(place)
        except Exception as failure:  # noqa: BLE001 - the others still have something to say
            traceback.print_exc()
            failed[name] = repr(failure)
            continue
        found += [results] if isinstance(results, Measurement) else results
        taken[name] = round(time.monotonic() - started, 1)
    _say("done", began)
    promises = [each for each in found if isinstance(each, Measurement)]
    comparisons = [each for each in found if isinstance(each, Comparison)]
    about: dict[str, object] = {
        "at": at.isoformat(),
        "seconds": time.monotonic() - began,
        "seconds_of_each": taken,
        "machine": where,
        "versions": versions(),
        "failed": failed,
        "sizes": {name: value for name, value in sorted(os.environ.items()) if name.startswith("BENCH_")},
    }
    return as_result(promises, comparisons, about)


def _say(what: str, began: float) -> None:
    minutes, seconds = divmod(int(time.monotonic() - began), 60)
    print(f"{minutes:2}:{seconds:02} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # or its servers would outlive it
    sys.exit(main(sys.argv[1:]))
