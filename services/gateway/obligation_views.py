"""An obligation as people need it: what is owed by whom until when, how far it is, and what was reported."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from domain.item.values import Climb, Evidence, OverdueMark
from domain.obligation.due import next_due
from domain.obligation.events import OBLIGATION_EVENTS, CompletionSubmitted, ObligationFulfilled
from domain.obligation.state import OBLIGATIONS, Obligation, running_clock
from domain.obligation.values import Owed, Quantity
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import ClockView, View, clock_view, unit_name
from services.messages.catalogue import Language, word
from services.store.records import StoredEvent, StoredState


class ObligationSummary(View):
    """One line of a list."""

    id: UUID
    number: str = Field(examples=["east-2027/stairwells"])
    version: int = Field(examples=[2])
    status: str = Field(examples=["open"])
    status_text: str = Field(examples=["待完成"])
    open: bool
    kind: str = Field(examples=["task"])
    kind_text: str = Field(examples=["任务"])
    title: str = Field(examples=["楼道整治"])
    campaign_id: str = Field(examples=["east-2027"])
    unit: str = Field(examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    percent: int = Field(description="任务进度。 How far a task is.", examples=[60])
    due_at: datetime | None = Field(description="当前时限到期时间。 When the running clock runs out.")
    overdue: bool
    late: bool = Field(description="是否逾期完成。 Whether what was owed came late.")
    next_due_at: datetime | None
    next_due: str | None = Field(examples=["milestone"])
    next_due_text: str | None = Field(examples=["节点到期"])
    highest_rung: str | None = Field(examples=["warn"])
    updated_at: datetime


class Report(View):
    """What the unit last handed in."""

    at: datetime
    actor: str = Field(description="上报主体的标识。 Id of the principal.")
    account: str | None
    quantities: tuple[Quantity, ...]
    evidence: tuple[Evidence, ...]
    late: bool


class ObligationView(ObligationSummary):
    """One obligation."""

    owed: Owed
    clock: ClockView | None
    reached: tuple[str, ...] = Field(description="已完成的节点。 Milestones reached.")
    missed: tuple[str, ...] = Field(description="逾期的节点。 Milestones missed.")
    returns: int = Field(description="退回次数。 Times returned.")
    report: Report | None
    marks: tuple[OverdueMark, ...] = Field(description="超期记录。 Deadlines that passed.")
    climbs: tuple[Climb, ...] = Field(description="督办记录。 Rungs climbed.")


class KindCounts(View):
    """Obligations of one kind, withdrawn ones left out."""

    total: int = Field(description="下达、下发的总数。 Assigned or issued.", examples=[50])
    done: int = Field(description="已签订、已上报或已验收。 Signed, reported or accepted.", examples=[48])
    waiting: int = Field(description="待验收。 Waiting to be accepted.", examples=[0])
    open: int = Field(description="未完成。 Still owed.", examples=[2])
    late: int = Field(description="逾期完成或已超期。 Done late, or overdue now.", examples=[1])


class CampaignCounts(View):
    """How far a campaign's letters, tasks and duties are, within the caller's scope."""

    campaign_id: str = Field(examples=["east-2027"])
    as_of: datetime
    letters: KindCounts
    tasks: KindCounts
    duties: KindCounts


class QuantityView(View):
    """Work reported under duties, of one kind."""

    kind: str = Field(examples=["清理小广告（张）"])
    by: str | None = Field(description="单位、任务或日期。 Unit, duty or day.", examples=["cleaning"])
    amount: Decimal = Field(examples=["50000"])
    reports: int = Field(description="上报次数。 How many reports.", examples=[42])


def obligation_summary(stored: StoredState, rules: Rulebook, now: datetime, language: Language) -> ObligationSummary:
    """A line of a list."""
    state = OBLIGATIONS.validate_json(stored.state)
    return ObligationSummary(**_summary(stored.version, state, rules, now, language))


def obligation_view(
    stored: StoredState, events: Sequence[StoredEvent], rules: Rulebook, now: datetime, language: Language
) -> ObligationView:
    """The obligation as it stands; ``events`` are those of its stream."""
    state = OBLIGATIONS.validate_json(stored.state)
    record = state.record
    return ObligationView(
        **_summary(stored.version, state, rules, now, language),
        **{name: getattr(record, name) for name in ("owed", "reached", "missed", "returns", "marks", "climbs")},
        clock=clock_view(running_clock(state), rules, now),
        report=_report(events),
    )


def campaign_counts(campaign_id: str, counts: Sequence[tuple[tuple[Any, ...], int]], now: datetime) -> CampaignCounts:
    """Put counts by kind, status and lateness together."""
    found: dict[tuple[Any, ...], int] = dict(counts)
    return CampaignCounts(
        campaign_id=campaign_id,
        as_of=now,
        letters=_kind_counts("letter", found),
        tasks=_kind_counts("task", found),
        duties=_kind_counts("duty", found),
    )


def _kind_counts(kind: str, found: Mapping[tuple[Any, ...], int]) -> KindCounts:
    def sum_of(*statuses: str, late: bool | None = None) -> int:
        return sum(
            number
            for (of_kind, status, was_late), number in found.items()
            if of_kind == kind and status in statuses and (late is None or bool(was_late) is late)
        )

    everything = ("open", "submitted", "fulfilled")
    return KindCounts(
        total=sum_of(*everything),
        done=sum_of("fulfilled"),
        waiting=sum_of("submitted"),
        open=sum_of("open"),
        late=sum_of(*everything, late=True),
    )


def _summary(version: int, state: Obligation, rules: Rulebook, now: datetime, language: Language) -> dict[str, Any]:
    record, clock, due = state.record, running_clock(state), next_due(state)
    return {
        "id": record.obligation_id,
        "number": record.number,
        "version": version,
        "status": state.status,
        "status_text": word("obligation_status", state.status, language),
        "open": clock is not None,
        "kind": record.owed.kind,
        "kind_text": word("obligation_kind", record.owed.kind, language),
        "title": getattr(record.title, language),
        "campaign_id": record.campaign_id,
        "unit": record.unit,
        "unit_name": unit_name(rules, record.unit, language),
        "percent": record.percent,
        "due_at": clock.due_at if clock else None,
        "overdue": clock is not None and clock.due_at is not None and clock.due_at < now,
        "late": record.late,
        "next_due_at": due.at if due else None,
        "next_due": (due.rung or due.what) if due else None,
        "next_due_text": _next_due_text(due.rung, due.what, language) if due else None,
        "highest_rung": record.climbs[-1].rung if record.climbs else None,
        "updated_at": record.updated_at,
    }


def _next_due_text(rung: str | None, what: str, language: Language) -> str:
    return word("rung", rung, language) if rung else word("obligation_due", what, language)


def _report(events: Sequence[StoredEvent]) -> Report | None:
    for stored in reversed(events):
        event = OBLIGATION_EVENTS.validate_json(stored.data)
        if isinstance(event, CompletionSubmitted | ObligationFulfilled):
            return Report(
                at=event.occurred_at,
                actor=stored.actor,
                account=event.account,
                quantities=event.quantities,
                evidence=event.evidence,
                late=event.late,
            )
    return None
