"""Who may do what by the migrations, read from their own scripts: rights on tables, functions, sequences, schemas."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from services.store.migrated_schema import scripts

_COMMENT = re.compile(r"--[^\n]*")
_STATEMENT = re.compile(
    r"CREATE TABLE (?P<table>\w+\.\w+)"
    r"|CREATE FUNCTION (?P<function>\w+\.\w+)"
    r"|DROP (?:TABLE|FUNCTION) (?P<gone>\w+\.\w+)"
    r"|(?P<verb>GRANT|REVOKE) (?P<what>[A-Z, ]+?)(?: \([\w, ]+\))? ON"
    r" (?P<kind>FUNCTION |SCHEMA |SEQUENCE |ALL TABLES IN SCHEMA |ALL FUNCTIONS IN SCHEMA )?(?P<names>[\w.,\s]+?)"
    r" (?:TO|FROM) (?P<roles>[\w,\s]+?);"
)
_OF_EVERYBODY = "PUBLIC"


class Right(NamedTuple):
    """What a role may do with something; schemas go by their bare name."""

    role: str
    name: str
    what: str

    def __str__(self) -> str:
        """For both languages."""
        return f"{self.role}: {self.what} {self.name}"


@cache
def rights_given() -> frozenset[Right]:
    """What the migrations leave granted, the owner's own rights apart."""
    given: set[Right] = set()
    tables: set[str] = set()
    functions: set[str] = set()
    for script in scripts():
        for found in _STATEMENT.finditer(_COMMENT.sub("", script)):
            if table := found["table"]:
                tables.add(table)
            elif function := found["function"]:
                functions.add(function)
                given.add(Right(_OF_EVERYBODY, function, "EXECUTE"))  # until it is revoked
            elif gone := found["gone"]:
                given = {right for right in given if right.name != gone}
                tables.discard(gone)
                functions.discard(gone)
            else:
                for right in _rights(found, tables, functions):
                    if found["verb"] == "GRANT":
                        given.add(right)
                    elif right.what == "ALL":
                        given = {each for each in given if each[:2] != right[:2]}
                    else:
                        given.discard(right)
    return frozenset(given)


def _rights(found: re.Match[str], tables: set[str], functions: set[str]) -> Iterator[Right]:
    names = _listed(found["names"])
    if found["kind"] == "ALL TABLES IN SCHEMA ":
        names = sorted(name for name in tables if name.partition(".")[0] in names)
    elif found["kind"] == "ALL FUNCTIONS IN SCHEMA ":
        names = sorted(name for name in functions if name.partition(".")[0] in names)
    for role in _listed(found["roles"]):
        for name in names:
            for what in _listed(found["what"]):
                yield Right(role, name, what)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")]
