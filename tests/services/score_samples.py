"""Histories of everything that moves points, written into a store of facts, and a slow count of what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID, uuid4

from domain.accountability.values import RungCause
from domain.item import events as e
from domain.item.state import evolve
from domain.item.values import AppealStatus
from services.handling.aggregate import Aggregate
from services.handling.aggregates import ACT, CASE, ITEM, OBLIGATION
from services.handling.command_handler import new_event
from services.store.event_store import EventStore
from services.store.records import Append
from tests.domain import act_samples as acts
from tests.domain import case_samples as cases
from tests.domain import obligation_samples as owed
from tests.domain.clocks import november
from tests.domain.item_samples import RULES
from tests.services.fact_lives import random_life
from tests.services.fact_samples import Facts

OBLIGED = (
    owed.Owing(rules=RULES).when(owed.assign_duty, owed.follow_up.at(november(20, 9))),
    owed.Owing(rules=RULES).when(owed.issue_letter, owed.sign.at(november(24, 9))),
    owed.Owing(rules=RULES).when(
        *(owed.assign_duty, owed.follow_up.at(november(18, 9)), owed.appeal, owed.rule_on_appeal),
        owed.follow_up.at(november(25, 9)),
    ),
)
SUPERVISED = (
    acts.Acting().when(acts.plan_order, acts.issue(acts.Series.ORDER)),
    acts.Acting().when(acts.plan_card, acts.issue(acts.Series.CARD)),
    acts.Acting().when(acts.plan_card.with_(points=7), acts.issue(acts.Series.CARD), acts.withdraw),
)
ACCUSED = (
    cases.accused(*cases.APPEALED, cases.uphold, cases.carry_out),
    cases.accused(*cases.APPEALED, cases.reject),
    cases.accused(*cases.FOUND, cases.no_fault),
    cases.accused(cases.withdraw),
)


@dataclass(frozen=True)
class Stream:
    """A history that is to be written."""

    aggregate: Aggregate
    stream_id: UUID
    history: tuple[Any, ...]

    def upto(self, version: int, expected: int) -> Append:
        """The append that takes the stream from one version to another."""
        state: Any = None
        for event in self.history[:version]:
            state = self.aggregate.evolve(state, event)
        key, row = str(uuid4()), self.aggregate.row(state)
        return Append(
            key=key,
            request_sha256=sha256(key.encode()).digest(),
            stream_id=self.stream_id,
            kind=self.aggregate.kind,
            expected_version=expected,
            actor="test",
            actor_role="office",
            campaign_id=row.campaign_id,
            unit=row.unit,
            area=row.area,
            events=tuple(new_event(event) for event in self.history[expected:version]),
            state=state.model_dump_json().encode(),
            row=row,
            answer=b"{}",
        )


def streams(random: Random, items: int = 12) -> list[Stream]:
    """Random lives of items, and a few obligations, acts and cases."""
    lives = [random_life(random, 40) for _ in range(items)]
    return [
        *(Stream(ITEM, life.state.dossier.item_id, life.history) for life in lives),
        *(Stream(OBLIGATION, uuid4(), life.history) for life in OBLIGED),
        *(Stream(ACT, uuid4(), life.history) for life in SUPERVISED),
        *(Stream(CASE, uuid4(), life.history) for life in ACCUSED),
    ]


async def write(facts: Facts, written: Sequence[Stream], random: Random, most: int = 6) -> None:
    """Write streams side by side, some events of each at a time, as they would come, and place them in the log."""
    store, done = EventStore(facts.pool), dict.fromkeys(written, 0)
    while done:
        stream = random.choice(list(done))
        upto = min(len(stream.history), done[stream] + random.randint(1, most))
        await store.append([stream.upto(upto, done[stream])])
        done[stream] = upto
        if upto == len(stream.history):
            del done[stream]
    await facts.sequence()


def replayed(written: Sequence[Stream], at: datetime) -> dict[str, int]:
    """The points of every unit, by replaying all that had happened by a moment and looking at the end of it."""
    found: dict[str, int] = {}
    for stream in written:
        past = [event for event in stream.history if event.occurred_at <= at]
        for unit, points in _POINTS[stream.aggregate.kind](past):
            found[unit] = found.get(unit, 0) - points
    return found


def _item(past: Sequence[Any]) -> list[tuple[str, int]]:
    """Every rung there was, but for those whose deadline an appeal has excused by the end."""
    state, marked = None, {}
    for event in past:
        state = evolve(state, event)
    marks = state.dossier.marks if state else ()
    excused = {(mark.clock_id, mark.due_at) for mark in marks if mark.appeal is AppealStatus.GRANTED}
    taken: list[tuple[str, int]] = []
    for event in past:
        if isinstance(event, e.ItemFellOverdue):
            marked[event.clock_id] = event.due_at
        if isinstance(event, e.RungClimbed) and event.unit is not None:
            due, mark = event.due_at, marked.get(event.clock_id)
            missed = event.occasion == "time" and due is not None and mark is not None and due <= mark
            if not (missed and event.planned_at >= due and (event.clock_id, mark) in excused):
                taken.append((event.unit, event.points))
    return taken


def _obligation(past: Sequence[Any]) -> list[tuple[str, int]]:
    """Every rung there was, but for those at or after a deadline that an appeal has excused by the end."""
    excused = {event.clock_id for event in past if event.type == "obligation.overdue_appeal_granted.v1"}
    return [
        (event.unit, event.points)
        for event in past
        if event.type == "obligation.rung_climbed.v1" and event.unit
        if not (event.clock_id in excused and event.planned_at >= event.due_at)
    ]


def _act(past: Sequence[Any]) -> list[tuple[str, int]]:
    if not past or isinstance(past[0].cause, RungCause) or past[-1].type == "act.withdrawn.v1":
        return []
    return [(past[0].unit, past[0].points)]


def _case(past: Sequence[Any]) -> list[tuple[str, int]]:
    standing = [event.points for event in past if event.type in {"case.decided.v1", "case.reviewed.v1"}]
    return [(past[0].unit, standing[-1])] if standing else []


_POINTS = {"item": _item, "obligation": _obligation, "act": _act, "case": _case}
