"""Bulk operations for tests: the deeds done to them, and a way of doing one after the other."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.bulk import commands as c
from domain.bulk.decisions import decide
from domain.bulk.events import BULK_EVENTS, BulkEvent
from domain.bulk.state import BULKS, Bulk, evolve
from domain.bulk.values import Selection, Transfer
from domain.decider import Event
from domain.errors import Rejection
from domain.rulebook.rulebook import Rulebook
from tests.domain.item_samples import OFFICE, RULES, SERVICE, START
from tests.domain.scenario import PACE, Deed

OPERATION = UUID("3f6c1c2e-8a0b-5f0e-9a55-0d4a7f3b1c09")
FIRST, LAST = UUID(int=1), UUID(int=9)
REORGANISED = Selection(units=("old-squad",))

start = Deed(
    c.StartBulk,
    OFFICE,
    {
        "operation_id": OPERATION,
        "operation": Transfer(to="city-management"),
        "selection": REORGANISED,
        "reason": "机构改革",
        "total": 3,
    },
)
recompute = Deed(
    c.StartRecomputation,
    SERVICE,
    {"operation_id": OPERATION, "campaign_id": "county-2026", "reason": "冲刺迎检", "total": 500},
)
progress = Deed(
    c.RecordBulkProgress,
    SERVICE,
    {
        "after": None,
        "cursor": FIRST,
        "done": 2,
        "skipped": 1,
        "refusals": {"wrong_step": 1},
        "exhausted": False,
    },
)
last_page = progress.with_(after=FIRST, cursor=LAST, done=1, skipped=1, exhausted=True)
nothing_left = progress.with_(cursor=None, done=0, skipped=0, refusals={}, exhausted=True)
pause = Deed(c.PauseBulk, OFFICE, {"reason": "先核对名单"})
resume = Deed(c.ResumeBulk, OFFICE, {"reason": "名单无误"})
cancel = Deed(c.CancelBulk, OFFICE, {"reason": "改由人工办理"})
DEEDS = (start, recompute, progress, pause, resume, cancel)


@dataclass(frozen=True)
class Operating:
    """An operation with its history and the time; ``outcome`` is what the last deed led to."""

    now: datetime = START
    rules: Rulebook = RULES
    bulk: Bulk | None = None
    history: tuple[BulkEvent, ...] = ()
    outcome: tuple[BulkEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Operating":
        after = self
        for deed in deeds:
            assert not isinstance(after.outcome, Rejection), after.outcome
            after = after._done(deed)
        return after

    def then(self, *types: type[Event]) -> "Operating":
        assert not isinstance(self.outcome, Rejection), self.outcome
        assert [type(event) for event in self.outcome] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> None:
        assert type(self.outcome) is reason, self.outcome

    @property
    def progress(self) -> Any:
        assert self.bulk is not None
        return self.bulk.progress

    def _done(self, deed: Deed) -> "Operating":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.bulk, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        bulk = self.bulk
        for event in events:
            assert BULK_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            bulk = evolve(bulk, event)
        assert bulk is None or BULKS.validate_json(bulk.model_dump_json()) == bulk
        return replace(self, now=now, bulk=bulk, history=self.history + events, outcome=events)


def given(*deeds: Deed) -> Operating:
    return Operating().when(*deeds)
