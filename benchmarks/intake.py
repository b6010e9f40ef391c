"""Issue events over HTTP, one by one and in batches, taken in here and by what one would take instead."""

import os
import statistics
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.comparison import WAYS, Comparison, Way
from benchmarks.issues import batch_bodies, single_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace

REPEATS = 3
# A part of the load, for a try.
SHARE = float(os.environ.get("BENCH_INTAKE", "1"))
CONNECTIONS = 32
BATCHES_AT_ONCE = 3
SINGLE_TARGET, BATCHED_TARGET = 0.4, 3000
# So many that a repeat takes about two seconds on two quiet cores.
_SINGLE: Mapping[Way, int] = {"duban": 4000, "asyncpg": 8000, "eventsourcing": 1500, "dbos": 600, "temporal": 300}
_BATCHES: Mapping[Way, int] = {"duban": 15, "asyncpg": 40, "eventsourcing": 15, "dbos": 3, "temporal": 3}
# What starts a workflow for every event gets smaller ones, so that as many are under way as of the others; the library
# waits for ever where it is to write 1,500 events at once (its pipeline and the server wait for each other).
_SIZES: Mapping[Way, int] = {"duban": 500, "asyncpg": 500, "eventsourcing": 200, "dbos": 200, "temporal": 100}


def run(place: Workplace) -> list[Comparison | Measurement]:
    """One way after the other, and what each leaves in the database is written down before the next begins."""
    single: dict[Way, Sequence[float]] = {}
    batched: dict[Way, Sequence[float]] = {}
    with place.temporal():
        for way in WAYS:
            with serving(place, way) as (port, path, headers):
                single[way] = _rates(port, path, headers, _SINGLE[way], 1)
                batched[way] = _rates(port, path, headers, _BATCHES[way], _SIZES[way])
            place.rest()
    return [
        Comparison(
            key="intake_single",
            name=f"issue events over HTTP, {CONNECTIONS} connections",
            unit="/s",
            better="more",
            found=single,
            note=(
                "Each behind FastAPI in one process, answered when it is on disk. Duban checks who sends, recognises "
                "repeated events, registers, routes and dispatches by its rules, and appends three events with the "
                "deadline. asyncpg alone inserts one row. eventsourcing appends the same three events and knows "
                "neither callers nor repeated events. dbos and Temporal alone start a workflow that will wait for the "
                "deadline; Duban's relay does that afterwards (row “put to waiting”)."
            ),
        ),
        Comparison(
            key="intake_batched",
            name=f"issue events in batches of {_SIZES['duban']}",
            unit="items/s",
            better="more",
            found=batched,
            note=(
                "Duban, asyncpg and eventsourcing write a batch in one transaction; in Duban each event is still "
                "accepted or refused for itself. dbos and Temporal have no such thing: 50 starts at once, "
                f"and batches of {_SIZES['dbos']} and {_SIZES['temporal']}. Those of eventsourcing are of "
                f"{_SIZES['eventsourcing']}, since it hangs with 500."
            ),
        ),
        _measurement(
            "single issue events over HTTP", "/s", single["duban"], statistics.median(single["asyncpg"]), SINGLE_TARGET
        ),
        _measurement("issue events in batches", "items/s", batched["duban"], BATCHED_TARGET, 1.0),
    ]


def _measurement(name: str, unit: str, rates: Sequence[float], against: float, target: float) -> Measurement:
    """The same rates, held against what is promised."""
    measured = statistics.median(rates)
    return Measurement(
        name=name,
        measured=measured,
        compared_with=against,
        unit=unit,
        comparison="the promise" if against == BATCHED_TARGET else "asyncpg alone, one row",
        ratio=measured / against,
        target=f"≥ {target:g}",
        reached=measured / against >= target,
        repeats=rates,
    )


@contextmanager
def serving(place: Workplace, way: Way) -> Generator[tuple[int, str, dict[str, str]]]:
    """A way's port, the path of reports and the headers they want."""
    if way != "duban":
        with place.alternative(way) as port:
            yield port, "/reports", {"Content-Type": "application/json"}
        return
    with place.gateway():
        yield place.settings.gateway_port, "/v1/events", {"Authorization": f"Bearer {place.api_key}"}


def _rates(port: int, path: str, headers: Mapping[str, str], count: int, size: int) -> list[float]:
    batched = size > 1
    kind = "application/cloudevents-batch+json" if batched else "application/cloudevents+json"
    typed = {"Content-Type": kind, **headers}
    rates: list[float] = []
    for repeat in range(REPEATS + 1):  # the first warms up
        share = max(1, int(count * SHARE) // (4 if repeat == 0 else 1))
        bodies = batch_bodies(share, size) if batched else single_bodies(share)
        load = fire(port, path, typed, bodies, concurrency=BATCHES_AT_ONCE if batched else CONNECTIONS)
        assert load.all_succeeded, load.statuses
        rates.append(load.rate * size)
    return rates[1:]
