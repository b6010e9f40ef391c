"""Random lives of items, and a slow, obviously right count of cases: fold what had happened by a moment, and look."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from domain.clock import Clock, ClockKind
from domain.item import events as e
from domain.item.state import OPEN_STATUSES, Item, Suspended, evolve, running_clock
from domain.item.values import AppealStatus
from domain.ladder import RUNGS, Rung
from tests.domain import item_samples as deeds
from tests.domain.item_samples import RULES, START
from tests.domain.scenario import Scenario
from tests.domain.test_item_machine import OPENINGS, POLICIES, VARIED, WORK
from tests.services.fact_samples import another

WAITS = (*[timedelta(minutes=7)] * 3, timedelta(0), timedelta(hours=3), timedelta(hours=15), timedelta(days=1))
# Work more often than what ends an item.
TRIED = (
    *WORK * 3,
    *VARIED,
    deeds.dispatch,
    deeds.accept.by(deeds.SWEEPER),
    deeds.submit.by(deeds.SWEEPER),
    *deeds.DEEDS,
)
DOING: dict[ClockKind, tuple[type[Any], ...]] = {
    ClockKind.REGISTER: (e.ItemRegistered,),
    ClockKind.DISPATCH: (e.ItemDispatched,),
    ClockKind.ACCEPT: (e.ItemAccepted, e.ItemRefused),
    ClockKind.RECTIFY: (e.RectificationSubmitted,),
    ClockKind.CHECK: (e.CheckPassed, e.ItemSentBack),
    ClockKind.CLOSE: (e.ItemClosed,),
    ClockKind.RECHECK: (e.RecheckHeld, e.ItemRecurred),
}


def random_life(random: Random, steps: int = 30) -> Scenario:
    """Somebody tries something again and again; what the rules refuse did not happen."""
    policy = random.choice(POLICIES).model_copy(update={"version": 2})
    rules = replace(RULES, policies={**RULES.policies, policy.ref: policy})
    life = Scenario(rules, START).when(another(random.choice(OPENINGS)).at(START + random.choice(WAITS)))
    for _ in range(steps):
        tried = life._done(random.choice(TRIED).at(life.now + random.choice(WAITS)))
        life = tried if tried.led_to else replace(life, now=tried.now)
    return life


def counted(histories: Sequence[Sequence[e.ItemEvent]], at: datetime) -> Counter[str]:
    """How many cases every set has, by folding each history as far as it had come."""
    found: Counter[str] = Counter()
    for history in histories:
        found.update(_sets([event for event in history if event.occurred_at <= at], at))
    return found


def _sets(past: Sequence[e.ItemEvent], at: datetime) -> Iterator[str]:
    state: Item | None = None
    clocks: dict[str, tuple[Clock, datetime | None]] = {}
    ended: dict[str, e.ItemEvent] = {}
    for event in past:
        before = running_clock(state) if state else None
        state = evolve(state, event)
        after = running_clock(state)
        if before and (after is None or after.clock_id != before.clock_id):
            ended[before.clock_id] = event
        if after:
            clocks[after.clock_id] = (after, _deadline(after, clocks.get(after.clock_id)))
    if state is None:
        return
    late: list[datetime] = []
    for clock_id, (clock, due_at) in clocks.items():
        found = set(_of_clock(clock, due_at, ended.get(clock_id), state, at))
        yield from found
        if f"{clock.kind}_overdue" in found and f"{clock.kind}_excused" not in found and clock.kind != "recheck":
            late.append(due_at or at)
    yield from _of_item(state, Counter(type(event) for event in past), running_clock(state), late, clocks, at)


def _deadline(clock: Clock, before: tuple[Clock, datetime | None] | None) -> datetime | None:
    if not clock.paused or before is None or before[1] is None:
        return clock.due_at
    return before[1] if before[1] < clock.pauses[-1].began_at else None


def _of_clock(
    clock: Clock, due_at: datetime | None, end: e.ItemEvent | None, state: Item, at: datetime
) -> Iterator[str]:
    kind = clock.kind
    done = end is not None and isinstance(end, DOING[kind])
    yield f"{kind}_opened"
    if kind is ClockKind.RECTIFY and clock.extensions:
        yield "extended"
    if kind is ClockKind.CHECK and done:
        yield "checked"
    if isinstance(end, e.ItemSentBack):
        yield "sent_back"
    if due_at is None or due_at >= at or (end is not None and not done and end.occurred_at <= due_at):
        return
    yield f"{kind}_due"
    if done:
        yield f"{kind}_done"
    if end is None:
        yield f"{kind}_waiting"
    if end is not None and end.occurred_at <= due_at:
        yield f"{kind}_on_time"
        return
    yield f"{kind}_overdue"
    granted = {(mark.clock_id, mark.due_at) for mark in state.dossier.marks if mark.appeal is AppealStatus.GRANTED}
    if (clock.clock_id, due_at) in granted:
        yield f"{kind}_excused"


def _of_item(  # noqa: C901 - one branch per set
    state: Item,
    happened: Counter[Any],
    running: Clock | None,
    late: Sequence[datetime],
    clocks: dict[str, tuple[Clock, datetime | None]],
    at: datetime,
) -> Iterator[str]:
    yield "reported"
    for name, kind in (
        ("registered", e.ItemRegistered),
        ("voided", e.ItemVoided),
        ("merged", e.ItemMerged),
        ("transferred_out", e.ItemTransferredOut),
        ("fixed_on_the_spot", e.ItemFixedOnTheSpot),
        ("closed", e.ItemClosed),
        ("closings", e.ItemClosed),
        ("recurred", e.ItemRecurred),
    ):
        if happened[kind]:
            yield name
    if happened[e.RecheckHeld] or happened[e.ItemRecurred]:
        yield "rechecked"
    yield from ["dispatched"] * (happened[e.ItemDispatched] + happened[e.ItemTransferred])
    yield from ["dispatch_refused"] * happened[e.ItemRefused]
    # Out of the office's hands is no dispatch moved on.
    moved = happened[e.ItemTransferred]
    if happened[e.ItemTransferredOut] and happened[e.ItemDispatched] + moved:
        moved += 1
    yield from ["dispatch_transferred"] * moved
    if state.status in OPEN_STATUSES:
        yield "open"
        if isinstance(state, Suspended):
            yield "suspended"
        due_at = clocks[running.clock_id][1] if running else None
        if due_at is not None and due_at < at and due_at in late:
            yield "open_late"
        if late:
            yield "closure_due"
        if any(RUNGS.index(climb.rung) > RUNGS.index(Rung.SUPERVISE) for climb in state.dossier.climbs):
            yield "above_supervision"
    if happened[e.ItemClosed]:
        yield "closure_due"
        if not late:
            yield "closed_on_time"
