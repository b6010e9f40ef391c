"""What people write: lines, passages, codes, and texts in both languages of the interface.

Nothing that cannot be seen counts as written, and control characters, which terminals and pages obey, are refused.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_CONTROLS_IN_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS_IN_PASSAGE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _is_seen(text: str) -> bool:
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _line(text: str) -> str:
    if _CONTROLS_IN_LINE.search(text):
        raise ValueError("a line has no control characters and no line breaks")
    if not _is_seen(text):
        raise ValueError("nothing can be seen of this text")
    return text


def _passage(text: str) -> str:
    if _CONTROLS_IN_PASSAGE.search(text):
        raise ValueError("a text has no control characters but tabs and line breaks")
    if not _is_seen(text):
        raise ValueError("nothing can be seen of this text")
    return text


Line = Annotated[str, AfterValidator(_line)]
Passage = Annotated[str, AfterValidator(_passage)]
# A code stands in addresses, so it has nothing that an address would read as its own.
Code = Annotated[Line, Field(min_length=1, max_length=100, pattern=r"^[^/?#%\\\s]+$")]


class Text(BaseModel):
    """A text in both languages: Simplified Chinese first, English second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Annotated[Passage, Field(min_length=1, max_length=2000)]
    en: Annotated[Passage, Field(min_length=1, max_length=2000)]
