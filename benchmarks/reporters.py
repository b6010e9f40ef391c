"""Batches of 100 issue events with a reporter each, whose names are sealed, against batches without reporters."""

from benchmarks.issues import batch_bodies
from benchmarks.load import fire
from benchmarks.measurement import Measurement
from benchmarks.workplace import Workplace

TARGET = 0.75
SIZE = 100
BATCHES = 80
ROUNDS = 3
CONCURRENCY = 3


def run(place: Workplace) -> Measurement:
    headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {place.api_key}"}
    port = place.settings.gateway_port
    seconds = {False: 0.0, True: 0.0}
    with place.gateway():
        for reporters in (False, True):
            fire(port, "/v1/events", headers, batch_bodies(8, SIZE, reporters=reporters), concurrency=1)
        for _ in range(ROUNDS):  # in turn, so that a busy moment of the machine falls on both
            for reporters in (False, True):
                bodies = batch_bodies(BATCHES, SIZE, reporters=reporters)
                load = fire(port, "/v1/events", headers, bodies, concurrency=CONCURRENCY)
                assert load.all_succeeded
                seconds[reporters] += load.seconds
    without, sealed = (ROUNDS * BATCHES * SIZE / seconds[reporters] for reporters in (False, True))
    return Measurement(
        name=f"batches of {SIZE} events with {SIZE} reporters each",
        measured=sealed,
        compared_with=without,
        unit="items/s",
        comparison="without reporters",
        ratio=sealed / without,
        target=f"≥ {TARGET}",
        reached=sealed / without >= TARGET,
        details={"batches": ROUNDS * BATCHES, "concurrency": CONCURRENCY},
    )
