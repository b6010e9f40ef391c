"""Lays letters out as PDF by GB/T 9704-2012; the same letter and fonts give the same bytes."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, cast

import orjson
import typst

from services import documents
from services.documents.fonts import Typefaces
from services.documents.letter import Letter

# Named by references in place of a template: the layout is the standard's and not the office's.
LAYOUT = "gbt9704@builtin-1"


def pdf(letter: Letter, typefaces: Typefaces) -> bytes:
    """The letter as PDF. Takes some hundredths of a second of computing: call it in a thread."""
    return cast("bytes", typst.compile(**sheet(letter, typefaces), format="pdf"))


def sheet(letter: Letter, typefaces: Typefaces) -> dict[str, Any]:
    """What typst lays out: the layout, the letter as data, the fonts, and the letter's day as the only date."""
    day = letter.date
    data = {**letter.fields(), "year": day.year, "month": day.month, "day": day.day}
    return {
        "input": files(documents).joinpath("gbt9704.typ").read_bytes(),
        "font_paths": typefaces.fonts,
        "ignore_system_fonts": True,
        "sys_inputs": {"letter": orjson.dumps(data).decode(), "fonts": orjson.dumps(typefaces.names).decode()},
        "timestamp": datetime(day.year, day.month, day.day, tzinfo=UTC),
    }
