"""Acts of supervision for tests: what rungs, rankings and the office ask for, and what is done about them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from domain.accountability.rules import USUAL_PREFIXES, Series, number_text
from domain.accountability.values import HandCause, Number, RankingCause, RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.decider import Event
from domain.document.values import DocumentKind, DocumentRef
from domain.errors import Rejection
from domain.ladder import Rung
from domain.rulebook.rulebook import CampaignInForce, Rulebook
from domain.supervision import commands as c
from domain.supervision.decisions import decide
from domain.supervision.due import ActDue, next_due
from domain.supervision.events import ACT_EVENTS, ActEvent
from domain.supervision.following import wait_until
from domain.supervision.state import ACTS, Act, evolve, running_clock
from domain.supervision.values import DOCUMENT_OF_ACT, SERIES_OF_ACT, ActKind
from tests.domain.clocks import november
from tests.domain.item_samples import AFTER, HANDLER, ITEM, LEADER, OFFICE, RULES, SERVICE, text
from tests.domain.scenario import PACE, Deed

E = TypeVar("E", bound=Event)
START = november(16, 10)  # a Monday
ACT = UUID("a7d2f0c4-1b1e-5a6d-9c3f-2e8b7d904a01")
BULLETIN = UUID("b0e4a9d2-77c1-5f0e-8a21-6a2f0c9b4e07")
CAMPAIGN_RULES = replace(
    RULES,
    campaigns={
        "county-2026": CampaignInForce(
            campaign_id="county-2026", policy_id="city", calendar_id="cn", catalogue_id="city"
        )
    },
)
OWN_OFFICE = Actor(principal="user:own-office", role=Role.OFFICE, unit="city-management")
OWN_LEADER = Actor(principal="user:own-leader", role=Role.LEADER, unit="market-squad", lineage=("city-management",))
CONSEQUENCES = Actor(principal="service:consequences", role=Role.SYSTEM)


@dataclass(frozen=True)
class Acting:
    """An act with its history, the rules and the time; ``outcome`` is what the last deed led to."""

    now: datetime = START - PACE
    rules: Rulebook = CAMPAIGN_RULES
    act: Act | None = None
    history: tuple[ActEvent, ...] = ()
    outcome: tuple[ActEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Acting":
        after = self
        for deed in deeds:
            after = after.settled()._done(deed)
        return after

    def then(self, *types: type[Event]) -> "Acting":
        self.settled()
        assert [type(event) for event in self.led_to] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> "Acting":
        assert type(self.outcome) is reason, self.outcome
        return self

    def settled(self) -> "Acting":
        assert not isinstance(self.outcome, Rejection), self.outcome
        return self

    def stands(self, status: str) -> "Acting":
        assert self.state.status == status
        return self

    @property
    def state(self) -> Any:
        assert self.act is not None
        return self.act

    @property
    def file(self) -> Any:
        return self.state.file

    @property
    def clock(self) -> Any:
        return running_clock(self.state)

    @property
    def due(self) -> ActDue | None:
        return next_due(self.state)

    @property
    def waits_until(self) -> ActDue | None:
        return wait_until(self.state, self.now, self.rules)

    @property
    def led_to(self) -> tuple[ActEvent, ...]:
        return () if isinstance(self.outcome, Rejection) else self.outcome

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.history if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def _done(self, deed: Deed) -> "Acting":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.act, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        act = self.act
        for event in events:
            assert ACT_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            act = evolve(act, event)
        assert act is None or ACTS.validate_json(act.model_dump_json()) == act
        return replace(self, now=now, act=act, history=self.history + events, outcome=events)


def number(series: Series, sequence: int = 12) -> Number:
    return Number(series=series, year=2026, sequence=sequence, text=number_text(USUAL_PREFIXES[series], 2026, sequence))


def rung_cause(rung: Rung, **changes: Any) -> RungCause:
    cause = RungCause(
        source="item",
        stream_id=ITEM,
        number="2026-000001",
        title="校门口流动摊点占道",
        clock_id="rectify-1",
        clock_kind=ClockKind.RECTIFY,
        due_at=november(13, 18),
        rung=rung,
        climbed_at=START,
    )
    return cause.model_copy(update=changes)


RANKED_LAST = RankingCause(
    bulletin_id=BULLETIN,
    bulletin="第 12 期",
    edition=1,
    ranking_id="units",
    period="2026-W46",
    rank=9,
    score="61.5",
    times=1,
)


def documents(kind: DocumentKind) -> tuple[DocumentRef, ...]:
    return tuple(
        DocumentRef(kind=kind, format=each, sha256=digit * 64, template=f"{kind}@builtin-1")
        for each, digit in (("docx", "a"), ("pdf", "b"))
    )


_PLANNED = {"act_id": ACT, "unit": "city-management", "campaign_id": "county-2026", "title": text("督办流动摊点整治")}


def _of_rung(kind: ActKind, rung: Rung, **content: Any) -> Deed:
    return Deed(c.PlanAct, CONSEQUENCES, {**_PLANNED, "kind": kind, "cause": rung_cause(rung), **content}, START)


plan_reminder = _of_rung(ActKind.REMINDER, Rung.REMIND)
plan_order = _of_rung(ActKind.ORDER, Rung.SUPERVISE, points=2, answer_by=november(18, 10), area="east-1")
plan_criticism = _of_rung(ActKind.CRITICISM, Rung.CRITICISE, points=5)
plan_summons = _of_rung(ActKind.SUMMONS, Rung.SUMMON)
plan_card = Deed(
    c.PlanAct, CONSEQUENCES, {**_PLANNED, "kind": ActKind.YELLOW_CARD, "cause": RANKED_LAST, "points": 3}, START
)
plan_by_hand = Deed(
    c.PlanAct, OFFICE, {**_PLANNED, "kind": ActKind.ORDER, "cause": HandCause(reason="领导批示")}, START
)
PLANS = {
    Series.REMINDER: plan_reminder,
    Series.ORDER: plan_order,
    Series.CRITICISM: plan_criticism,
    Series.SUMMONS: plan_summons,
    Series.CARD: plan_card,
}


_LETTERS = {SERIES_OF_ACT[kind]: letter for kind, letter in DOCUMENT_OF_ACT.items()}


def issue(series: Series) -> Deed:
    return Deed(c.IssueAct, SERVICE, {"number": number(series), "documents": documents(_LETTERS[series])})


acknowledge = Deed(c.AcknowledgeAct, HANDLER)
answer = Deed(c.AnswerAct, HANDLER, {"account": "摊点已全部清退", "evidence": (AFTER,)})
publish = Deed(c.RecordPublication, CONSEQUENCES, {"bulletin_id": BULLETIN, "bulletin": "第 12 期", "edition": 1})
record = Deed(
    c.RecordInterview,
    LEADER,
    {
        "held_at": START + timedelta(days=1),
        "interviewer": "p-leader",
        "interviewed": ("p-head",),
        "account": "约谈单位主要负责人",
        "undertaking": "一周内整改到位",
        "evidence": (AFTER,),
    },
    START + timedelta(days=1, hours=1),
)
withdraw = Deed(c.WithdrawAct, OFFICE, {"reason": "重复制发"})
withdraw_by_service = withdraw.by(SERVICE).with_(reason="事项已办结")
follow_up = Deed(c.FollowUpAct, SERVICE)


def issued(series: Series) -> Acting:
    """An act of a kind, issued at its instant."""
    planned = Acting().when(PLANS[series])
    return planned.when(issue(series).at(planned.file.planned.issue_at)).settled()
