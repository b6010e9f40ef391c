"""Turns a row into the wish to import it, noting every doubt that was settled on the way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from domain.actor import Actor
from domain.item.commands import ImportItem
from domain.item.values import Issue, Location
from domain.limits import LARGEST_AMOUNT, LimitKind
from domain.text import Code, Passage
from services.importing.ledger import Cell, Row
from services.importing.mapping import DateSource, Mapping, StatusOutcome, StatusSource, ValueSource, tidy
from services.importing.outcomes import Note
from services.importing.values import RefusedError, column_of, read_degrees, read_instant, read_value, shown

_OPEN = ("dispatched", "rectifying")
_LONGEST = {"title": 200, "description": 4000, "address": 500}
_CODE, _PASSAGE = TypeAdapter(Code), TypeAdapter(Passage)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST_REMARK = 500
_LATEST_DUE = timedelta(seconds=LARGEST_AMOUNT[LimitKind.ELAPSED_SECONDS])
# Older than any ledger of this kind: what spreadsheets make of an empty date, 1900-01-01, is no date of a report.
_EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)
_NO_NUMBER_YET = "-"


@dataclass(frozen=True, slots=True)
class Record:
    """A row that can come in: what a command needs besides the item's id, its number and the moment of the import."""

    line: int
    issue: Issue
    unit: str
    reported_at: datetime
    status: StatusOutcome
    ended_at: datetime | None
    rectify_by: datetime | None
    notes: tuple[Note, ...]

    @property
    def source_id(self) -> str:
        """The record's number in the system it comes from."""
        return self.issue.source_id

    @property
    def remark(self) -> str | None:
        """What the item's history keeps of the doubts, in both languages."""
        said = [self.status.reason] if self.status.reason else []
        said += [f"{note.column}: {note.text.zh} / {note.text.en}" for note in self.notes]
        return "; ".join(said)[:_LONGEST_REMARK] or None

    def command(
        self, *, key: str, item_id: UUID, number: str = _NO_NUMBER_YET, at: datetime, actor: Actor
    ) -> ImportItem:
        """The wish to import this record."""
        return ImportItem(
            command_id=key,
            at=at,
            actor=actor,
            item_id=item_id,
            number=number,
            issue=self.issue,
            reported_at=self.reported_at,
            outcome=self.status.outcome,
            ended_at=self.ended_at,
            rectify_by=self.rectify_by,
            unit=self.unit,
            authority=self.status.authority,
            remark=self.remark,
        )


class Conversion:
    """Reads rows by a mapping. ``now`` is the instant after which nothing in a ledger can have happened."""

    def __init__(self, mapping: Mapping, header: Sequence[str], now: datetime) -> None:
        self._mapping = mapping
        self._fields = mapping.fields
        self._zone = ZoneInfo(mapping.timezone)
        self._header = header
        self._now = now

    def record(self, row: Row) -> Record:
        """The record of a row; raises RefusedError with the column and the reason."""
        if row.damage is not None:
            column = next((str(value) for name, value in row.facts if name == "column"), "")
            raise RefusedError(Note(row.damage, column, row.facts))
        cells = dict(zip(self._header, row.cells, strict=True))
        notes: list[Note] = []
        reported_at = self._instant(self._fields.reported_at, cells, notes)
        if reported_at is None:
            raise RefusedError(Note("value_missing", self._fields.reported_at.column))
        if reported_at < _EARLIEST:
            facts = (("value", reported_at.astimezone(self._zone).date().isoformat()),)
            raise RefusedError(Note("too_long_ago", self._fields.reported_at.column, facts))
        status = self._status(self._fields.status, cells, notes)
        issue = self._issue(cells, notes)
        return Record(
            line=row.line,
            issue=issue,
            unit=self._unit(cells, notes),
            reported_at=reported_at,
            status=status,
            ended_at=self._ended_at(cells, status, reported_at, notes),
            rectify_by=self._rectify_by(cells, reported_at, notes),
            notes=tuple(notes),
        )

    def source_id(self, row: Row) -> str:
        """The record's number, where the row is whole enough to have one: for the report only."""
        if row.damage is not None:
            return ""
        try:
            return shown(read_value(self._fields.source_id, dict(zip(self._header, row.cells, strict=True)), []))
        except RefusedError:
            return ""

    def _issue(self, cells: dict[str, Cell], notes: list[Note]) -> Issue:
        fields = self._fields
        values = {
            "source_id": self._needed(fields.source_id, cells, notes),
            "channel": self._needed(fields.channel, cells, notes),
            "category": self._needed(fields.category, cells, notes),
            "area": self._needed(fields.area, cells, notes),
            "title": self._text("title", fields.title, cells, notes),
            "description": self._text("description", fields.description, cells, notes),
        }
        if values["title"] is None:
            raise RefusedError(Note("value_missing", column_of(fields.title)))
        location = self._location(cells, notes)
        try:
            return Issue.model_validate({"source": self._mapping.source, **values, "location": location})
        except ValidationError as error:
            name = str(error.errors(include_url=False)[0]["loc"][0])
            source = getattr(fields, name, None)
            column = column_of(source) if source is not None else name
            raise RefusedError(
                Note("value_not_possible", column, (("value", shown(values.get(name) or "")),))
            ) from error

    def _needed(self, source: ValueSource, cells: dict[str, Cell], notes: list[Note]) -> str:
        value = read_value(source, cells, notes)
        if not value:
            raise RefusedError(Note("value_missing", column_of(source)))
        return value

    def _unit(self, cells: dict[str, Cell], notes: list[Note]) -> str:
        unit = self._needed(self._fields.unit, cells, notes)
        if not _fits(_CODE, unit):
            facts = (("value", shown(unit)),)
            raise RefusedError(Note("value_not_possible", column_of(self._fields.unit), facts))
        return unit

    def _text(self, field: str, source: ValueSource | None, cells: dict[str, Cell], notes: list[Note]) -> str | None:
        if source is None:
            return None
        text, longest = read_value(source, cells, notes), _LONGEST[field]
        if field != "description":
            text = " ".join(text.split())  # a cell may have several lines, a title has one
        if _CONTROLS.search(text):
            notes.append(Note("controls_removed", column_of(source)))
            text = _CONTROLS.sub("", text)
        if text and not _fits(_PASSAGE, text):  # signs that nobody can see
            return None
        if len(text) > longest:
            notes.append(Note("text_shortened", column_of(source), (("length", longest),)))
            text = text[: longest - 1] + "…"
        return text or None

    def _location(self, cells: dict[str, Cell], notes: list[Note]) -> Location | None:
        address = self._text("address", self._fields.address, cells, notes)
        latitude, longitude = self._coordinates(cells, notes)
        if address is None and latitude is None:
            return None
        return Location(address=address, latitude=latitude, longitude=longitude)

    def _coordinates(self, cells: dict[str, Cell], notes: list[Note]) -> tuple[Decimal | None, Decimal | None]:
        sources = (self._fields.latitude, self._fields.longitude)
        if sources[0] is None or sources[1] is None:
            return None, None
        written = [read_value(source, cells, notes) for source in sources if source is not None]
        if not any(written):
            return None, None
        latitude, longitude = read_degrees(written[0], 90), read_degrees(written[1], 180)
        if latitude is None or longitude is None:  # half a position is none
            column = f"{column_of(sources[0])}, {column_of(sources[1])}"
            notes.append(Note("location_ignored", column, (("value", shown(", ".join(written))),)))
            return None, None
        return latitude, longitude

    def _status(self, source: StatusSource, cells: dict[str, Cell], notes: list[Note]) -> StatusOutcome:
        written = str(cells[tidy(source.column)]).strip()
        if not written:
            if source.default is None:
                raise RefusedError(Note("value_missing", source.column))
            notes.append(Note("default_used", source.column, (("used", source.default.outcome),)))
            return source.default
        if written not in source.outcomes:
            raise RefusedError(Note("value_not_listed", source.column, (("value", shown(written)),)))
        return source.outcomes[written]

    def _instant(self, source: DateSource, cells: dict[str, Cell], notes: list[Note]) -> datetime | None:
        return read_instant(source, cells, self._zone, notes)

    def _ended_at(
        self, cells: dict[str, Cell], status: StatusOutcome, reported_at: datetime, notes: list[Note]
    ) -> datetime | None:
        source = self._fields.closed_at
        written = cells[tidy(source.column)] if source else ""
        facts = (("value", shown(written)),)
        column = source.column if source else ""
        if status.outcome in _OPEN:
            if written != "":
                notes.append(Note("closing_date_ignored", column, facts))
            return None
        ended_at = self._instant(source, cells, notes) if source else None
        if ended_at is None:
            notes.append(Note("closing_date_unknown", column))
            return None
        if ended_at > self._now:
            raise RefusedError(Note("closed_in_future", column, facts))
        if ended_at < reported_at:
            notes.append(Note("closed_before_reported", column, facts))
            return reported_at
        return ended_at

    def _rectify_by(self, cells: dict[str, Cell], reported_at: datetime, notes: list[Note]) -> datetime | None:
        source = self._fields.rectify_by
        if source is None:
            return None
        facts = (("value", shown(cells[tidy(source.column)])),)
        try:
            due = self._instant(source, cells, notes)
        except RefusedError:  # the item matters more than the date somebody promised
            notes.append(Note("due_date_unreadable", source.column, facts))
            return None
        if due is None:
            return None
        if due <= reported_at:
            notes.append(Note("due_before_reported", source.column, facts))
            return None
        if due - reported_at > _LATEST_DUE:
            notes.append(Note("due_too_late", source.column, facts))
            return None
        return due


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True
