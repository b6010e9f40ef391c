"""The mapping file: which column of a ledger becomes which field of an item, and what its values mean."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from domain.item.values import Channel, Code
from domain.text import Line
from services.marked_yaml import MarkedYaml, Place, Problem, UnusableDocumentError, read

Column = Annotated[str, Field(min_length=1, max_length=500)]
Outcome = Literal["dispatched", "rectifying", "closed", "voided", "transferred_out"]
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def tidy(name: str) -> str:
    """A column's name without the line breaks and spaces that spreadsheets put into it."""
    return " ".join(name.split())


class Part(BaseModel):
    """A part of a mapping; what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFormat(Part):
    """How to read the file. Without ``header_row`` the row that has all mapped columns is searched for."""

    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    header_row: Annotated[int, Field(ge=1)] | None = None
    sheet: str | None = None

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            "".encode(name)  # codecs also knows such as hex and zlib, which are no encodings of text
        except LookupError as unknown:
            raise ValueError(
                "未知编码，可用 utf-8-sig、gb18030 / not a text encoding; try utf-8-sig or gb18030"
            ) from unknown
        return name


class ValueSource(Part):
    """Where a field's value comes from: a column, several joined with `` / ``, a template, or one fixed value.

    ``values`` translates; ``default`` stands in for a blank, ``otherwise`` for a value that ``values`` does not list.
    """

    column: Column | None = None
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=10)] | None = None
    template: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    value: str | None = None
    values: dict[str, str] | None = None
    default: str | None = None
    otherwise: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if sum(one is not None for one in (self.column, self.columns, self.template, self.value)) != 1:
            raise ValueError(
                "column、columns、template、value 须且只能写一项 / give one of column, columns, template, value"
            )
        if self.otherwise is not None and self.values is None:
            raise ValueError("otherwise 须与 values 同用 / otherwise needs values")
        return self

    def named(self) -> Iterator[tuple[str, str | int, str]]:
        """The columns it reads, each with the key it stands under."""
        if self.column is not None:
            yield tidy(self.column), "column", self.column
        for column in self.columns or ():
            yield tidy(column), "columns", column
        for column in PLACEHOLDER.findall(self.template or ""):
            yield tidy(column), "template", column

    def targets(self) -> Iterator[tuple[Place, str]]:
        """Every value that can come out, where that is known beforehand."""
        if self.value is not None and self.values is None:
            yield ("value",), self.value
        for key, value in (self.values or {}).items():
            yield ("values", key), value
        for key in ("default", "otherwise"):
            value = getattr(self, key)
            if value is not None:
                yield (key,), value


class DateSource(Part):
    """A column of dates. ``format`` as in strptime, one or several; without it ISO 8601 and the usual Chinese forms.

    ``whole_day``: the date names a day, of which the end counts.
    """

    column: Column
    format: str | tuple[str, ...] | None = None
    whole_day: bool = False

    def named(self) -> Iterator[tuple[str, str | int, str]]:
        """The column it reads."""
        yield tidy(self.column), "column", self.column

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats to try, in order; none for the usual ones."""
        return (self.format,) if isinstance(self.format, str) else self.format or ()


class StatusOutcome(Part):
    """What a status means: where the item stands, and with which authority it lies once it was transferred out."""

    outcome: Outcome
    authority: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    reason: Annotated[Line, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _names_the_authority(self) -> Self:
        if (self.outcome == "transferred_out") != (self.authority is not None):
            raise ValueError(
                "仅 transferred_out 须写 authority / transferred_out needs an authority, and nothing else has one"
            )
        return self


class StatusSource(Part):
    """The column of the status, and what each of its values means; ``default`` stands in for a blank."""

    column: Column
    outcomes: Annotated[dict[str, StatusOutcome], Field(min_length=1)]
    default: StatusOutcome | None = None

    def named(self) -> Iterator[tuple[str, str | int, str]]:
        """The column it reads."""
        yield tidy(self.column), "column", self.column


class FieldSources(Part):
    """Where each field of an item comes from."""

    source_id: ValueSource
    reported_at: DateSource
    category: ValueSource
    area: ValueSource
    unit: ValueSource
    channel: ValueSource
    status: StatusSource
    title: ValueSource
    closed_at: DateSource | None = None
    rectify_by: DateSource | None = None
    description: ValueSource | None = None
    address: ValueSource | None = None
    latitude: ValueSource | None = None
    longitude: ValueSource | None = None

    def given(self) -> Iterator[tuple[str, ValueSource | DateSource | StatusSource]]:
        """The fields this mapping fills."""
        for name in type(self).model_fields:
            source = getattr(self, name)
            if source is not None:
                yield name, source


class Mapping(Part):
    """A mapping. ``source`` names the system the ledger comes from: source and number make a record the same record."""

    source: Code
    timezone: str
    file: FileFormat = FileFormat()
    fields: FieldSources

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError("未知时区 / not a time zone of the IANA database") from unknown
        return name

    @property
    def columns(self) -> set[str]:
        """Every column the mapping names."""
        return {column for _, source in self.fields.given() for column, _, _ in source.named()}


class MarkedMapping:
    """A mapping with the lines of its file, so that whatever turns out wrong later is still found there."""

    def __init__(self, mapping: Mapping, marked: MarkedYaml) -> None:
        self.mapping = mapping
        self.marked = marked

    def check_columns(self, header: Iterable[str], header_line: int) -> None:
        """Raise UnusableDocumentError where the mapping names a column that the header lacks or has twice."""
        present = [tidy(name) for name in header]
        problems: list[Problem] = []
        for field, source in self.mapping.fields.given():
            for column, key, written in source.named():
                if present.count(column) == 1:
                    continue
                message = (
                    f"文件中没有列 {written!r} / the file has no column {written!r}"
                    if column not in present
                    else f"文件中有重复的列 {written!r} / the file has twice the column {written!r}"
                )
                message += f"; 表头 header, {header_line}: {', '.join(present)}"
                problems.append(self.marked.problem(("fields", field, key), message))
        if problems:
            raise UnusableDocumentError(self.marked.name, problems)

    def check_codes(self, field: str, exists: Callable[[str], bool]) -> list[Problem]:
        """The places where the mapping leads to a code that nobody registered."""
        source = getattr(self.mapping.fields, field)
        return [
            self.marked.problem(
                ("fields", field, *place),
                f"没有 {field} {value!r}，请先载入城市文件 / there is no {field} {value!r}; load the city file first",
            )
            for place, value in source.targets()
            if not exists(value)
        ]


def read_mapping(path: Path) -> MarkedMapping:
    """Read a mapping file; raises UnusableDocumentError that names every wrong line."""
    marked = read(path)
    found = MarkedMapping(marked.as_model(Mapping), marked)
    known = {str(channel) for channel in Channel}
    problems = [
        marked.problem(
            ("fields", "channel", *place),
            f"没有渠道 {value!r} / {value!r} is no channel; there are {', '.join(sorted(known))}",
        )
        for place, value in found.mapping.fields.channel.targets()
        if value not in known
    ]
    if problems:
        raise UnusableDocumentError(marked.name, problems)
    return found
