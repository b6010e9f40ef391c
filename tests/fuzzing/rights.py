"""Who is to ask what: mostly somebody whom the table of reach allows it, sometimes anybody."""

import re
import zlib
from collections.abc import Mapping
from pathlib import Path

import schemathesis

from tests.fuzzing.callers import CALLERS, KEYS

TABLE = Path(__file__).parents[2] / "docs" / "reach.md"
_ROW = re.compile(r"\| `(?P<method>[A-Z]+) (?P<path>[^`]+)` \|(?P<cells>.*)\|")
_STRANGERS = 4  # one in so many requests


def allowed(table: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Whose keys get their own from an operation."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in _ROW.finditer(table):
        cells = [cell.strip() for cell in row["cells"].split("|")]
        names = [caller.name for caller, cell in zip(CALLERS, cells, strict=True) if cell.startswith("✓")]
        found[row["method"], row["path"]] = tuple(name for name in names if name is not None)
    return found


ALLOWED = allowed(TABLE.read_text(encoding="utf-8"))


def asks(case: schemathesis.Case) -> str:
    """Who sends this request: always the same one."""
    drawn = zlib.crc32(f"{case.path_parameters}{case.query}{case.body}".encode(errors="replace"))
    may = ALLOWED.get((case.method, case.path), ())
    chosen, whose = divmod(drawn, _STRANGERS)
    return may[chosen % len(may)] if may and whose else KEYS[chosen % len(KEYS)]
