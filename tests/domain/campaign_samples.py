"""A county's campaign for tests: its plan, the people who steer it, and a way of playing it through.

Everything a deed leads to is written as the store writes it and read back, as in the scenarios about items.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from domain.campaign import commands as c
from domain.campaign.decisions import decide
from domain.campaign.due import CampaignDue, next_due
from domain.campaign.events import CAMPAIGN_EVENTS, CampaignEvent
from domain.campaign.plan import (
    CampaignPlan,
    Condition,
    DutyKind,
    DutyPlan,
    Gate,
    PhaseKind,
    PhasePlan,
    Target,
    Title,
)
from domain.campaign.state import CAMPAIGNS, Campaign, evolve
from domain.decider import Event
from domain.errors import Rejection
from domain.rulebook.rulebook import Rulebook
from tests.domain.clocks import working_hours
from tests.domain.item_samples import LEADER, OFFICE, RULES, SERVICE, text
from tests.domain.scenario import PACE, Deed

E = TypeVar("E", bound=Event)


def duty(duty_id: str, kind: DutyKind, rrule: str, **more: Any) -> DutyPlan:
    return DutyPlan(duty_id=duty_id, kind=kind, name=text(duty_id), rrule=rrule, limit=working_hours(4), **more)


def phase(phase_id: str, kind: PhaseKind, first: date, last: date | None, **more: Any) -> PhasePlan:
    plan = {"phase_id": phase_id, "kind": kind, "name": text(phase_id), "first_day": first, "last_day": last}
    return PhasePlan.model_validate({"policy_id": "city", **plan, **more})


DAILY = duty(
    "daily-report", DutyKind.DAILY_REPORT, "FREQ=DAILY;BYHOUR=18", owed_by="units", quantities=(text("小广告"),)
)
WEEKLY = duty("bulletin", DutyKind.WEEKLY_BULLETIN, "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", on_rest_days="next_working_day")
PATROL = duty("patrol", DutyKind.PATROL, "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=8", on_rest_days="skip")
LETTERS = Gate(conditions=(Condition(indicator="letters_signed", at_least=Decimal(1)),), assess_days_before=2)
CLOSURE = Gate(
    conditions=(
        Condition(indicator="on_time_closure", at_least=Decimal("0.95")),
        Condition(indicator="open_items_above_supervision", at_most=Decimal(0)),
    )
)
MODELS = Target(
    target_id="models",
    name=text("示范小区"),
    designation="model",
    area_kind="community",
    by=date(2026, 8, 31),
    count=5,
)
MOBILISATION = phase("mobilisation", PhaseKind.MOBILISATION, date(2026, 8, 3), date(2026, 8, 14), gate=LETTERS)
RECTIFICATION = phase(
    "rectification",
    PhaseKind.RECTIFICATION,
    date(2026, 8, 13),
    date(2026, 10, 31),
    gate=CLOSURE,
    duties=(DAILY, WEEKLY),
    targets=(MODELS,),
)
SPRINT = phase("sprint", PhaseKind.SPRINT, date(2026, 11, 1), date(2026, 12, 31), open_items="recompute")
MAINTENANCE = phase("maintenance", PhaseKind.MAINTENANCE, date(2027, 1, 1), None, duties=(PATROL,))
PLAN = CampaignPlan(
    campaign_id="county-2026",
    name=text("文明小区创建"),
    title=Title.COMMUNITY,
    leading_group="city-management",
    office="inspection",
    units=("sanitation", "east-street"),
    areas=("east",),
    calendar_id="cn",
    catalogue_id="city",
    overlap_days=3,
    phases=(MOBILISATION, RECTIFICATION, SPRINT, MAINTENANCE),
)


def with_phases(*phases: PhasePlan, **more: Any) -> CampaignPlan:
    return CampaignPlan.model_validate({**dict(PLAN), "phases": phases, **more})


@dataclass(frozen=True)
class Campaigning:
    """A campaign with its history, the rules and the time; ``outcome`` is what the last deed led to."""

    now: datetime
    rules: Rulebook = RULES
    campaign: Campaign | None = None
    history: tuple[CampaignEvent, ...] = ()
    outcome: tuple[CampaignEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Campaigning":
        """Do one thing after the other; a refusal before the last fails the test."""
        after = self
        for deed in deeds:
            after = after.settled()._done(deed)
        return after

    def under(self, rules: Rulebook) -> "Campaigning":
        return replace(self, rules=rules)

    def until(self, instant: datetime, values: Mapping[str, Decimal | None] | None = None) -> "Campaigning":
        """Play the workflow up to an instant: whatever falls due is done at its very instant.

        ``values``: what the indicators say when a gate is assessed; whatever it leaves out has no cases.
        """
        after = self
        for _ in range(5_000):
            due = after.due
            if due is None or due.at > instant:
                return replace(after, now=instant)
            after = after.when(after.answer(due, values or {})).settled()
            assert after.outcome, f"nothing followed from {due}"
        raise AssertionError("it never ends")

    def answer(self, due: CampaignDue, values: Mapping[str, Decimal | None]) -> Deed:
        """What the workflow does about something that fell due."""
        match due.what:
            case "assess_gate":
                gate = self.state.plan.phase(due.phase_id).gate
                found = {condition.indicator: values.get(condition.indicator) for condition in gate.conditions}
                deed = assess.with_(phase_id=due.phase_id, as_of=due.at, values=found)
            case "open_duty":
                deed = record.with_(duty_id=due.duty_id, occurrence=due.occurrence)
            case "recompute_items":
                deed = recomputing.with_(phase_id=due.phase_id)
            case _:
                deed = follow_up
        return deed.at(max(due.at, self.now))

    def then(self, *types: type[Event]) -> "Campaigning":
        self.settled()
        assert [type(event) for event in self.led_to] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> "Campaigning":
        assert type(self.outcome) is reason, self.outcome
        return self

    def settled(self) -> "Campaigning":
        assert not isinstance(self.outcome, Rejection), self.outcome
        return self

    @property
    def state(self) -> Any:
        """The campaign; loosely typed, since a test knows how it stands."""
        assert self.campaign is not None
        return self.campaign

    def phase(self, phase_id: str) -> Any:
        running = self.state.running if self.state.status == "paused" else self.state
        return next(found for found in running.phases if found.phase_id == phase_id)

    @property
    def led_to(self) -> tuple[CampaignEvent, ...]:
        return () if isinstance(self.outcome, Rejection) else self.outcome

    @property
    def due(self) -> CampaignDue | None:
        return next_due(self.state)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.history if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def _done(self, deed: Deed) -> "Campaigning":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.campaign, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        campaign = self.campaign
        for event in events:
            assert CAMPAIGN_EVENTS.validate_json(event.model_dump_json(exclude_none=True)) == event
            campaign = evolve(campaign, event)
        assert campaign is None or CAMPAIGNS.validate_json(campaign.model_dump_json()) == campaign
        return replace(self, now=now, campaign=campaign, history=self.history + events, outcome=events)


plan = Deed(c.PlanCampaign, OFFICE, {"plan": PLAN})
change_plan = Deed(c.ChangePlan, OFFICE, {"plan": PLAN, "reason": "领导小组意见"})
start = Deed(c.StartCampaign, OFFICE)
pause = Deed(c.PauseCampaign, OFFICE, {"reason": "台风"})
resume = Deed(c.ResumeCampaign, OFFICE, {"reason": "台风过境"})
extend = Deed(c.ExtendPhase, LEADER, {"phase_id": "rectification", "last_day": date(2026, 11, 3), "reason": "整改量大"})
close_early = Deed(c.ClosePhaseEarly, LEADER, {"phase_id": "rectification", "reason": "提前完成"})
override = Deed(c.OverrideGate, LEADER, {"phase_id": "mobilisation", "reason": "领导小组决定"})
assess = Deed(c.RecordGateAssessment, SERVICE)
record = Deed(c.RecordDutyObligations, SERVICE, {"count": 2})
recomputing = Deed(c.RecordRecomputation, SERVICE, {"operation_id": UUID(int=7)})
end = Deed(c.EndCampaign, OFFICE, {"reason": "通过验收"})
follow_up = Deed(c.FollowUpCampaign, SERVICE)
DEEDS = (plan, change_plan, start, pause, resume, extend, close_early, override, end, follow_up)
ALL_SIGNED = {"letters_signed": Decimal(1)}


def planned(plan_: CampaignPlan = PLAN, *, at: datetime, rules: Rulebook = RULES) -> Campaigning:
    """A campaign that is drawn up."""
    return Campaigning(at - timedelta(hours=1), rules).when(plan.with_(plan=plan_)).settled()


def started(plan_: CampaignPlan = PLAN, *, at: datetime, rules: Rulebook = RULES) -> Campaigning:
    """A campaign that was started at an instant."""
    return planned(plan_, at=at, rules=rules).when(start.at(at)).settled()
