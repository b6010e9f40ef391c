"""Reads CSV, plain or gzipped, in any encoding: a bad byte, a stray quote or a cut-off end costs its own row only."""

import codecs
import csv
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.importing.ledger import LARGEST_FILE, Ledger, Row, UnreadableLedgerError, checked, digest, find_header
from services.importing.mapping import FileFormat, tidy

GZIP = b"\x1f\x8b"
_WINDOW = 16 + zlib.MAX_WBITS  # zlib's way of saying: with a gzip header
_HEADER_WITHIN = 50
# What ledgers in Chinese are in, when they are not in what their mapping says. Nearly all bytes are GB 18030: last.
_ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
_LOOKED_AT_BYTES = 100_000


def open_text(content: bytes, form: FileFormat, columns: set[str]) -> Ledger:
    """Open a text ledger at its header; raises UnreadableLedgerError."""
    plain, truncated = _inflated(content) if content.startswith(GZIP) else (content, False)
    try:
        # Bytes that are no text in this encoding become lone surrogates, by which their row is refused.
        text = plain.decode(form.encoding, "surrogateescape")
    except UnicodeError as error:
        raise UnreadableLedgerError(f"不是 {form.encoding} 编码 / not {form.encoding}") from error
    lines = list(io.StringIO(text, newline=""))
    header = find_header(_first_rows(lines, form), form, columns)
    names = tuple(tidy(str(cell)) for cell in header.cells)
    if not columns <= set(names):
        _require_encoding(plain, form, columns, names)
    start = dict(header.facts)["next_line"]
    return Ledger(
        sha256=digest(content),
        header=names,
        header_line=header.line,
        rows=_rows(lines, int(start), form, names, truncated=truncated),
        lines=len(lines) - int(start),
        truncated=truncated,
    )


def _require_encoding(plain: bytes, form: FileFormat, columns: set[str], header: Sequence[str]) -> None:
    """Raise UnreadableLedgerError where columns are missed only because the file is in another encoding."""
    found = len(columns & set(header))
    for encoding in _ENCODINGS:
        try:
            beginning = codecs.getincrementaldecoder(encoding)().decode(plain[:_LOOKED_AT_BYTES])
        except UnicodeError:
            continue
        lines = list(io.StringIO(beginning, newline=""))
        rows = _first_rows(lines, form)
        if max((len(columns & {tidy(str(cell)) for cell in row.cells}) for row in rows), default=0) > found:
            raise UnreadableLedgerError(
                f"文件是 {encoding} 编码，而对照文件写的是 {form.encoding}：请在 file 下写 encoding: {encoding}"
                f" / the file is in {encoding}, not {form.encoding}: write encoding: {encoding} under file"
            )
    if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for name in header for sign in name):
        raise UnreadableLedgerError(
            f"文件不是 {form.encoding} 编码，表头无法识别 / not in {form.encoding}: the header cannot be read"
        )


def _inflated(content: bytes) -> tuple[bytes, bool]:
    """What can be unpacked of a gzip file, of several members if need be, and whether its end is missing."""
    parts: list[bytes] = []
    size, rest = 0, content
    while rest.startswith(GZIP):
        member = zlib.decompressobj(_WINDOW)
        try:
            parts.append(member.decompress(rest, LARGEST_FILE + 1 - size))
        except zlib.error as error:
            raise UnreadableLedgerError("gzip 文件已损坏 / a damaged gzip file") from error
        size += len(parts[-1])
        if size > LARGEST_FILE:
            raise UnreadableLedgerError(
                f"解压后超过 {LARGEST_FILE} 字节 / larger than {LARGEST_FILE} bytes when unpacked"
            )
        if not member.eof:
            return b"".join(parts), True
        rest = member.unused_data
    return b"".join(parts), False


class _Feed:
    """Lines for the csv reader, which can be set back when a stray quote swallowed some."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        self.lines = lines
        self.next = start

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.next >= len(self.lines):
            raise StopIteration
        self.next += 1
        return self.lines[self.next - 1]

    @property
    def ended(self) -> bool:
        return self.next >= len(self.lines)


def _reader(feed: _Feed, form: FileFormat) -> Iterator[list[str]]:
    # Strict: otherwise a stray quote could swallow the next record and still leave the right number of columns.
    return csv.reader(feed, delimiter=form.delimiter, quotechar=form.quote, strict=True)


def _first_rows(lines: Sequence[str], form: FileFormat) -> list[Row]:
    """The rows a header may be among; each says in which line the next one begins."""
    feed = _Feed(lines, 0)
    reader = _reader(feed, form)
    rows: list[Row] = []
    wanted = max(_HEADER_WITHIN, form.header_row or 0)
    while not feed.ended and len(rows) < wanted:
        first = feed.next
        try:
            rows.append(Row(first + 1, next(reader), facts=(("next_line", feed.next),)))
        except csv.Error:  # no header, in any case
            feed.next = first + 1
            reader = _reader(feed, form)
    return rows


def _rows(
    lines: Sequence[str], start: int, form: FileFormat, header: Sequence[str], *, truncated: bool
) -> Iterator[Row]:
    feed = _Feed(lines, start)
    reader = _reader(feed, form)
    while not feed.ended:
        first = feed.next
        try:
            row = Row(first + 1, next(reader))
        except csv.Error:
            row = Row(first + 1, (), "broken_quotes")
        if row.damage is None and not row.cells:
            continue  # a blank line is no row
        row = checked(row, header)
        if row.damage == "wrong_column_count" and feed.next - first > 1:
            row = Row(first + 1, (), "broken_quotes")
        if row.damage == "broken_quotes":
            # Only this line is given up; those that the quote swallowed are read again for themselves.
            feed.next = first + 1
            reader = _reader(feed, form)
        if feed.ended and _is_cut_off(row, lines[-1], truncated=truncated):
            row = replace(row, damage="record_cut_off")
        yield row


def _is_cut_off(row: Row, last_line: str, *, truncated: bool) -> bool:
    whole_line = last_line.endswith(("\n", "\r"))
    return not whole_line and (truncated or row.damage in ("wrong_column_count", "broken_quotes"))
