"""Cuts texts into parts that cells of a spreadsheet hold, so that none is cut off."""

from collections.abc import Iterator

LONGEST_CELL = 32_767  # in units of UTF-16, as spreadsheets count


def pieces(text: str) -> Iterator[str]:
    """The text in parts that a cell holds, at least one; no character is cut in two."""
    units = text.encode("utf-16-le")
    start = 0
    while True:
        end = start + 2 * LONGEST_CELL
        if end < len(units) and 0xD8 <= units[end - 1] <= 0xDB:  # noqa: PLR2004 - the first half of a character
            end -= 2
        yield units[start:end].decode("utf-16-le")
        start = end
        if start >= len(units):
            return
