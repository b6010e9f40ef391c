"""An act of supervision as people need it: its number, whom it went to and why, and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.accountability.values import Cause
from domain.decider import Event
from domain.document.values import DocumentRef
from domain.item.values import Evidence
from domain.ladder import Recipient
from domain.rulebook.rulebook import Rulebook
from domain.supervision.due import next_due
from domain.supervision.state import ACTS, Act, running_clock
from services.gateway.item_views import ClockView, View, area_name, clock_view, unit_name
from services.messages.catalogue import Language, word
from services.store.records import StoredState


class ActSummary(View):
    """One line of a list."""

    id: UUID
    number: str | None = Field(description="文号；制发前为空。 Null until it is issued.", examples=["创督〔2027〕12号"])
    version: int = Field(examples=[2])
    status: str = Field(examples=["issued"])
    status_text: str = Field(examples=["已制发"])
    kind: str = Field(examples=["order"])
    kind_text: str = Field(examples=["督办单"])
    title: str = Field(examples=["限期清运东街积存垃圾"])
    unit: str = Field(examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    campaign_id: str | None = Field(examples=["east-2027"])
    area: str | None = Field(examples=["east"])
    area_name: str | None = Field(examples=["东街"])
    points: int = Field(description="扣分。 Points taken off.", examples=[2])
    rung: str | None = Field(description="由哪一督办级别引起。 The rung that brought it.", examples=["supervise"])
    planned_at: datetime
    issue_at: datetime = Field(description="拟发时间。 When it is to be issued.")
    issued_at: datetime | None
    answer_by: datetime | None = Field(description="回复期限。 To be answered by.")
    acknowledged_at: datetime | None
    answered_at: datetime | None
    answered_late: bool = Field(description="首次回复是否逾期。 Whether the first answer came late.")
    unanswered: bool = Field(description="回复期限已过而未回复。 Not answered, although it should have been.")
    record_due_at: datetime | None = Field(description="约谈记录归档期限。 By when an interview is to be recorded.")
    record_overdue: bool = Field(description="约谈记录是否逾期未归档。 Whether that instant passed without a record.")
    next_due_at: datetime | None
    next_due: str | None = Field(examples=["issue"])
    next_due_text: str | None = Field(examples=["制发"])
    updated_at: datetime


class AnswerView(View):
    """What the unit answered last."""

    at: datetime
    unit: str = Field(examples=["cleaning"])
    account: str = Field(examples=["已全部清运完毕"])
    evidence: tuple[Evidence, ...]
    late: bool


class PublicationView(View):
    """Where a criticism was published."""

    at: datetime
    bulletin_id: UUID
    bulletin: str = Field(examples=["east-2027/weekly/2027-W12"])
    edition: int = Field(examples=[1])


class InterviewView(View):
    """The record of an interview. People are named by opaque ids."""

    at: datetime = Field(description="归档时间。 When it was filed.")
    held_at: datetime = Field(description="约谈时间。 When it was held.")
    interviewer: str
    interviewed: tuple[str, ...]
    account: str = Field(examples=["通报问题清单，约谈单位主要负责人"])
    undertaking: str = Field(examples=["一周内完成整改"])
    evidence: tuple[Evidence, ...]
    documents: tuple[DocumentRef, ...]
    late: bool


class ActView(ActSummary):
    """One act."""

    cause: Cause = Field(description="由何引起。 What gave rise to it.")
    policy_version: str = Field(examples=["city@3"])
    recipients: tuple[Recipient, ...] = Field(description="告知对象。 Who is told.")
    summoned_by: str | None = Field(examples=["city_leader"])
    summoned_by_text: str | None = Field(examples=["市领导"])
    documents: tuple[DocumentRef, ...] = Field(
        description="制发的文书，按哈希从 /v1/documents 取。 Its files, by hash under /v1/documents."
    )
    clock: ClockView | None = Field(description="约谈记录时限。 The clock of the interview's record.")
    answer: AnswerView | None
    publication: PublicationView | None
    interview: InterviewView | None


def act_summary(stored: StoredState, rules: Rulebook, now: datetime, language: Language) -> ActSummary:
    """A line of a list."""
    return ActSummary(**_summary(stored.version, ACTS.validate_json(stored.state), rules, now, language))


def act_view(stored: StoredState, rules: Rulebook, now: datetime, language: Language) -> ActView:
    """The act as it stands."""
    act = ACTS.validate_json(stored.state)
    file, planned = act.file, act.file.planned
    return ActView(
        **_summary(stored.version, act, rules, now, language),
        cause=planned.cause,
        policy_version=planned.policy_version,
        recipients=planned.recipients,
        summoned_by=planned.summoned_by,
        summoned_by_text=word("summoner", planned.summoned_by, language) if planned.summoned_by else None,
        documents=file.issued.documents if file.issued else (),
        clock=clock_view(running_clock(act), rules, now),
        answer=AnswerView(**_said(file.answered)) if file.answered else None,
        publication=PublicationView(**_said(file.published)) if file.published else None,
        interview=InterviewView(**_said(file.recorded)) if file.recorded else None,
    )


def _said(event: Event) -> dict[str, Any]:
    """What an event says, its instant as ``at``."""
    said = {name: value for name, value in event if name not in ("type", "occurred_at")}
    return {"at": event.occurred_at, **said}


def _summary(version: int, act: Act, rules: Rulebook, now: datetime, language: Language) -> dict[str, Any]:
    file, planned, clock, due = act.file, act.file.planned, running_clock(act), next_due(act)
    return {
        "id": planned.act_id,
        "number": file.issued.number.text if file.issued else None,
        "version": version,
        "status": act.status,
        "status_text": word("act_status", act.status, language),
        "kind": planned.kind,
        "kind_text": word("act_kind", planned.kind, language),
        "title": getattr(planned.title, language),
        "unit": planned.unit,
        "unit_name": unit_name(rules, planned.unit, language),
        "campaign_id": planned.campaign_id,
        "area": planned.area,
        "area_name": area_name(rules, planned.area, language),
        "points": planned.points,
        "rung": planned.cause.rung if planned.cause.kind == "rung" else None,
        "planned_at": planned.occurred_at,
        "issue_at": planned.issue_at,
        "issued_at": file.issued.occurred_at if file.issued else None,
        "answer_by": planned.answer_by,
        "acknowledged_at": file.acknowledged_at,
        "answered_at": file.answered.occurred_at if file.answered else None,
        "answered_late": file.answered_late,
        "unanswered": _unanswered(act, now),
        "record_due_at": clock.due_at if clock else None,
        "record_overdue": clock is not None and clock.due_at is not None and clock.due_at < now,
        "next_due_at": due.at if due else None,
        "next_due": due.what if due else None,
        "next_due_text": word("act_due", due.what, language) if due else None,
        "updated_at": file.updated_at,
    }


def _unanswered(act: Act, now: datetime) -> bool:
    planned = act.file.planned
    with_the_unit = act.status in ("issued", "published", "summoned") and act.file.answered is None
    return with_the_unit and planned.answer_by is not None and planned.answer_by < now
