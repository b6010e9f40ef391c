"""What a campaign waits for: the next phase, duty, gate or closing day."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.campaign.state import Campaign, PhaseState, Running
from domain.instant import Instant

What = Literal["recompute_items", "open_duty", "open_phase", "call_duty", "assess_gate", "close_phase", "refer_gate"]
# At the same instant: a phase closes before the next one opens, and a phase opens before its duties are called.
_ORDER: tuple[What, ...] = (
    "recompute_items",
    "open_duty",
    "assess_gate",
    "close_phase",
    "refer_gate",
    "open_phase",
    "call_duty",
)


class CampaignDue(BaseModel):
    """The next thing that falls due, and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant
    what: What
    phase_id: str
    duty_id: str | None = None
    occurrence: Instant | None = None


def next_due(state: Campaign) -> CampaignDue | None:
    """The next thing to fall due; None while planned, paused, ended, or waiting for the leading group only."""
    return next(iter(everything_due(state)), None)


def everything_due(state: Campaign) -> list[CampaignDue]:
    """All that will fall due as things stand, in the order in which it is to be done."""
    if not isinstance(state, Running):
        return []
    waiting = [
        CampaignDue(at=state.updated_at, what="recompute_items", phase_id=phase_id) for phase_id in state.to_recompute
    ]
    waiting += [
        CampaignDue(
            at=state.updated_at,
            what="open_duty",
            phase_id=duty.phase_id,
            duty_id=duty.duty_id,
            occurrence=duty.occurrence,
        )
        for duty in state.to_open
    ]
    for phase in state.phases:
        waiting.extend(_of_phase(phase))
    return sorted(waiting, key=lambda due: (due.at, _ORDER.index(due.what)))


def _of_phase(phase: PhaseState) -> list[CampaignDue]:
    if phase.status == "waiting":
        return [CampaignDue(at=phase.opens_at, what="open_phase", phase_id=phase.phase_id)]
    if phase.status != "open":
        return []
    due = [
        CampaignDue(at=duty.next_at, what="call_duty", phase_id=phase.phase_id, duty_id=duty.duty_id)
        for duty in phase.duties
        if duty.next_at is not None
    ]
    if phase.gate == "pending" and phase.assess_at is not None:
        due.append(CampaignDue(at=phase.assess_at, what="assess_gate", phase_id=phase.phase_id))
    if phase.closes_at is not None:
        if phase.gate in ("none", "passed", "overridden"):
            due.append(CampaignDue(at=phase.closes_at, what="close_phase", phase_id=phase.phase_id))
        elif phase.gate == "failed":
            due.append(CampaignDue(at=phase.closes_at, what="refer_gate", phase_id=phase.phase_id))
    return due
