"""What the doctor finds: one finding for each thing examined, in both languages."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from domain.text import Text


class Grade(StrEnum):
    """How bad it is; only what is wrong makes the command fail."""

    WELL = "well"
    NOTE = "note"  # worth knowing, or not to be examined now
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined: a stable code, what was seen, and how to mend it where it is wrong."""

    code: str
    grade: Grade
    seen: Text
    mend: Text | None = None
    places: tuple[str, ...] = ()  # where it was seen, the first few

    @classmethod
    def well(cls, code: str, zh: str, en: str) -> Self:
        """Nothing to do."""
        return cls(code, Grade.WELL, Text(zh=zh, en=en))

    @classmethod
    def note(cls, code: str, zh: str, en: str, *, mend: Text | None = None) -> Self:
        """Something to know."""
        return cls(code, Grade.NOTE, Text(zh=zh, en=en), mend)

    @classmethod
    def wrong(cls, code: str, zh: str, en: str, *, mend: Text) -> Self:
        """Something to mend."""
        return cls(code, Grade.WRONG, Text(zh=zh, en=en), mend)
