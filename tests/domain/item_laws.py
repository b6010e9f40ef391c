"""What always holds for an item, whoever does what and when: checked after every step of a random life."""

from collections import Counter
from datetime import datetime
from itertools import pairwise

from domain.actor import Actor
from domain.clock import Clock
from domain.decider import Command
from domain.item import commands as c
from domain.item import events as e
from domain.item.due import next_due
from domain.item.state import ITEMS, OPEN_STATUSES, Item, Suspended, assignment_of, running_clock
from domain.ladder import RUNGS, Rung
from domain.rulebook.rulebook import Rulebook
from domain.watch import overdue_at

History = tuple[e.ItemEvent, ...]
CHECKING = c.PassCheck | c.SendBack | c.ConfirmRecheck | c.RecordRecurrence


def check_state(item: Item) -> None:
    """One step, readable from its stored form, with a clock that fits it."""
    assert ITEMS.validate_json(item.model_dump_json()) == item
    clock = running_clock(item)
    if isinstance(item, Suspended):
        assert clock is not None
        assert clock.paused
        assert (clock.due_at, clock.planned) == (None, ())
    elif item.status in OPEN_STATUSES:
        assert clock is not None
        assert not clock.paused
        assert clock.due_at is not None
    check_due(item, clock)


def check_due(item: Item, clock: Clock | None) -> None:
    """What is waited for lies after the clock's beginning; nothing unmarked or unclimbed is left waiting for nobody."""
    due = next_due(item)
    if clock is None or isinstance(item, Suspended):
        return
    if due is None:
        assert overdue_at(clock) is None
        assert clock.planned == ()
    else:
        assert due.at >= clock.opened_at
        assert due.at == min([step.at for step in clock.planned] + [at for at in [overdue_at(clock)] if at])


def check_history(history: History, item: Item) -> None:
    """No rung twice on a clock and none below the last; counters in the dossier count what happened."""
    climbed: dict[str, list[Rung]] = {}
    for event in history:
        if isinstance(event, e.RungClimbed):
            climbed.setdefault(event.clock_id, []).append(event.rung)
    for clock_id, rungs in climbed.items():
        heights = [RUNGS.index(rung) for rung in rungs]
        assert all(lower < higher for lower, higher in pairwise(heights)), (clock_id, rungs)
    tops = sum(rungs.count(Rung.HOLD_TO_ACCOUNT) for rungs in climbed.values())
    happened = Counter(type(event) for event in history)
    assert happened[e.AccountabilityFellDue] == tops
    file = item.dossier
    assert file.rounds == happened[e.ItemDispatched] + happened[e.ItemTransferred]
    assert file.refusals == happened[e.ItemRefused]
    assert file.reworks == happened[e.ItemSentBack]
    assert file.extensions == happened[e.ExtensionGranted] <= 2
    assert len(file.marks) == happened[e.ItemFellOverdue] == len({(mark.clock_id, mark.due_at) for mark in file.marks})
    assert [(climb.clock_id, climb.rung) for climb in file.climbs] == [
        (event.clock_id, event.rung) for event in history if isinstance(event, e.RungClimbed)
    ]
    started = [clock.clock_id for clock in clocks_started(history)]
    assert len(started) == len(set(started)) == sum(file.clocks.values())


def check_step(command: Command, before: Item, events: History, rules: Rulebook, at: datetime) -> None:
    """A decision about an item that was there: dated now, marked late where it was, nobody checking their own work."""
    clock, assignment = running_clock(before), assignment_of(before)
    assert {event.occurred_at for event in events} <= {at}
    if isinstance(command, CHECKING) and assignment is not None:
        assert not _belongs(command.actor, (assignment.unit, *assignment.supporting))
    if clock is None:
        return
    marked = {(event.clock_id, event.due_at) for event in events if isinstance(event, e.ItemFellOverdue)}
    passed = overdue_at(clock)
    if passed is not None and passed < at:
        assert (clock.clock_id, passed) in marked
    calendar = rules.calendar(clock.calendar_version)
    for event in events:
        if isinstance(event, e.RungClimbed):
            check_climb(event)
            if event.occasion != "time":
                check_occasion(event, events, clock)
                continue
        if isinstance(event, e.RungClimbed | e.ItemFellOverdue):
            assert not isinstance(before, Suspended)
            assert event.clock_id == clock.clock_id
        if isinstance(event, e.RungClimbed):
            assert event.planned_at <= at
            assert calendar.is_working(event.planned_at)
            assert calendar.is_working(at) or not isinstance(command, c.FollowUp)


def check_climb(climbed: e.RungClimbed) -> None:
    """Somebody is always told; only a unit in charge loses points and has to answer."""
    assert climbed.recipients
    assert len(set(climbed.recipients)) == len(climbed.recipients)
    if climbed.unit is None:
        assert (climbed.points, climbed.answer_by) == (0, None)
    elif climbed.answer_by is not None:
        assert climbed.answer_by > climbed.occurred_at


def check_occasion(climbed: e.RungClimbed, events: History, clock: Clock) -> None:
    """It is met at once by a unit that the item was handed to just now, on the clock that this started."""
    handed = events[events.index(climbed) - 1]
    assert isinstance(handed, e.ItemDispatched | e.ItemTransferred | e.ItemAccepted | e.ItemSentBack)
    assert handed.clock.clock_id == climbed.clock_id != clock.clock_id
    assert climbed.planned_at == climbed.occurred_at
    assert climbed.unit is not None
    assert climbed.occasion == "recurrence" or isinstance(handed, e.ItemSentBack)


def clocks_started(history: History) -> list[Clock]:
    """The clocks that events started, not those they only moved, and not one that an order given again let run on."""
    moved = e.ExtensionGranted | e.ItemSuspended | e.ItemResumed | e.DeadlineRecomputed | e.LimitChanged
    clocks: list[Clock] = []
    units: list[str | None] = [None]
    for event in history:
        clock = None if isinstance(event, moved) else getattr(event, "clock", None)
        unit = event.assignment.unit if isinstance(event, e.ItemDispatched | e.ItemTransferred) else None
        if clock is not None and not (unit is not None and unit == units[-1]):
            clocks.append(clock)
        if clock is not None:
            units.append(unit)
    return clocks


def _belongs(actor: Actor, units: tuple[str, ...]) -> bool:
    return any(unit in (actor.unit, *actor.lineage) for unit in units)
