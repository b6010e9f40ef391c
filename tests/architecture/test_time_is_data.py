"""Time is data: neither the rules nor the workflows look at a clock, draw lots, or ask the machine anything."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import dotted, modules, parsed

# The workflow's own clock is replayed, so it always shows the same.
REPLAYED = {"workflow.now", "workflow.uuid4", "workflow.random", "workflow.time", "workflow.sleep"}
CLOCKS = {"now", "utcnow", "today", "time_ns", "monotonic", "perf_counter", "uuid1", "uuid4", "urandom", "getenv"}
FORBIDDEN_MODULES = {"time", "random", "secrets", "os", "socket", "subprocess", "threading", "pathlib", "tempfile"}


def looks(file: Path) -> Iterator[str]:
    """Every place at which a module asks something else than its arguments."""
    for node in ast.walk(parsed(file)):
        match node:
            case ast.Call(func=function):
                name = dotted(function)
                if name.rpartition(".")[2] in CLOCKS and name not in REPLAYED:
                    yield f"{file}:{node.lineno} {name}"
            case ast.Import(names=names):
                for module in names:
                    if module.name.partition(".")[0] in FORBIDDEN_MODULES:
                        yield f"{file}:{node.lineno} import {module.name}"
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] in FORBIDDEN_MODULES:
                yield f"{file}:{node.lineno} from {module}"
            case _:
                pass


@pytest.mark.parametrize("package", ["domain", "workflows"])
def test_nobody_looks_at_a_clock(package):
    assert modules(package)
    assert [place for file in modules(package) for place in looks(file)] == []


def test_the_check_sees_a_clock_where_there_is_one():
    (store,) = (file for file in modules("services") if file.parts[-2:] == ("handling", "rulebooks.py"))
    assert list(looks(store))
