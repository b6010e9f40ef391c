"""Folds an item's events into its facts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from domain.clock import Clock, ClockKind
from domain.indicator.facts import ClockFact, DispatchFact, Interval, ItemFact, ItemFacts, Place
from domain.item import events as e
from domain.item.state import Dossier, Item, Suspended, assignment_of, evolve, pending_mark, running_clock
from domain.ladder import RUNGS, Rung

_ABOVE_SUPERVISION = RUNGS[RUNGS.index(Rung.SUPERVISE) + 1 :]
# Which events do what a clock waits for; any other that ends it takes the task away.
_DOES: dict[ClockKind, tuple[type[e.ItemEvent], ...]] = {
    ClockKind.REGISTER: (e.ItemRegistered,),
    ClockKind.DISPATCH: (e.ItemDispatched,),
    ClockKind.ACCEPT: (e.ItemAccepted, e.ItemRefused),
    ClockKind.RECTIFY: (e.RectificationSubmitted,),
    ClockKind.CHECK: (e.CheckPassed, e.ItemSentBack),
    ClockKind.CLOSE: (e.ItemClosed,),
    ClockKind.RECHECK: (e.RecheckHeld, e.ItemRecurred),
}
_IRRELEVANT = (
    e.ExtensionRequested,
    e.ExtensionRefused,
    e.SuspensionReviewFellDue,
    e.AccountabilityFellDue,
    e.CommentAdded,
)


def matters(event_type: str) -> bool:
    """Whether facts can change by an event of this type."""
    return event_type not in _IRRELEVANT_TYPES


_IRRELEVANT_TYPES = frozenset(str(kind.model_fields["type"].default) for kind in _IRRELEVANT)


def facts_of(events: Iterable[e.ItemEvent]) -> ItemFacts:
    """The facts of an item, of its events from the first on. Raises ImpossibleHistoryError where they are damaged."""
    fold = _Fold()
    for event in events:
        fold.apply(event)
    return fold.facts()


class _Fold:
    def __init__(self) -> None:
        self._state: Item | None = None
        self._at: datetime | None = None
        self._items: list[ItemFact] = []
        self._dispatches: list[DispatchFact] = []
        self._clocks: dict[str, list[ClockFact]] = {}

    def apply(self, event: e.ItemEvent) -> None:
        before = self._state
        # Somebody's clock may have been slow; what came later in the stream did not happen earlier.
        at = self._at = event.occurred_at if self._at is None else max(self._at, event.occurred_at)
        after = self._state = evolve(before, event)
        if isinstance(event, e.IssueReported):
            self._items = [_reported(event, at)]
        self._follow_clocks(event, None if before is None else running_clock(before), running_clock(after), at)
        self._follow_dispatches(event, at)
        if isinstance(event, e.OverdueAppealGranted) and before is not None:
            self._excuse(before.dossier, event.clock_id, at)
        self._follow_item(event, after, at)

    def facts(self) -> ItemFacts:
        if self._state is None:
            raise LookupError("no events")
        file = self._state.dossier
        clocks = [fact for revisions in self._clocks.values() for fact in _lasting(revisions)]
        return ItemFacts(_place(file), tuple(_lasting(self._items)), tuple(self._dispatches), tuple(clocks))

    def _follow_clocks(self, event: e.ItemEvent, before: Clock | None, after: Clock | None, at: datetime) -> None:
        if before is not None and (after is None or after.clock_id != before.clock_id):
            self._end(before, event, at)
        if after is None:
            return
        revisions = self._clocks.setdefault(after.clock_id, [])
        if not revisions:
            unit = assignment_of(self._state) if self._state else None
            opened = ClockFact(
                clock_id=after.clock_id,
                kind=after.kind,
                revision=1,
                valid_from=at,
                unit=unit.unit if unit else None,
                opened_at=at,
                due_at=after.due_at,
                extensions=len(after.extensions),
            )
            revisions.append(opened)
            return
        due_at, now = after.due_at, revisions[-1]
        if after.paused:
            # What ran out before the suspension stays run out.
            due_at = now.due_at if now.due_at is not None and now.due_at < after.pauses[-1].began_at else None
        if (due_at, len(after.extensions)) != (now.due_at, now.extensions):
            excused_at = now.excused_at if due_at == now.due_at else None
            newer = replace(now, due_at=due_at, extensions=len(after.extensions), excused_at=excused_at)
            _revise(revisions, newer, at)

    def _end(self, clock: Clock, event: e.ItemEvent, at: datetime) -> None:
        revisions = self._clocks[clock.clock_id]
        done = isinstance(event, _DOES[clock.kind])
        revisions[-1] = replace(revisions[-1], ended_at=at, ended_by=event.type, done=done)

    def _follow_dispatches(self, event: e.ItemEvent, at: datetime) -> None:
        if isinstance(event, e.ItemRefused):
            self._dispatches[-1] = replace(self._dispatches[-1], refused_at=at)
        if isinstance(event, e.ItemTransferred | e.ItemTransferredOut) and self._dispatches:
            self._dispatches[-1] = replace(self._dispatches[-1], transferred_at=at)
        if isinstance(event, e.ItemDispatched | e.ItemTransferred):
            to = event.assignment
            self._dispatches.append(DispatchFact(round=to.round, unit=to.unit, dispatched_at=at))

    def _excuse(self, file: Dossier, clock_id: str, at: datetime) -> None:
        mark, revisions = pending_mark(file, clock_id), self._clocks.get(clock_id)
        # An extension granted late has given the clock another deadline, which this ruling is not about.
        if mark is not None and revisions and revisions[-1].due_at == mark.due_at:
            revisions[-1] = replace(revisions[-1], excused_at=at)

    def _follow_item(self, event: e.ItemEvent, state: Item, at: datetime) -> None:
        now = self._items[-1]
        newer = _milestones(now, event, at)
        if (isinstance(state, Suspended)) != (bool(now.suspended) and now.suspended[-1][1] is None):
            newer = replace(newer, suspended=_turned(now.suspended, at))
        assignment = assignment_of(state)
        unit = assignment.unit if assignment else None
        late_at = self._late_at()
        newer = replace(newer, unit=unit, late_at=late_at)
        if unit != now.unit or (now.late_at is not None and late_at != now.late_at):
            # Before this, the item was another unit's, or late: both must still be found when asked about.
            _revise(self._items, newer, at)
        elif newer != now:
            self._items[-1] = newer

    def _late_at(self) -> datetime | None:
        newest = (revisions[-1] for revisions in self._clocks.values())
        missed = (fact.due_at for fact in newest if fact.late and fact.due_at and fact.kind != ClockKind.RECHECK)
        return min(missed, default=None)


def _place(file: Dossier) -> Place:
    issue = file.issue
    return Place(
        item_id=file.item_id,
        campaign_id=file.campaign_id,
        area=issue.area,
        category=issue.category,
        source=issue.source,
    )


def _reported(event: e.IssueReported, at: datetime) -> ItemFact:
    return ItemFact(revision=1, valid_from=at, number=event.number, channel=event.issue.channel, reported_at=at)


def _milestones(now: ItemFact, event: e.ItemEvent, at: datetime) -> ItemFact:  # noqa: PLR0911 - one line per event
    match event:
        case e.ItemRegistered():
            return replace(now, registered_at=at)
        case e.ItemFixedOnTheSpot():
            return replace(now, fixed_on_the_spot=True)
        case e.ItemClosed():
            return replace(now, closed_at=at)
        case e.RecheckHeld():
            return replace(now, rechecked_at=now.rechecked_at or at)
        case e.ItemRecurred():
            return replace(now, rechecked_at=now.rechecked_at or at, recurred_at=at)
        case e.ItemVoided():
            return replace(now, ended_at=at, ended_as="voided")
        case e.ItemMerged():
            return replace(now, ended_at=at, ended_as="merged")
        case e.ItemTransferredOut():
            return replace(now, ended_at=at, ended_as="transferred_out")
        case e.RungClimbed() if event.rung in _ABOVE_SUPERVISION:
            return replace(now, above_supervision_at=now.above_supervision_at or at)
        case _:
            return now


def _turned(suspended: tuple[Interval, ...], at: datetime) -> tuple[Interval, ...]:
    if suspended and suspended[-1][1] is None:
        return (*suspended[:-1], (suspended[-1][0], at))
    return (*suspended, (at, None))


F = TypeVar("F", ItemFact, ClockFact)


def _revise(revisions: list[F], newer: F, at: datetime) -> None:
    last = revisions[-1]
    revisions[-1] = replace(last, valid_to=at)
    revisions.append(replace(newer, revision=last.revision + 1, valid_from=at))


def _lasting(revisions: list[F]) -> list[F]:
    """Those that held for any time at all."""
    return [fact for fact in revisions if fact.valid_to is None or fact.valid_to > fact.valid_from]
