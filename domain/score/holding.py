"""Folds acts and cases into score lines: points of rankings and by hand, decisions, what a review leaves of them."""

from collections.abc import Iterable
from uuid import UUID

from domain.accountability import events as c
from domain.accountability.values import RungCause
from domain.score.ledger import Ledger
from domain.score.lines import LineKind, ScoreLine
from domain.supervision import events as a


def act_lines(stream_id: UUID, events: Iterable[a.ActEvent]) -> list[ScoreLine]:
    """The lines of an act. One that a rung brought takes nothing itself: the rung's own line has taken it."""
    ledger = Ledger(stream_id, "act")
    planned: a.ActPlanned | None = None
    own = 0
    for event in events:
        ledger.turn(event)
        match event:
            case a.ActPlanned():
                planned, ledger.campaign_id = event, event.campaign_id
                own = 0 if isinstance(event.cause, RungCause) else event.points
                ledger.enter(LineKind.ACT, event.unit, act=event.kind, points=-own, policy_version=event.policy_version)
            case a.ActIssued() if planned is not None:
                ledger.number = event.number.text
                ledger.enter(LineKind.ACT_ISSUED, planned.unit, act=planned.kind)
            case a.ActWithdrawn() if planned is not None:
                corrects = (1,) if own else ()
                ledger.enter(LineKind.ACT_WITHDRAWN, planned.unit, act=planned.kind, points=own, corrects=corrects)
            case _:
                pass
    return ledger.lines


def case_lines(stream_id: UUID, events: Iterable[c.CaseEvent]) -> list[ScoreLine]:
    """The lines of a case. Its decision takes points; a review takes or gives back what its own differ by."""
    ledger = Ledger(stream_id, "case")
    unit, decision = "", None
    for event in events:
        ledger.turn(event)
        match event:
            case c.CaseOpened():
                unit, ledger.campaign_id, ledger.number = event.unit, event.campaign_id, event.number.text
                ledger.enter(LineKind.CASE_OPENED, unit, policy_version=event.policy_version)
            case c.CaseDecided():
                decision = ledger.enter(
                    LineKind.CASE_DECISION,
                    unit,
                    measure=event.measure,
                    points=-event.points,
                    policy_version=event.policy_version,
                )
            case c.DecisionReviewed() if decision is not None:
                change = -event.points - decision.points
                ledger.enter(
                    LineKind.CASE_REVIEW,
                    unit,
                    measure=event.measure,
                    points=change,
                    policy_version=event.policy_version,
                    corrects=(decision.version,) if change else (),
                )
            case c.CaseWithdrawn():
                ledger.enter(LineKind.CASE_WITHDRAWN, unit)
            case c.CaseClosed():
                ledger.enter(LineKind.CASE_CLOSED, unit)
            case _:
                pass
    return ledger.lines
