"""Names that stay for ever: the type of an event is a literal with a version, used once, and has a stored example."""

import importlib
import pkgutil
import re
from collections import Counter

import domain
from domain.decider import Event
from services.handling.aggregates import AGGREGATES
from tests.domain.test_golden_events import KINDS

EVENT_TYPE = re.compile(r"^[a-z][a-z_]*\.[a-z][a-z_]*\.v[1-9][0-9]*$")


def everything_below(root: type) -> set[type]:
    """All classes derived from one, once every module of the domain was imported."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    waiting, found = [root], set()
    while waiting:
        for below in waiting.pop().__subclasses__():
            if below not in found and below.__module__.partition(".")[0] == "domain":
                found.add(below)
                waiting.append(below)
    return found


def test_every_event_type_is_a_literal_with_a_version_and_used_once():
    events = everything_below(Event)
    types = {event: event.model_fields["type"].default for event in events}
    assert {event.__name__ for event, name in types.items() if not EVENT_TYPE.match(str(name))} == set()
    assert {name for name, times in Counter(types.values()).items() if times > 1} == set()
    assert {event.__name__ for event in events if event.model_fields["type"].annotation is str} == set()


def test_every_kind_of_aggregate_keeps_its_events_as_golden_files():
    assert set(AGGREGATES) <= set(KINDS)
