"""Runs the benchmarks and prints a Markdown table; names on the command line choose some of them."""

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import (
    audit,
    batches,
    bulk,
    indicators,
    logged_appends,
    memory,
    relay_rate,
    reporters,
    single_events,
    verification,
)
from benchmarks.measurement import Measurement, table
from benchmarks.workplace import Workplace, workplace

BENCHMARKS: dict[str, Callable[[Workplace], Measurement]] = {
    "single_events": single_events.run,
    "batches": batches.run,
    "reporters": reporters.run,
    "relay": relay_rate.run,
    "gateway_memory": memory.gateway,
    "worker_memory": memory.worker,
    "indicators": indicators.run,
    "bulk": bulk.run,
    "verification": verification.run,
    "logged_appends": logged_appends.run,
}
# Run only when they are named: filling a log of ten million events takes a quarter of an hour and 30 GB.
LONG: dict[str, Callable[[Workplace], Measurement]] = {"audit": audit.run}
RESULTS = Path(__file__).with_name("results")


def main(chosen: list[str]) -> None:
    benchmarks = {**BENCHMARKS, **LONG}
    unknown = sorted(set(chosen) - set(benchmarks))
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(benchmarks)}")
    measurements: list[Measurement] = []
    for name in chosen or BENCHMARKS:
        print(f"running {name} …", file=sys.stderr, flush=True)
        with workplace() as place:
            measurements.append(benchmarks[name](place))
    print(table(measurements))
    RESULTS.mkdir(exist_ok=True)
    at = datetime.now(UTC)
    result = {
        "at": at.isoformat(),
        "machine": {"processors": psutil.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "measurements": [measurement.as_dict() for measurement in measurements],
    }
    (RESULTS / f"{at:%Y%m%dT%H%M%S}.json").write_text(json.dumps(result, indent=2, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
