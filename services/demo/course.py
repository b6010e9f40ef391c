"""The course of the campaign as the log tells it: phases, gates, duties, and the items that came in under each."""

from collections import Counter
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from domain.campaign import events as e
from domain.campaign.plan import CampaignPlan
from domain.campaign.state import Campaign, Running
from services.handling.aggregates import CAMPAIGN, OBLIGATION
from services.store.records import StoredEvent


class PhasePlayed(BaseModel):
    """What a phase came to."""

    model_config = ConfigDict(frozen=True)

    phase_id: str
    kind: str
    policy_id: str
    opened_at: datetime | None = Field(description="As its event says; null: it has not opened.")
    closed_at: datetime | None
    gate: str = Field(description="none, pending, passed, failed, referred or overridden.")
    duties_called: int = Field(description="Occurrences of its duties.")
    items: int = Field(description="Items that came in while it was the last to have opened.")


class CampaignPlayed(BaseModel):
    """What the campaign came to."""

    model_config = ConfigDict(frozen=True)

    campaign_id: str
    status: str
    phases: tuple[PhasePlayed, ...]
    obligations: int = Field(description="Obligations that its duties handed out.")
    obligations_fulfilled: int
    limits_changed: int = Field(description="Running clocks that a new phase put under its own limits.")
    items_by_policy: dict[str, int] = Field(
        description="Items by the version of the policy they were registered under."
    )
    items_outside: int = Field(description="Items that belong to no campaign.")

    @property
    def complete(self) -> bool:
        """Whether every phase opened and had its duties called, all but the last closed, and the last goes on."""
        *before, last = self.phases
        return (
            self.status == "running"
            and all(phase.opened_at and phase.duties_called for phase in self.phases)
            and all(phase.closed_at for phase in before)
            and last.closed_at is None
        )


class Course:
    """Folds the events of the one campaign of the play."""

    def __init__(self) -> None:
        self.campaign: Campaign | None = None
        self.phase_in_force: str | None = None
        self._opened: dict[str, datetime] = {}
        self._closed: dict[str, datetime] = {}
        self._called: Counter[str] = Counter()
        self._items: Counter[str | None] = Counter()
        self._policies: Counter[str] = Counter()
        self._obligations = self._fulfilled = self._limits_changed = 0

    def item_reported(self, campaign_id: str | None) -> None:
        """Count an item that came in."""
        self._items[self.phase_in_force if campaign_id else None] += 1

    def item_registered(self, policy_version: str) -> None:
        """Count an item that was taken on under a version of a policy."""
        self._policies[policy_version] += 1

    def limit_changed(self) -> None:
        """Count a clock that a new phase put under its own limit."""
        self._limits_changed += 1

    def take(self, event: StoredEvent) -> None:
        """Count one event of another kind than items, in log order."""
        if event.kind == OBLIGATION.kind:
            self._obligations += event.type == "obligation.assigned.v1"
            self._fulfilled += event.type == "obligation.fulfilled.v1"
        if event.kind != CAMPAIGN.kind:
            return
        happened = CAMPAIGN.events.validate_json(event.data)
        self.campaign = CAMPAIGN.evolve(self.campaign, happened)
        match happened:
            case e.PhaseOpened():
                self.phase_in_force = happened.phase_id
                self._opened[happened.phase_id] = happened.occurred_at
            case e.PhaseClosed():
                self._closed[happened.phase_id] = happened.occurred_at
            case e.DutyCalled():
                self._called[happened.phase_id] += 1
            case _:
                pass

    @property
    def played(self) -> CampaignPlayed | None:
        """What it has come to by now; None where no campaign was planned."""
        if self.campaign is None:
            return None
        plan: CampaignPlan = self.campaign.plan
        phases = self.campaign.phases if isinstance(self.campaign, Running) else ()
        gates = {phase.phase_id: phase.gate for phase in phases}
        return CampaignPlayed(
            campaign_id=plan.campaign_id,
            status=self.campaign.status,
            phases=tuple(
                PhasePlayed(
                    phase_id=phase.phase_id,
                    kind=phase.kind,
                    policy_id=phase.policy_id,
                    opened_at=self._opened.get(phase.phase_id),
                    closed_at=self._closed.get(phase.phase_id),
                    gate=gates.get(phase.phase_id, "pending" if phase.gate else "none"),
                    duties_called=self._called[phase.phase_id],
                    items=self._items[phase.phase_id],
                )
                for phase in plan.phases
            ),
            obligations=self._obligations,
            obligations_fulfilled=self._fulfilled,
            limits_changed=self._limits_changed,
            items_by_policy=dict(sorted(self._policies.items())),
            items_outside=self._items[None],
        )
