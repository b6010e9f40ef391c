"""Writes the lines of one stream while its events are read, one after the other, from the first on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.decider import Event
from domain.score.lines import LineKind, ScoreLine, Source


class Ledger:
    """The lines of one stream. `turn` to an event first; what is entered then comes from it."""

    def __init__(self, stream_id: UUID, source: Source) -> None:
        self.lines: list[ScoreLine] = []
        self.campaign_id: str | None = None
        self.number: str | None = None
        self._stream_id = stream_id
        self._source: Source = source
        self._version = 0
        self._at: datetime | None = None

    def turn(self, event: Event) -> None:
        """Go on to the next event. Somebody's clock may have been slow: what comes later did not happen earlier."""
        self._version += 1
        self._at = event.occurred_at if self._at is None else max(self._at, event.occurred_at)

    def enter(self, kind: LineKind, unit: str, **content: Any) -> ScoreLine:
        """Enter a line of the event turned to; raises LookupError before the first."""
        if self._at is None:
            raise LookupError("no event")
        line = ScoreLine(
            stream_id=self._stream_id,
            version=self._version,
            source=self._source,
            kind=kind,
            at=self._at,
            unit=unit,
            campaign_id=self.campaign_id,
            number=self.number,
            **content,
        )
        self.lines.append(line)
        return line
