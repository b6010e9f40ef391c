"""What the migrations leave behind, read from their own scripts: functions with all that governs them, and indexes."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import migrations

_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (?P<name>\w+\.\w+)\b(?P<head>.*?)AS \$\$(?P<body>.*?)\$\$"
    r"|DROP FUNCTION (?P<gone>\w+\.\w+)",
    re.DOTALL,
)
_SETTING = re.compile(r"\bSET (\w+) = (.+?)(?=\s+SET \w+ =|\s*\Z)", re.DOTALL)
_INDEX = re.compile(
    r"^\s*CREATE (?:UNIQUE )?INDEX (?P<name>\w+) ON (?P<table>\w+\.\w+)|DROP INDEX (?P<gone>\w+\.\w+)", re.MULTILINE
)
_LANGUAGE = re.compile(r"LANGUAGE (\w+)")
# Keys that evidence and what guards it cannot do without: what kind (p, u, f, c) over which columns.
# Of what CHECK says, entries and hashes tell.
KEYS = frozenset(
    {
        "es.checkpoint checkpoint_pkey p(size)",
        "es.command command_pkey p(idempotency_key)",
        "es.cosignature cosignature_pkey p(size, witness)",
        "es.cosignature cosignature_size_fkey f(size)",
        "es.current_state current_state_pkey p(stream_id)",
        "es.document document_pkey p(sha256)",
        "es.document document_check c(sha256, content)",
        "es.document_reader document_reader_sha256_fkey f(sha256)",
        "es.document_reader document_reader_sha256_unit_area_principal_key u(sha256, unit, area, principal)",
        "es.event event_pkey p(seq)",
        "es.log log_pkey p(pos)",
        "es.log log_seq_key u(seq)",
        "es.log_key log_key_pkey p(vkey)",
        "es.notice_attempt notice_attempt_pkey p(message_id, attempt, step)",
        "es.passed_over passed_over_pkey p(pos, stream_id)",
        "es.sequencer sequencer_pkey p(one)",
        "es.sequencer sequencer_one_check c(one)",
        "es.series series_pkey p(series, year)",
        "es.stream stream_pkey p(stream_id)",
        "es.time_stamp time_stamp_pkey p(size)",
        "es.time_stamp time_stamp_size_fkey f(size)",
        "es.tree_node tree_node_pkey p(level, index)",
        "private.webhook_attempt webhook_attempt_pkey p(attempt_id)",
    }
)


class StoredFunction(NamedTuple):
    """A function by what it does and under what it does it; settings as the catalogue writes them."""

    body: str
    definer: bool
    language: str
    settings: frozenset[str]


@cache
def functions_defined() -> dict[str, StoredFunction]:
    """The functions as the newest migration that has each of them defines it."""
    defined: dict[str, StoredFunction] = {}
    for script in scripts():
        for found in _FUNCTION.finditer(script):
            if gone := found["gone"]:
                defined.pop(gone, None)
                continue
            head = found["head"]
            language = _LANGUAGE.search(head)
            settings = frozenset(f"{name}={value.strip()}" for name, value in _SETTING.findall(head))
            defined[found["name"]] = StoredFunction(
                found["body"], "SECURITY DEFINER" in head, language[1] if language else "", settings
            )
    return defined


@cache
def indexes_made() -> frozenset[str]:
    """The indexes that migrations make beside those of keys, each behind its table."""
    made: dict[str, str] = {}
    for script in scripts():
        for found in _INDEX.finditer(script):
            if gone := found["gone"]:
                made.pop(gone, None)
            else:
                schema = found["table"].partition(".")[0]
                made[f"{schema}.{found['name']}"] = f"{found['table']} {found['name']}"
    return frozenset(made.values())


def scripts() -> Iterator[str]:
    """The scripts of the migrations, oldest first."""
    found = (Path(migrations.__file__).parent / "versions").glob("*.sql")
    # Of the first revision's several scripts the one that grants is the last.
    for script in sorted(found, key=lambda script: (script.stem[:4], script.stem.endswith("_grants"), script.stem)):
        yield script.read_text(encoding="utf-8")
