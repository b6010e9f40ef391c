"""Who is told of what: the one place that says which events people hear of, and in which role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from domain.accountability import events as case
from domain.accountability.rules import Series
from domain.bulletin.events import BulletinCorrected, BulletinPublished
from domain.campaign.events import GateReferred
from domain.channel.events import ChannelTestAsked
from domain.clock import Clock, ClockKind
from domain.decider import Event
from domain.item import events as item
from domain.ladder import USUAL_RECIPIENTS, Recipient, Rung, height
from domain.obligation import events as obligation
from domain.supervision import events as act

Audience = Recipient | Literal["city", "channel"]
Facts = Mapping[str, str | int]

_OfCase = (
    case.UnitNotified
    | case.StatementSubmitted
    | case.StatementAbsent
    | case.FindingRecorded
    | case.CaseDecided
    | case.DecisionAppealed
    | case.AppealPeriodLapsed
    | case.DecisionReviewed
    | case.CaseClosed
    | case.CaseWithdrawn
    | case.GroundExcused
)

_Request = item.ExtensionRequested | item.OverdueAppealed | obligation.ObligationOverdueAppealed
_Ruling = (
    item.ExtensionGranted
    | item.ExtensionRefused
    | item.OverdueAppealGranted
    | item.OverdueAppealRefused
    | obligation.ObligationAppealGranted
    | obligation.ObligationAppealRefused
)
_UNIT = (Recipient.HANDLER, Recipient.UNIT_HEAD)
_OFFICE = (Recipient.OFFICE,)
_LEADERS = (Recipient.LEADING_GROUP,)
_OF_A_UNIT = frozenset({Recipient.HANDLER, Recipient.UNIT_HEAD, Recipient.SPONSOR})
_DECIDED_BY_LEADERS = frozenset({ClockKind.DECISION, ClockKind.REVIEW})
# A summons and a case concern persons and begin periods: they wait for no digest and for no morning.
_ORDINARY, _REQUESTED, _WEIGHTY = 0, 1, 10


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told to whom. ``weight``: what stands first where there is room for few lines.

    ``unit``: whose handlers and head are meant; None: that of the aggregate the event is about. ``urgent``: waits for
    no digest and no quiet hours.
    """

    topic: str
    to: tuple[Audience, ...]
    facts: Facts = field(default_factory=dict[str, str | int])
    unit: str | None = None
    nobody_in_charge: bool = False
    urgent: bool = False
    weight: int = _ORDINARY


def telling(event: Event) -> Telling | None:
    """What is told of an event; None where nobody is told."""
    teller = _TELLERS.get(type(event))
    found = teller(event) if teller else None
    if found is None or not found.nobody_in_charge:
        return found
    # The office waits, not a unit: the office is told what handlers and heads would be.
    to = dict.fromkeys(Recipient.OFFICE if who in _OF_A_UNIT else who for who in found.to)
    return replace(found, to=tuple(to))


def _new_work(event: Any) -> Telling:
    return Telling("new_work", (Recipient.HANDLER,), _due(event.clock), unit=event.assignment.unit)


def _sent_back(event: item.ItemSentBack) -> Telling:
    return Telling("sent_back", (Recipient.HANDLER,), {**_due(event.clock), "reason": event.reason})


def _rung(event: item.RungClimbed | obligation.ObligationRungClimbed) -> Telling:
    if event.excused:
        return Telling("rung_excused", _UNIT, unit=event.unit, weight=1)  # nothing follows: only the work is left
    due = event.answer_by or event.due_at
    return Telling(
        "rung_answer" if event.answer_by else "rung",
        event.recipients or USUAL_RECIPIENTS[event.rung],
        {"rung": event.rung.value, **({"due": _text(due)} if due else {})},
        unit=event.unit,
        nobody_in_charge=event.unit is None,
        urgent=event.rung is Rung.SUMMON,
        weight=1 + height(event.rung),
    )


def _assigned(event: obligation.ObligationAssigned) -> Telling | None:
    if event.owed.kind == "duty":
        return None  # it recurs by itself, and stands in the unit's list
    return Telling("assigned", (Recipient.HANDLER,), _due(event.clock), unit=event.unit)


def _act_issued(event: act.ActIssued) -> Telling:
    facts = {"act_number": event.number.text, "series": event.number.series.value, **_due(event.clock)}
    urgent = event.number.series is Series.SUMMONS
    return Telling("act_issued", _UNIT, facts, urgent=urgent, weight=_WEIGHTY - 2)


def _opened(event: case.CaseOpened) -> Telling:
    facts = {"case_number": event.number.text, **_due(event.clock)}
    return Telling("case_opened", (*_OFFICE, *_LEADERS), facts, unit=event.unit, weight=_WEIGHTY)


def _of_case(topic: str, to: tuple[Recipient, ...], *, urgent: bool = False) -> Callable[[_OfCase], Telling]:
    """What is told of a step of a case: its measure and its next deadline, where it has them."""

    def tell(event: _OfCase) -> Telling:
        facts: Facts
        match event:
            case case.CaseClosed() | case.CaseWithdrawn() | case.GroundExcused():
                facts = {}
            case case.CaseDecided() | case.DecisionReviewed():
                facts = {**_due(event.clock), "measure": event.measure.value}
            case case.FindingRecorded():
                facts = {**_due(event.clock), "measure": event.proposed.value}
            case _:
                facts = _due(event.clock)
        return Telling(topic, to, facts, urgent=urgent, weight=_WEIGHTY)

    return tell


def _decided(event: case.CaseDecided | case.DecisionReviewed) -> Telling:
    """What was decided; where the case ends with it, there is nothing to do by any day."""
    topic = "case_decided" if isinstance(event, case.CaseDecided) else "case_reviewed"
    return _of_case(topic if event.clock else f"{topic}_over", (*_UNIT, *_OFFICE), urgent=True)(event)


def _act_withdrawn(event: act.ActWithdrawn) -> Telling | None:
    if event.issued is False:
        return None  # nobody has heard of it
    return Telling("act_withdrawn", _UNIT, {"reason": event.reason})


def _case_withdrawn(event: case.CaseWithdrawn) -> Telling:
    # Whoever heard of the case: a unit that was not notified hears nothing now.
    to = (*_OFFICE, *_LEADERS) if event.notified is False else _UNIT
    return Telling("case_withdrawn", to, weight=_WEIGHTY)


def _asked(topic: str) -> Callable[[_Request], Telling]:
    """A request of a unit that waits for the office."""

    def tell(event: _Request) -> Telling:
        unit = None if isinstance(event, item.ExtensionRequested) else event.unit
        return Telling(topic, _OFFICE, {"reason": event.reason}, unit=unit, weight=_REQUESTED)

    return tell


def _ruled(topic: str) -> Callable[[_Ruling], Telling]:
    """How the office ruled on a request of the unit: the one that was late, also where the item lies elsewhere now."""

    def tell(event: _Ruling) -> Telling:
        unit = event.unit if isinstance(event, item.OverdueAppealGranted | item.OverdueAppealRefused) else None
        facts = _due(event.clock) if isinstance(event, item.ExtensionGranted) else {"reason": event.reason}
        return Telling(topic, (Recipient.HANDLER,), facts, unit=unit, weight=_REQUESTED)

    return tell


def _case_overdue(event: case.CaseFellOverdue) -> Telling:
    to = (*_OFFICE, *_LEADERS) if event.kind in _DECIDED_BY_LEADERS else _OFFICE
    return Telling("case_overdue", to, {"clock": event.kind.value, "due": _text(event.due_at)}, weight=_WEIGHTY - 1)


def _bulletin(event: BulletinPublished | BulletinCorrected) -> Telling:
    return Telling("bulletin", ("city",), {"period": event.content.period.label})


_TELLERS: Mapping[type[Event], Callable[[Any], Telling | None]] = {
    item.ItemDispatched: _new_work,
    item.ItemTransferred: _new_work,
    item.ItemSentBack: _sent_back,
    item.RungClimbed: _rung,
    item.ExtensionRequested: _asked("extension_asked"),
    item.ExtensionGranted: _ruled("extension_granted"),
    item.ExtensionRefused: _ruled("extension_refused"),
    item.OverdueAppealed: _asked("appealed"),
    item.OverdueAppealGranted: _ruled("appeal_granted"),
    item.OverdueAppealRefused: _ruled("appeal_refused"),
    obligation.ObligationAssigned: _assigned,
    obligation.ObligationRungClimbed: _rung,
    obligation.ObligationOverdueAppealed: _asked("appealed"),
    obligation.ObligationAppealGranted: _ruled("appeal_granted"),
    obligation.ObligationAppealRefused: _ruled("appeal_refused"),
    act.ActIssued: _act_issued,
    act.RecordFellOverdue: lambda event: Telling("record_overdue", _OFFICE, {"due": _text(event.due_at)}),
    act.ActWithdrawn: _act_withdrawn,
    case.CaseOpened: _opened,
    case.UnitNotified: _of_case("case_notified", _UNIT, urgent=True),
    case.StatementSubmitted: _of_case("case_statement", _OFFICE),
    case.StatementAbsent: _of_case("case_no_statement", _OFFICE),
    case.FindingRecorded: _of_case("case_to_decide", _LEADERS),
    case.CaseDecided: _decided,
    case.DecisionAppealed: _of_case("case_to_review", (*_LEADERS, *_OFFICE)),
    case.AppealPeriodLapsed: _of_case("case_to_carry_out", _OFFICE),
    case.DecisionReviewed: _decided,
    case.CaseClosed: _of_case("case_closed", _UNIT),
    case.CaseWithdrawn: _case_withdrawn,
    case.GroundExcused: _of_case("case_ground_excused", (*_OFFICE, *_LEADERS)),
    case.CaseFellOverdue: _case_overdue,
    GateReferred: lambda event: Telling("gate_referred", _LEADERS, {"phase": event.phase_id}, weight=_WEIGHTY),
    BulletinPublished: _bulletin,
    BulletinCorrected: _bulletin,
    ChannelTestAsked: lambda _event: Telling("test", ("channel",), urgent=True),
}
# The same, by name: what has to be read of the log at all.
TOLD = tuple(sorted(str(kind.model_fields["type"].default) for kind in _TELLERS))


def _due(clock: Clock | None) -> dict[str, str | int]:
    return {"due": _text(clock.due_at)} if clock is not None and clock.due_at is not None else {}


def _text(instant: datetime) -> str:
    return instant.isoformat()
