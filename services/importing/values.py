"""Turns cells into values: looked-up codes, texts, instants and degrees."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from domain.instant import UnusableInstantError, utc
from services.importing.ledger import Cell
from services.importing.mapping import PLACEHOLDER, DateSource, ValueSource, tidy
from services.importing.outcomes import Note

_END_OF_DAY = time(23, 59, 59)
_LONGEST_SHOWN = 80
_USUAL_FORMATS = (
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)
_PLACES = 12
_DEGREES = Decimal(1).scaleb(-_PLACES)


class RefusedError(Exception):
    """This row cannot come in, for the reason of the note."""

    def __init__(self, note: Note) -> None:
        super().__init__(note.code)
        self.note = note


def shown(value: Cell) -> str:
    """A value as a note quotes it, which goes to terminals and into histories."""
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value))
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def column_of(source: ValueSource | DateSource) -> str:
    """The columns of a source, as a note names them."""
    return ", ".join(dict.fromkeys(name for name, _, _ in source.named()))


def read_value(source: ValueSource, row: Mapping[str, Cell], notes: list[Note]) -> str:
    """The value of a field, empty where there is none. Notes what a default decided; raises RefusedError."""
    if source.value is not None:
        found = source.value
    elif source.template is not None:
        found = PLACEHOLDER.sub(lambda name: str(row[tidy(name[1])]).strip(), source.template).strip()
    else:
        columns = source.columns or (source.column or "",)
        parts = (str(row[tidy(column)]).strip() for column in columns)
        found = " / ".join(part for part in parts if part)
    if not found:
        if source.default is None:
            return ""
        notes.append(Note("default_used", column_of(source), (("used", source.default),)))
        return source.default
    if source.values is None:
        return found
    if found in source.values:
        return source.values[found]
    quoted = ("value", shown(found))
    if source.otherwise is None:
        raise RefusedError(Note("value_not_listed", column_of(source), (quoted,)))
    notes.append(Note("otherwise_used", column_of(source), (quoted, ("used", source.otherwise))))
    return source.otherwise


def read_instant(source: DateSource, row: Mapping[str, Cell], zone: ZoneInfo, notes: list[Note]) -> datetime | None:
    """The instant of a date in the ledger's time zone; None for a blank. Raises RefusedError where it is none."""
    cell = row[tidy(source.column)]
    text = cell.strip() if isinstance(cell, str) else cell
    if text == "":
        return None
    try:
        local = _moment(text, source.formats)
        if source.whole_day:
            local = datetime.combine(local.date(), _END_OF_DAY, local.tzinfo)
        if local.tzinfo is None:
            local = local.replace(tzinfo=zone)
            if local.utcoffset() != local.replace(fold=1).utcoffset():
                notes.append(Note("local_time_unclear", source.column, (("value", shown(text)),)))
        return utc(local)
    except (ValueError, OverflowError, UnusableInstantError) as error:
        raise RefusedError(Note("unreadable_date", source.column, (("value", shown(text)),))) from error


def _moment(cell: Cell, formats: Sequence[str]) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if not formats:
        try:
            return datetime.fromisoformat(cell)
        except ValueError:
            formats = _USUAL_FORMATS
    for form in formats:
        try:
            return datetime.strptime(cell, form)  # noqa: DTZ007 - the zone is the caller's to add
        except ValueError:
            continue
    raise ValueError(cell)


def read_degrees(text: str, largest: int) -> Decimal | None:
    """Degrees to twelve places; None where the text is no number or lies beyond the globe."""
    try:
        degrees = Decimal(text)
        if not degrees.is_finite() or abs(degrees) > largest:
            return None
        places = degrees.as_tuple().exponent
        return degrees.quantize(_DEGREES) if isinstance(places, int) and not -_PLACES <= places <= 0 else degrees
    except InvalidOperation:
        return None
