"""Writes the events of a question out as NDJSON, CSV or proofs: as a stream, of the log up to one checkpoint.

A stream that was broken off goes on with ``after``, the position of the last event that arrived, and ``size``.
"""

import csv
import io
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from domain.rulebook.rulebook import Rulebook
from services.gateway.audit_asking import every_page
from services.gateway.audit_proofs import Proofs
from services.gateway.audit_views import AuditEvent, audit_events
from services.gateway.audit_wanted import QuestionAsked
from services.messages.catalogue import Language
from services.store.audit_filter import AuditFilter
from services.store.audit_queries import AuditQueries
from services.store.log_tree import LogTree
from services.store.records import StoredEvent

COLUMNS = (
    "position",
    "kind",
    "number",
    "version",
    "type",
    "name",
    "sentence",
    "occurred_at",
    "recorded_at",
    "actor",
    "campaign",
    "unit",
    "area",
    "stream",
    "event_id",
    "data",
)
# As OWASP has it, with the wide forms that Chinese and Japanese programs take as well; and the quote itself, so that
# whoever reads the file takes one away from every text that begins with one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")


@dataclass(frozen=True, slots=True)
class Export:
    """What is written out. ``checkpoint``: the signed note over just this log, None where nothing is signed yet."""

    queries: AuditQueries
    tree: LogTree
    question: QuestionAsked
    wanted: AuditFilter
    size: int
    after: int | None
    checkpoint: str | None
    rules: Rulebook
    language: Language

    @property
    def head(self) -> dict[str, Any]:
        """What the export is of."""
        return {
            "log_size": self.size,
            "checkpoint": self.checkpoint,
            "question": self.question.model_dump(
                mode="json", include=set(QuestionAsked.model_fields), exclude_none=True
            ),
            "after": self.after,
        }

    async def pages(self) -> AsyncGenerator[list[StoredEvent]]:
        """The events, many at a time."""
        async for page in every_page(self.queries, self.wanted, self.size, self.question.order, self.after):
            yield page

    async def shown(self, page: Sequence[StoredEvent]) -> list[AuditEvent]:
        """Events with sentences and JSON."""
        return await audit_events(self.queries, page, self.rules, self.language, content=True, json=True)


async def ndjson(export: Export) -> AsyncGenerator[bytes]:
    """A line that says what it is, a line for each event, a line with their number: without it, it is broken off."""
    yield orjson.dumps({**export.head, "content": "events"}) + b"\n"
    count = 0
    async for page in export.pages():
        count += len(page)
        yield b"".join(event.model_dump_json().encode() + b"\n" for event in await export.shown(page))
    yield _end(export, count)


async def csv_rows(export: Export) -> AsyncGenerator[bytes]:
    """A line of names, a line for each event, and a last one that begins with ``end`` and says how many there were."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + _lines([COLUMNS])
    count = 0
    async for page in export.pages():
        count += len(page)
        yield _lines([[defused(value) for value in row_of(event)] for event in await export.shown(page)])
    yield _lines([["end", count, export.size]])


async def proofs(export: Export) -> AsyncGenerator[bytes]:
    """For each event its entry, the salt and data that the entry pins, and its proof under the export's checkpoint."""
    yield orjson.dumps({**export.head, "content": "proofs"}) + b"\n"
    proving, count = Proofs(export.tree, export.size, export.checkpoint or ""), 0
    async for page in export.pages():
        count += len(page)
        positions = [event.position for event in page if event.position is not None]
        lines = [orjson.dumps(each) + b"\n" for each in await proving.of(export.queries, positions)]
        yield b"".join(lines)
    yield _end(export, count)


def _end(export: Export, count: int) -> bytes:
    return orjson.dumps({"end": True, "events": count, "log_size": export.size}) + b"\n"


def row_of(event: AuditEvent) -> list[str | int | None]:
    """What stands in the columns."""
    fields = event.model_dump(mode="json")
    return [*(fields[name] for name in COLUMNS[:-1]), orjson.dumps(fields["data"]).decode()]


def defused(value: str | int | None) -> str | int | None:
    """Texts that a spreadsheet could take for a formula are quoted, blanks before it or not."""
    risky = isinstance(value, str) and (value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA))
    return f"'{value}" if risky else value


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
