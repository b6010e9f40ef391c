"""Rungs that are climbed at once on an occasion: sent back for the n-th time, or the issue has come back 反弹."""

from domain.item import events as e
from domain.item.beside import unit_in_charge
from domain.item.following import climb
from domain.item.state import Item, evolve, running_clock
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.terms import ladder_of
from domain.schedule import PlannedRung

_HANDED_TO_THE_UNIT = e.ItemDispatched | e.ItemTransferred | e.ItemAccepted | e.ItemSentBack


def met(events: tuple[e.ItemEvent, ...], before: Item | None, rules: Rulebook) -> tuple[e.ItemEvent, ...]:
    """What follows at once from what was just decided, where that started a clock in the unit's hands.

    Once per clock: an order given again, on the clock that runs already, is no occasion. Only what was sent back to
    the unit in charge counts against it, and only on the clock that then starts.
    """
    handed = events[-1] if events else None
    if not isinstance(handed, _HANDED_TO_THE_UNIT):
        return ()
    clock, ladder = handed.clock, ladder_of(handed.clock, rules)
    ran_before = running_clock(before) if before else None
    if not ladder.occasions or (ran_before is not None and ran_before.clock_id == clock.clock_id):
        return ()
    state = before
    for event in events:
        state = evolve(state, event)
    if state is None:
        return ()
    file, at = state.dossier, handed.occurred_at
    reworks = file.reworks - file.reworks_before if file.reworking else 0
    rule = ladder.occasion_for(reworks=reworks, recurrence=file.recurrence_of is not None)
    if rule is None:
        return ()
    return climb(PlannedRung(rung=rule.rung, at=at), rule, clock, unit_in_charge(state), at, rules, rule.occasion)
