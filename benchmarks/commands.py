"""How long a command takes while issue events keep coming in: accept, submit and pass an item's check over HTTP."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from uuid import UUID, uuid4

import orjson

from benchmarks.beside.way import item_of
from benchmarks.comparison import WAYS, Comparison, Way
from benchmarks.intake import serving
from benchmarks.issues import SOURCE, issue
from benchmarks.load import Load, Request, fire_each
from benchmarks.workplace import Workplace
from domain.actor import Role
from domain.principal.state import Standing
from services.handling.aggregates import ITEM

ITEMS = 40
ROUNDS = 3
COMMANDS = ("accept", "submit", "pass")
COMMANDS_A_SECOND = 30.0
EVENTS_A_SECOND = 50.0
CONNECTIONS = 16
_SECONDS = ITEMS * len(COMMANDS) / COMMANDS_A_SECOND
_PHOTO = {"uri": "https://photos.example/after.jpg", "kind": "after"}
_BODIES: Mapping[str, bytes] = {
    "accept": b"{}",
    "submit": orjson.dumps({"account": "现场已清理完毕，安排专人值守。", "evidence": [_PHOTO]}),
    "pass": orjson.dumps({"note": "现场无遗留"}),
}
_BESIDE = (
    *("services.sequencer.sequencer", "services.notary.notary", "services.projector.projector"),
    *("services.consequences.process", "services.webhooks.webhooks", "services.notifier.process"),
    *("services.worker.worker", "services.relay.relay"),
)

Address = Callable[[str, str], Request]
"""The request for a command about the item of an event's id."""


def run(place: Workplace) -> list[Comparison]:
    """Every way under the same load, the product with all its processes at work."""
    loads: dict[Way, Sequence[Load]] = {}
    with place.temporal():
        for way in WAYS:
            with ExitStack() as beside:
                if way == "duban":
                    for module in _BESIDE:
                        beside.enter_context(place.part(module))
                port, path, headers = beside.enter_context(serving(place, way))
                address = _ours(place) if way == "duban" else _theirs
                loads[way] = [_measure(port, path, headers, address) for _ in range(ROUNDS)]
            place.rest()
    name = f"a command, while {EVENTS_A_SECOND:.0f} issue events a second come in"
    details: dict[str, object] = {
        "commands_a_round": ITEMS * len(COMMANDS),
        "commands_a_second": COMMANDS_A_SECOND,
        "slowest_milliseconds": {way: [each.slowest_milliseconds for each in rounds] for way, rounds in loads.items()},
    }
    return [
        Comparison(
            key="command_median",
            name=f"{name}: median",
            unit="ms",
            better="less",
            found={way: [each.median_milliseconds for each in rounds] for way, rounds in loads.items()},
            note=(
                f"A round: accept, submit and pass the check of {ITEMS} items, {COMMANDS_A_SECOND:.0f} commands a "
                "second whether or not the last is answered; a latency counts from when it was due to be sent. "
                "Duban runs with all its processes, checks who may do it and decides by its rules. asyncpg alone: "
                "a row lock, an update and an insert. eventsourcing: load, append, save. dbos: a workflow of one "
                "step for each command. Temporal alone: an update of the item's workflow, on the server that also "
                "takes the events."
            ),
            details=details,
        ),
        Comparison(
            key="command_99",
            name=f"{name}: 99 %",
            unit="ms",
            better="less",
            found={way: [each.ninety_ninth_milliseconds for each in rounds] for way, rounds in loads.items()},
            note="",
        ),
    ]


def _measure(port: int, path: str, headers: Mapping[str, str], address: Address) -> Load:
    reports = [issue() for _ in range(ITEMS)]
    for report in reports:
        report["data"]["category"] = "rubbish"
    typed = {"Content-Type": "application/cloudevents+json", **headers}
    there = fire_each(port, [Request(path, typed, orjson.dumps(each)) for each in reports], concurrency=4)
    assert there.all_succeeded, there.statuses
    commands = [address(report["id"], command) for command in COMMANDS for report in reports]
    events = [Request(path, typed, orjson.dumps(issue())) for _ in range(int(EVENTS_A_SECOND * (_SECONDS + 1)))]
    intake: list[Load] = []
    meanwhile = threading.Thread(
        target=lambda: intake.append(fire_each(port, events, concurrency=CONNECTIONS, a_second=EVENTS_A_SECOND))
    )
    meanwhile.start()
    load = fire_each(port, commands, concurrency=CONNECTIONS, a_second=COMMANDS_A_SECOND)
    meanwhile.join()
    assert load.all_succeeded, load.statuses
    assert intake[0].all_succeeded, intake[0].statuses
    return load


def _ours(place: Workplace) -> Address:
    handler = place.admit(Standing(role=Role.HANDLER, unit="sanitation"))
    inspector = place.admit(Standing(role=Role.INSPECTOR))

    def address(event: str, command: str) -> Request:
        item: UUID = ITEM.stream(f"{SOURCE}\n{event}")
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {inspector if command == 'pass' else handler}",
            "Idempotency-Key": str(uuid4()),
        }
        return Request(f"/v1/items/{item}/{command}", headers, _BODIES[command])

    return address


def _theirs(event: str, command: str) -> Request:
    item = item_of({"id": event})
    return Request(f"/items/{item}/{command}", {"Content-Type": "application/json"}, _BODIES[command])
