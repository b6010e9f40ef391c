"""Folds the history of any stream into its score lines."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.accountability import events as c
from domain.decider import Event
from domain.item import events as e
from domain.obligation import events as o
from domain.score.climbing import item_lines, obligation_lines
from domain.score.holding import act_lines, case_lines
from domain.score.lines import ScoreLine, Source
from domain.supervision import events as a

_COUNTING: tuple[type[Event], ...] = (
    e.ItemFellOverdue,
    e.RungClimbed,
    e.OverdueAppealGranted,
    o.ObligationFellOverdue,
    o.ObligationRungClimbed,
    o.ObligationAppealGranted,
    a.ActPlanned,
    a.ActIssued,
    a.ActWithdrawn,
    c.CaseOpened,
    c.CaseDecided,
    c.DecisionReviewed,
    c.CaseWithdrawn,
    c.CaseClosed,
)
_COUNTING_TYPES = frozenset(str(kind.model_fields["type"].default) for kind in _COUNTING)
_LINES: Mapping[Source, Callable[[UUID, Sequence[Any]], list[ScoreLine]]] = {
    "item": item_lines,
    "obligation": obligation_lines,
    "act": act_lines,
    "case": case_lines,
}


def counts(event_type: str) -> bool:
    """Whether an event of this type can bring a line."""
    return event_type in _COUNTING_TYPES


def lines_of(source: Source, stream_id: UUID, events: Sequence[Event]) -> list[ScoreLine]:
    """The lines of a stream, of its events from the first on."""
    if not any(isinstance(event, _COUNTING) for event in events):
        return []  # most items never miss anything
    return _LINES[source](stream_id, events)
