"""Cursors of pages: where a page ended, as one opaque word."""

import base64
import binascii
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.gateway.refusals import CursorMalformed

_LONGEST = 600

M = TypeVar("M", bound=BaseModel)


def cursor_of(place: BaseModel) -> str:
    """The word for a place."""
    return base64.urlsafe_b64encode(place.model_dump_json().encode()).decode().rstrip("=")


def place_in(cursor: str | None, kind: TypeAdapter[M]) -> M | None:
    """The place a word stands for, None without one; raises CursorMalformed."""
    if cursor is None:
        return None
    if len(cursor) > _LONGEST:
        raise CursorMalformed
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return kind.validate_json(text, strict=True)
    except (binascii.Error, UnicodeError, ValidationError):
        raise CursorMalformed from None
