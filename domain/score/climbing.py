"""Folds items and obligations into score lines: overdue marks, climbed rungs, and what a granted appeal gives back."""

from collections.abc import Iterable
from uuid import UUID

from domain.clock import Clock
from domain.item import events as e
from domain.item.excuse import is_excused
from domain.item.state import Item, evolve, pending_mark, running_clock
from domain.item.values import OverdueMark
from domain.obligation import events as o
from domain.obligation.state import Obligation
from domain.obligation.state import evolve as evolve_obligation
from domain.obligation.state import running_clock as clock_of_obligation
from domain.score.ledger import Ledger
from domain.score.lines import LineKind, ScoreLine


def item_lines(stream_id: UUID, events: Iterable[e.ItemEvent]) -> list[ScoreLine]:
    """The lines of an item. Clocks that run while no unit is in charge count against nobody.

    A granted appeal gives back the points of the rungs that were climbed because of that mark: planned at its due
    instant or later, before the clock was given another one. Rungs that follow on an excused mark take nothing.
    """
    ledger, state = Ledger(stream_id, "item"), None
    climbed: dict[tuple[str, object], list[ScoreLine]] = {}
    for event in events:
        before: Item | None = state
        state = evolve(before, event)
        ledger.turn(event)
        if isinstance(event, e.IssueReported):
            ledger.campaign_id, ledger.number = event.campaign_id, event.number
        if before is None:
            continue
        match event:
            case e.ItemFellOverdue() if event.unit is not None:
                _overdue(ledger, event.clock_id, event.unit, running_clock(before))
            case e.RungClimbed() if event.unit is not None:
                file = state.dossier
                excused = is_excused(event.clock_id, event.rung, file.climbs, file.marks)
                line = _rung(ledger, event, event.unit, excused=excused)
                climbed.setdefault((event.clock_id, file.climbs[-1].missed), []).append(line)
            case e.OverdueAppealGranted():
                mark = pending_mark(before.dossier, event.clock_id)
                if mark is not None and mark.unit is not None:
                    _give_back(ledger, mark, mark.unit, climbed.get((mark.clock_id, mark.due_at), []))
            case _:
                pass
    return ledger.lines


def obligation_lines(stream_id: UUID, events: Iterable[o.ObligationEvent]) -> list[ScoreLine]:
    """The lines of an obligation. An appeal gives back what it gives back about an item."""
    ledger, state = Ledger(stream_id, "obligation"), None
    climbed: dict[tuple[str, object], list[ScoreLine]] = {}
    for event in events:
        before: Obligation | None = state
        state = evolve_obligation(before, event)
        ledger.turn(event)
        match event:
            case o.ObligationAssigned():
                ledger.campaign_id, ledger.number = event.campaign_id, event.number
            case o.ObligationFellOverdue() if event.unit is not None:
                _overdue(ledger, event.clock_id, event.unit, clock_of_obligation(before) if before else None)
            case o.ObligationRungClimbed() if event.unit is not None:
                record = state.record
                excused = is_excused(event.clock_id, event.rung, record.climbs, record.marks)
                line = _rung(ledger, event, event.unit, excused=excused)
                climbed.setdefault((event.clock_id, record.climbs[-1].missed), []).append(line)
            case o.ObligationAppealGranted():
                for mark in state.record.marks:
                    if mark.clock_id == event.clock_id and mark.unit is not None:
                        _give_back(ledger, mark, mark.unit, climbed.get((mark.clock_id, mark.due_at), []))
            case _:
                pass
    return ledger.lines


def _overdue(ledger: Ledger, clock_id: str, unit: str, clock: Clock | None) -> None:
    rules = clock.policy_version if clock is not None and clock.clock_id == clock_id else None
    ledger.enter(LineKind.OVERDUE, unit, clock_id=clock_id, policy_version=rules)


def _rung(ledger: Ledger, event: e.RungClimbed | o.ObligationRungClimbed, unit: str, *, excused: bool) -> ScoreLine:
    return ledger.enter(
        LineKind.RUNG,
        unit,
        points=0 if excused else -event.points,
        waived=event.points if excused else 0,
        clock_id=event.clock_id,
        rung=event.rung,
        policy_version=event.policy_version,
    )


def _give_back(ledger: Ledger, mark: OverdueMark, unit: str, lines: list[ScoreLine]) -> None:
    taken = [line for line in lines if line.points]
    ledger.enter(
        LineKind.APPEAL_GRANTED,
        unit,
        points=-sum(line.points for line in taken),
        clock_id=mark.clock_id,
        corrects=tuple(line.version for line in taken),
    )
