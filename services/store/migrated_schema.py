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
# Keys that evidence and what guards it cannot do without; of what CHECK says, entries and hashes tell.
KEYS = frozenset(
    {
        "es.checkpoint checkpoint_pkey",
        "es.command command_pkey",
        "es.cosignature cosignature_pkey",
        "es.cosignature cosignature_size_fkey",
        "es.current_state current_state_pkey",
        "es.document document_pkey",
        "es.document document_check",
        "es.document_reader document_reader_sha256_fkey",
        "es.document_reader document_reader_sha256_unit_area_principal_key",
        "es.event event_pkey",
        "es.log log_pkey",
        "es.log log_seq_key",
        "es.log_key log_key_pkey",
        "es.notice_attempt notice_attempt_pkey",
        "es.passed_over passed_over_pkey",
        "es.sequencer sequencer_pkey",
        "es.sequencer sequencer_one_check",
        "es.series series_pkey",
        "es.stream stream_pkey",
        "es.time_stamp time_stamp_pkey",
        "es.time_stamp time_stamp_size_fkey",
        "es.tree_node tree_node_pkey",
        "private.webhook_attempt webhook_attempt_pkey",
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
    for script in _scripts():
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
    for script in _scripts():
        for found in _INDEX.finditer(script):
            if gone := found["gone"]:
                made.pop(gone, None)
            else:
                schema = found["table"].partition(".")[0]
                made[f"{schema}.{found['name']}"] = f"{found['table']} {found['name']}"
    return frozenset(made.values())


def _scripts() -> Iterator[str]:
    for script in sorted((Path(migrations.__file__).parent / "versions").glob("*.sql")):
        yield script.read_text(encoding="utf-8")
