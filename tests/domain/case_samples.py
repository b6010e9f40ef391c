"""Accountability cases for tests: opened by a rung, a ranking or by hand, and what people do about them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from domain.accountability import commands as c
from domain.accountability.decisions import decide
from domain.accountability.due import CaseDue, next_due
from domain.accountability.events import CASE_EVENTS, CaseEvent
from domain.accountability.following import wait_until
from domain.accountability.rules import Measure, Series, number_text
from domain.accountability.state import CASES, Case, evolve, running_clock
from domain.accountability.values import Grounds, HandCause, Number, RankingCause, RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.decider import Event
from domain.document.values import DocumentKind, DocumentRef
from domain.errors import Rejection
from domain.ladder import Rung
from domain.rulebook.rulebook import Rulebook
from tests.domain.clocks import november
from tests.domain.item_samples import AFTER, HANDLER, ITEM, LEADER, OFFICE, OTHER_ITEM, RULES, SERVICE, text
from tests.domain.scenario import PACE, Deed

E = TypeVar("E", bound=Event)
START = november(16, 9)  # a Monday
CASE = UUID("9b1f0c6e-2f64-5d15-b1b8-7f6d0a5a2c01")
BULLETIN = UUID("9b1f0c6e-2f64-5d15-b1b8-7f6d0a5a2c02")

OTHER_LEADER = Actor(principal="user:other-leader", role=Role.LEADER)
OWN_LEADER = Actor(principal="user:own-leader", role=Role.LEADER, unit="city-management")
SQUAD_LEADER = Actor(principal="user:squad-leader", role=Role.LEADER, unit="market-squad", lineage=("city-management",))
OWN_OFFICE = Actor(principal="user:own-office", role=Role.OFFICE, unit="city-management")


@dataclass(frozen=True)
class Accusing:
    """A case with its history, the rules and the time; ``outcome`` is what the last deed led to."""

    now: datetime = START - PACE
    rules: Rulebook = RULES
    case: Case | None = None
    history: tuple[CaseEvent, ...] = ()
    outcome: tuple[CaseEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Accusing":
        after = self
        for deed in deeds:
            after = after.settled()._done(deed)
        return after

    def under(self, rules: Rulebook) -> "Accusing":
        return replace(self, rules=rules)

    def then(self, *types: type[Event]) -> "Accusing":
        self.settled()
        assert [type(event) for event in self.led_to] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> "Accusing":
        assert type(self.outcome) is reason, self.outcome
        return self

    def settled(self) -> "Accusing":
        assert not isinstance(self.outcome, Rejection), self.outcome
        return self

    def stands(self, status: str) -> "Accusing":
        assert self.state.status == status
        return self

    @property
    def state(self) -> Any:
        assert self.case is not None
        return self.case

    @property
    def record(self) -> Any:
        return self.state.record

    @property
    def clock(self) -> Any:
        return running_clock(self.state)

    @property
    def due(self) -> CaseDue | None:
        return next_due(self.state)

    @property
    def waits_until(self) -> CaseDue | None:
        return wait_until(self.state, self.now, self.rules)

    @property
    def led_to(self) -> tuple[CaseEvent, ...]:
        return () if isinstance(self.outcome, Rejection) else self.outcome

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.history if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def until(self, instant: datetime) -> "Accusing":
        """Let the workflow follow up at every instant that falls due, and notify the unit."""
        case = self
        for _ in range(20):
            due = case.waits_until
            if due is None or due.at > instant:
                return case
            case = case.when((notify if due.what == "notify" else follow_up).at(due.at)).settled()
            assert case.led_to
        raise AssertionError("it never ends")

    def _done(self, deed: Deed) -> "Accusing":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.case, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        case = self.case
        for event in events:
            assert CASE_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            case = evolve(case, event)
        assert case is None or CASES.validate_json(case.model_dump_json()) == case
        return replace(self, now=now, case=case, history=self.history + events, outcome=events)


def number(series: Series, sequence: int = 1) -> Number:
    prefix = {Series.CASE: "创问", Series.DECISION: "创问决"}[series]
    return Number(series=series, year=2026, sequence=sequence, text=number_text(prefix, 2026, sequence))


def document(kind: DocumentKind) -> DocumentRef:
    return DocumentRef(kind=kind, format="pdf", sha256="a" * 64, template=f"{kind}@builtin-1")


RUNG = RungCause(
    source="item",
    stream_id=ITEM,
    number="2026-000001",
    title="占道摊点",
    clock_id="rectify-1",
    clock_kind=ClockKind.RECTIFY,
    due_at=november(2, 18),
    rung=Rung.HOLD_TO_ACCOUNT,
    climbed_at=START,
)
RANKING = RankingCause(
    bulletin_id=BULLETIN,
    bulletin="周通报 2026-46",
    edition=1,
    ranking_id="units",
    period="2026-W46",
    rank=9,
    score="61.5",
    times=3,
    earlier=("周通报 2026-44", "周通报 2026-45"),
)
HAND = HandCause(reason="暗访发现弄虚作假")

open_by_rung = Deed(
    c.OpenCase,
    SERVICE,
    {
        "case_id": CASE,
        "unit": "city-management",
        "area": "east",
        "title": text("占道摊点逾期未改"),
        "cause": RUNG,
        "number": number(Series.CASE),
    },
    START,
)
open_by_ranking = open_by_rung.with_(cause=RANKING, title=text("连续三周排名末位"))
open_by_hand = open_by_rung.with_(cause=HAND, grounds=Grounds(items=(OTHER_ITEM,))).by(OFFICE)
notify = Deed(c.NotifyUnit, SERVICE, {"documents": (document(DocumentKind.CASE_NOTICE),)})
state_reasons = Deed(c.SubmitStatement, HANDLER, {"statement": "已增派人手", "evidence": (AFTER,)})
find = Deed(
    c.RecordFinding,
    OFFICE,
    {
        "finding": "逾期属实",
        "grounds": Grounds(acts=("创督〔2026〕12号",)),
        "proposed": Measure.PUBLIC_CRITICISM,
        "evidence": (AFTER,),
    },
)
decision = Deed(
    c.DecideCase,
    LEADER,
    {
        "measure": Measure.ADMONITION,
        "reasons": "情节较重",
        "persons": ("p-head",),
        "grounds": Grounds(bulletins=("周通报 2026-46",)),
        "number": number(Series.DECISION),
        "documents": (document(DocumentKind.DECISION),),
    },
)
no_fault = decision.with_(measure=Measure.NO_FAULT, reasons="责任在建设单位")
appeal = Deed(c.AppealDecision, HANDLER, {"reasons": "处理过重", "evidence": (AFTER,)})
reject = Deed(
    c.ReviewDecision,
    OTHER_LEADER,
    {
        "upheld": False,
        "reasons": "事实清楚",
        "number": number(Series.DECISION, 2),
        "documents": (document(DocumentKind.REVIEW_DECISION),),
    },
)
uphold = reject.with_(
    upheld=True, measure=Measure.EDUCATION, reasons="已主动整改", grounds=Grounds(items=(OTHER_ITEM,))
)
acquit = uphold.with_(measure=Measure.NO_FAULT, reasons="认定有误")
carry_out = Deed(c.CarryOutDecision, OFFICE, {"account": "已约谈主要负责人", "evidence": (AFTER,)})
withdraw = Deed(c.WithdrawCase, OFFICE, {"reason": "立案对象有误"})
excuse = Deed(
    c.NoteExcuse,
    SERVICE,
    {"source": "item", "stream_id": ITEM, "clock_id": "rectify-1", "due_at": november(2, 18)},
)
follow_up = Deed(c.FollowUpCase, SERVICE)
DEEDS = (
    notify,
    state_reasons,
    find,
    decision,
    no_fault,
    appeal,
    reject,
    uphold,
    acquit,
    carry_out,
    withdraw,
    excuse,
    follow_up,
)


def accused(*deeds: Deed) -> Accusing:
    """A case that a rung opened, and about which this was done."""
    return Accusing().when(open_by_rung, *deeds).settled()


HEARD = (notify, state_reasons)
FOUND = (*HEARD, find)
DECIDED = (*FOUND, decision)
APPEALED = (*DECIDED, appeal)
