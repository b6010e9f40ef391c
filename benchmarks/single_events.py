"""Single issue events over HTTP, one gateway process, against a bare FastAPI and asyncpg endpoint."""

from benchmarks.issues import single_bodies
from benchmarks.load import Load, fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace

ROUNDS = 4
REQUESTS = 3000
CONCURRENCY = 32


def run(place: Workplace) -> Measurement:
    """Rounds alternate, so that a busy moment of the machine hits both."""
    gateway_port = place.settings.gateway_port
    structured = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {place.api_key}"}
    plain = {"Content-Type": "application/json"}
    ours: list[Load] = []
    bare: list[Load] = []
    with place.gateway(), place.bare_endpoint() as bare_port:
        fire(gateway_port, "/v1/events", structured, single_bodies(500), concurrency=CONCURRENCY)
        fire(bare_port, "/rows", plain, single_bodies(500), concurrency=CONCURRENCY)
        for _ in range(ROUNDS):
            ours.append(fire(gateway_port, "/v1/events", structured, single_bodies(REQUESTS), concurrency=CONCURRENCY))
            bare.append(fire(bare_port, "/rows", plain, single_bodies(REQUESTS), concurrency=CONCURRENCY))
    assert all(load.all_succeeded for load in (*ours, *bare))
    measured, compared = _rate(ours), _rate(bare)
    return Measurement(
        name="single issue events over HTTP",
        measured=measured,
        compared_with=compared,
        unit="/s",
        comparison="bare FastAPI + asyncpg, one row",
        ratio=measured / compared,
        target="≥ 0.4",
        reached=measured / compared >= 0.4,
        details={
            "connections": CONCURRENCY,
            "rates": [load.rate for load in ours],
            "bare_rates": [load.rate for load in bare],
            "median_milliseconds": [load.median_milliseconds for load in ours],
            "bare_median_milliseconds": [load.median_milliseconds for load in bare],
        },
    )


def _rate(loads: list[Load]) -> float:
    return sum(load.requests for load in loads) / sum(load.seconds for load in loads)
