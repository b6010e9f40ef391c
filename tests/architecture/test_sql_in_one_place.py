"""SQL stands in the store and nowhere else, so that one folder shows everything that is asked of the database."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import modules, parsed

STATEMENT = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE \w|DELETE FROM|WITH \w+ AS|CREATE |ALTER |DROP |TRUNCATE |COPY |LISTEN |NOTIFY )"
)
PLACES = (
    Path("services/store"),
    Path("migrations"),
    Path("services/embedded"),  # founds the database before there is a store in it
)
# The sequencer is one long session of the store's own functions; it names no table.
CALLS = re.compile(r"^SELECT es\.\w+\(\)$")
CALLERS = {Path("services/sequencer/sequencer.py")}


def statements(file: Path) -> list[str]:
    """The string constants of a module that begin like an SQL statement."""
    constants = (node.value for node in ast.walk(parsed(file)) if isinstance(node, ast.Constant))
    return [value for value in constants if isinstance(value, str) and STATEMENT.match(value)]


def test_sql_stands_only_in_the_store():
    strangers = {
        str(file): found
        for file in modules("domain", "workflows", "activities", "services")
        if not any(file.is_relative_to(place) for place in PLACES)
        and (found := [sql for sql in statements(file) if not (file in CALLERS and CALLS.match(sql))])
    }
    assert strangers == {}


def test_every_exception_is_still_needed():
    assert {file for file in CALLERS if not statements(file)} == set()
    assert any(statements(file) for file in modules("services") if file.is_relative_to(PLACES[0]))
