"""What lies ahead of a campaign, day by day: its own rules played on as if every gate passed and nobody interfered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.actor import Actor, Role
from domain.campaign import commands as c
from domain.campaign import events as e
from domain.campaign.due import CampaignDue, next_due
from domain.campaign.following import follow_up
from domain.campaign.planning import start
from domain.campaign.rejections import CampaignInThePast
from domain.campaign.state import Campaign, Paused, Planned, evolve
from domain.campaign.steering import resume
from domain.rulebook.rulebook import Rulebook

Assumption = Literal["started_now", "resumed_now"]
_NO_OPERATION = UUID(int=0)
_SOMEBODY: dict[str, Any] = {"command_id": "outlook", "actor": Actor(principal="outlook", role=Role.SYSTEM)}


class Outlook(NamedTuple):
    """What falls due, in order. ``assumption``: what has to happen first; ``cut_off``: there would be more."""

    entries: tuple[CampaignDue, ...]
    assumption: Assumption | None
    cut_off: bool


def outlook(state: Campaign, now: datetime, until: datetime, rules: Rulebook, *, most: int) -> Outlook:
    """At most so many entries until an instant; a planned campaign as if it started now, a paused one as if resumed."""
    assumption: Assumption | None = None
    match state:
        case Planned():
            assumption = "started_now"
            try:
                [started] = start(c.StartCampaign(**_SOMEBODY, at=now), state, rules)
            except CampaignInThePast:
                return Outlook((), assumption, cut_off=False)
            state = evolve(state, started)
        case Paused():
            assumption = "resumed_now"
            at = max(now, state.updated_at)
            [resumed] = resume(c.ResumeCampaign(**_SOMEBODY, at=at, reason=assumption), state, rules)
            state = evolve(state, resumed)
        case _:
            pass
    entries: list[CampaignDue] = []
    for entry in _ahead(state, until, rules):
        if len(entries) == most:
            return Outlook(tuple(entries), assumption, cut_off=True)
        entries.append(entry)
    return Outlook(tuple(entries), assumption, cut_off=False)


def _ahead(state: Campaign, until: datetime, rules: Rulebook) -> Iterator[CampaignDue]:
    while (due := next_due(state)) is not None and due.at <= until:
        events = _as_if_done(state, due, rules)
        if not events:
            return
        for event in events:
            state = evolve(state, event)
            entry = _entry(event)
            if entry is not None:
                yield entry


def _as_if_done(state: Campaign, due: CampaignDue, rules: Rulebook) -> tuple[e.CampaignEvent, ...]:
    """What the workflow would report, where it has a part in it, and what follows by itself."""
    at, phase_id = due.at, due.phase_id
    match due:
        case CampaignDue(what="assess_gate"):
            return (e.GateAssessed(occurred_at=at, phase_id=phase_id, as_of=at, passed=True, results=()),)
        case CampaignDue(what="recompute_items"):
            return (e.RecomputationStarted(occurred_at=at, phase_id=phase_id, operation_id=_NO_OPERATION),)
        case CampaignDue(what="open_duty", duty_id=str(duty_id), occurrence=datetime() as occurrence):
            return (e.DutyObligationsOpened(occurred_at=at, duty_id=duty_id, occurrence=occurrence, count=0),)
        case _:
            return follow_up(state, at, rules)


def _entry(event: e.CampaignEvent) -> CampaignDue | None:
    at = event.occurred_at
    match event:
        case e.PhaseOpened():
            return CampaignDue(at=at, what="open_phase", phase_id=event.phase_id)
        case e.PhaseClosed():
            return CampaignDue(at=at, what="close_phase", phase_id=event.phase_id)
        case e.GateAssessed():
            return CampaignDue(at=at, what="assess_gate", phase_id=event.phase_id)
        case e.GateReferred():
            return CampaignDue(at=at, what="refer_gate", phase_id=event.phase_id)
        case e.DutyCalled():
            return CampaignDue(
                at=at, what="call_duty", phase_id=event.phase_id, duty_id=event.duty_id, occurrence=event.occurrence
            )
        case _:
            return None
