"""Cursors of pages: where a page ended, as one opaque word that shows whether a letter of it was changed."""

import base64
import binascii
import hashlib
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from services.gateway.refusals import CursorMalformed

_LONGEST = 600
_CHECK_LETTERS = 12

M = TypeVar("M", bound=BaseModel)


def cursor_of(place: BaseModel, question: str = "") -> str:
    """The word for a place. ``question``: what was asked, so that no other question takes the word."""
    text = base64.urlsafe_b64encode(place.model_dump_json().encode()).decode().rstrip("=")
    return f"{text}.{_check(text, question)}"


def place_in(cursor: str | None, kind: TypeAdapter[M], question: str = "") -> M | None:
    """The place a word stands for, None without one; raises CursorMalformed."""
    if cursor is None:
        return None
    text, _, check = cursor.partition(".")
    if len(cursor) > _LONGEST or check != _check(text, question):
        raise CursorMalformed
    try:
        content = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return kind.validate_json(content, strict=True)
    except (binascii.Error, UnicodeError, ValidationError):
        raise CursorMalformed from None


def _check(text: str, question: str) -> str:
    """No secret: it tells a damaged word, or another question's, and keeps nobody from anything."""
    content = f"{question}\n{text}".encode(errors="surrogatepass")
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()[:_CHECK_LETTERS]
