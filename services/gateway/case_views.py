"""An accountability case as people need it: against whom and why, where it stands, what was said and decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field

from domain.accountability import events as e
from domain.accountability.due import next_due
from domain.accountability.events import CASE_EVENTS, ClosingBasis
from domain.accountability.rules import Measure
from domain.accountability.state import CASES, Case, Closed, running_clock
from domain.accountability.values import Cause, Grounds, Number
from domain.document.values import DocumentRef
from domain.item.values import Evidence, OverdueMark
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import ClockView, View, area_name, clock_view, unit_name
from services.messages.catalogue import Language, word
from services.store.records import StoredEvent, StoredState

E = TypeVar("E", bound=e.CaseEvent)


class CaseSummary(View):
    """One line of a list."""

    id: UUID
    number: str = Field(examples=["创问〔2026〕3号"])
    version: int = Field(examples=[4])
    status: str = Field(examples=["awaiting_decision"])
    status_text: str = Field(examples=["待决定"])
    open: bool
    title: str = Field(examples=["占道经营逾期未改"])
    unit: str = Field(examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    campaign_id: str | None = Field(examples=["east-2027"])
    area: str | None = Field(examples=["east"])
    area_name: str | None = Field(examples=["东街"])
    cause: str = Field(description="立案来源。 What it was opened for.", examples=["rung"])
    cause_text: str = Field(examples=["督办升级"])
    measure: Measure | None = Field(
        description="决定或复核的处理。 As decided, or as reviewed.", examples=["admonition"]
    )
    measure_text: str | None = Field(examples=["诫勉约谈"])
    points: int | None = Field(description="扣分。 Points taken off.", examples=[8])
    opened_at: datetime
    ground_excused_at: datetime | None = Field(
        description="立案所依据的超期何时申诉成立。 When the missed deadline behind it was excused by an appeal."
    )
    due_at: datetime | None = Field(description="当前时限到期时间。 When the running clock runs out.")
    overdue: bool
    next_due_at: datetime | None = Field(description="下一步自动发生的时间。 When something follows by itself.")
    next_due: str | None = Field(examples=["statement_over"])
    next_due_text: str | None = Field(examples=["申辩期满"])
    updated_at: datetime


class StatementView(View):
    """申辩, or that there was none in time."""

    at: datetime
    unit: str | None
    text: str | None = Field(description="空表示期满未申辩。 Null: the period ended without one.")
    evidence: tuple[Evidence, ...]


class FindingView(View):
    """调查认定."""

    at: datetime
    actor: str
    text: str
    proposed: Measure
    proposed_text: str
    grounds: Grounds
    evidence: tuple[Evidence, ...]


class DecisionView(View):
    """问责决定."""

    at: datetime
    number: Number
    decided_by: str = Field(description="决定人的主体标识。 Id of the principal who decided.")
    measure: Measure
    measure_text: str
    points: int
    reasons: str
    persons: tuple[str, ...]
    grounds: Grounds
    policy_version: str = Field(
        description="依据的规则版本。 The policy version it was made under.", examples=["city@3"]
    )
    documents: tuple[DocumentRef, ...]


class AppealView(View):
    """申诉."""

    at: datetime
    unit: str
    reasons: str
    evidence: tuple[Evidence, ...]


class ReviewView(View):
    """复核."""

    at: datetime
    number: Number
    reviewed_by: str = Field(description="复核人的主体标识。 Id of the principal who reviewed.")
    upheld: bool = Field(description="是否支持申诉。 Whether the appeal was upheld.")
    measure: Measure
    measure_text: str
    points: int
    reasons: str
    grounds: Grounds
    policy_version: str
    documents: tuple[DocumentRef, ...]


class CarryingOutView(View):
    """执行."""

    at: datetime
    account: str
    evidence: tuple[Evidence, ...]


class CaseView(CaseSummary):
    """One case."""

    origin: Cause = Field(description="立案来源的详情。 What it was opened for, in full.")
    grounds: Grounds
    policy_version: str = Field(description="立案时的规则版本。 The policy version it was opened under.")
    clock: ClockView | None
    notified_at: datetime | None
    statement: StatementView | None
    finding: FindingView | None
    decision: DecisionView | None
    appeal: AppealView | None
    appeal_lapsed_at: datetime | None = Field(description="申诉期满未申诉的时间。 When the period ended without one.")
    review: ReviewView | None
    carrying_out: CarryingOutView | None
    basis: ClosingBasis | None = Field(description="结案方式。 How it was closed.")
    marks: tuple[OverdueMark, ...] = Field(description="超期记录。 Steps that were late.")
    documents: tuple[DocumentRef, ...] = Field(
        description="全部文书，见 /v1/documents/{sha256}。 All documents; get them there."
    )


def case_summary(stored: StoredState, rules: Rulebook, now: datetime, language: Language) -> CaseSummary:
    """A line of a list."""
    state = CASES.validate_json(stored.state)
    return CaseSummary(**_summary(stored.version, state, rules, now, language))


def case_view(
    stored: StoredState, events: Sequence[StoredEvent], rules: Rulebook, now: datetime, language: Language
) -> CaseView:
    """The case as it stands; ``events`` are those of its stream."""
    state = CASES.validate_json(stored.state)
    record, history = state.record, _History(events)
    notified, carried_out = history.last(e.UnitNotified), history.last(e.DecisionCarriedOut)
    return CaseView(
        **_summary(stored.version, state, rules, now, language),
        origin=record.opened.cause,
        grounds=record.opened.grounds,
        policy_version=record.opened.policy_version,
        clock=clock_view(running_clock(state), rules, now),
        notified_at=notified.occurred_at if notified else None,
        statement=_statement(history),
        finding=_finding(history, language),
        decision=_decision(record.decided, language),
        appeal=_view(AppealView, history.last(e.DecisionAppealed)),
        appeal_lapsed_at=record.unappealed_since,
        review=_review(record.reviewed, language),
        carrying_out=_view(CarryingOutView, carried_out),
        basis=state.basis if isinstance(state, Closed) else None,
        marks=record.marks,
        documents=tuple(ref for event in history.events for ref in getattr(event, "documents", ())),
    )


class _History:
    """The events of a case, with who caused them."""

    def __init__(self, stored: Sequence[StoredEvent]) -> None:
        self.events: list[e.CaseEvent] = [CASE_EVENTS.validate_json(event.data) for event in stored]
        self._actors = [event.actor for event in stored]

    def last(self, kind: type[E]) -> E | None:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)

    def actor_of(self, event: e.CaseEvent) -> str:
        return self._actors[self.events.index(event)]


V = TypeVar("V", bound=View)


def _view(kind: type[V], event: e.CaseEvent | None, **more: Any) -> V | None:
    """A view of an event's own fields."""
    if event is None:
        return None
    own: dict[str, Any] = {name: getattr(event, name) for name in kind.model_fields if hasattr(event, name)}
    return kind(**{"at": event.occurred_at, **own, **more})


def _statement(history: _History) -> StatementView | None:
    stated, absent = history.last(e.StatementSubmitted), history.last(e.StatementAbsent)
    if stated is not None:
        return _view(StatementView, stated, text=stated.statement)
    return StatementView(at=absent.due_at, unit=None, text=None, evidence=()) if absent else None


def _finding(history: _History, language: Language) -> FindingView | None:
    found = history.last(e.FindingRecorded)
    if found is None:
        return None
    proposed = word("measure", found.proposed, language)
    return _view(FindingView, found, actor=history.actor_of(found), text=found.finding, proposed_text=proposed)


def _decision(decided: e.CaseDecided | None, language: Language) -> DecisionView | None:
    measure = word("measure", decided.measure, language) if decided else None
    return _view(DecisionView, decided, measure_text=measure)


def _review(reviewed: e.DecisionReviewed | None, language: Language) -> ReviewView | None:
    measure = word("measure", reviewed.measure, language) if reviewed else None
    return _view(ReviewView, reviewed, measure_text=measure)


def _summary(version: int, state: Case, rules: Rulebook, now: datetime, language: Language) -> dict[str, Any]:
    record, clock, due = state.record, running_clock(state), next_due(state)
    opened, ruling = record.opened, record.reviewed or record.decided
    return {
        "id": opened.case_id,
        "number": opened.number.text,
        "version": version,
        "status": state.status,
        "status_text": word("case_status", state.status, language),
        "open": clock is not None,
        "title": getattr(opened.title, language),
        "unit": opened.unit,
        "unit_name": unit_name(rules, opened.unit, language),
        "campaign_id": opened.campaign_id,
        "area": opened.area,
        "area_name": area_name(rules, opened.area, language) if opened.area else None,
        "cause": opened.cause.kind,
        "cause_text": word("case_cause", opened.cause.kind, language),
        "measure": ruling.measure if ruling else None,
        "measure_text": word("measure", ruling.measure, language) if ruling else None,
        "points": ruling.points if ruling else None,
        "opened_at": opened.occurred_at,
        "ground_excused_at": record.excused.occurred_at if record.excused else None,
        "due_at": clock.due_at if clock else None,
        "overdue": clock is not None and clock.due_at is not None and clock.due_at < now,
        "next_due_at": due.at if due else None,
        "next_due": due.what if due else None,
        "next_due_text": word("case_due", due.what, language) if due else None,
        "updated_at": record.updated_at,
    }
