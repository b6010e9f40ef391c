"""The steps of a campaign that nobody asks for: phases, duties, gates, and what a new phase does to open items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from temporalio import activity

from activities.notices import Moment, Notice, campaign_notice
from activities.streams import SERVICE, StoreAwayError, Streams, in_temporals_words
from domain.campaign import commands as c
from domain.campaign.due import What, everything_due
from domain.campaign.plan import CampaignPlan, DutyPlan
from domain.campaign.state import Campaign, OpenDuty, Running
from domain.obligation.commands import AssignDuty
from domain.obligation.identity import duty_key
from domain.obligation.values import DutyOwed


class FiguresBehindError(StoreAwayError):
    """The facts behind the indicators have not come as far as the log; they will."""


class Campaigns(Streams[Campaign, c.CampaignCommand], Protocol):
    """The campaigns of the event store, their obligations, and the bulk operations they start."""

    def obligation_id(self, key: str) -> UUID:
        """The id of an obligation, which follows from its key."""
        ...

    async def assign(self, duties: Sequence[AssignDuty]) -> int:
        """Hand out occurrences of duties; returns how many exist afterwards. Units that are gone owe nothing."""
        ...

    async def start_recomputation(self, campaign_id: str, phase_id: str, reason: str, at: datetime) -> UUID:
        """Start the bulk operation of a phase over the campaign's open items, once; returns its id."""
        ...


class IndicatorValues(Protocol):
    """The figures that gates are assessed by."""

    async def values(
        self, plan: CampaignPlan, phase_id: str, codes: Sequence[str], as_of: datetime
    ) -> Mapping[str, Decimal | None]:
        """The value of each indicator when a phase is to be left; None: no cases. May raise StoreAwayError."""
        ...


@dataclass(frozen=True)
class CampaignSteps:
    """Each step answers with what the campaign waits for afterwards."""

    campaigns: Campaigns
    indicators: IndicatorValues

    @activity.defn
    async def open_phase(self, moment: Moment) -> Notice:
        """The first day of a phase has begun: its policy is in force from now on."""
        return await self._follow_up(moment)

    @activity.defn
    async def close_phase(self, moment: Moment) -> Notice:
        """The last day of a phase has ended, and its gate was passed."""
        return await self._follow_up(moment)

    @activity.defn
    async def refer_gate(self, moment: Moment) -> Notice:
        """The last day of a phase has ended, and its gate was not passed: the leading group 领导小组 must decide."""
        return await self._follow_up(moment)

    @activity.defn
    async def call_duties(self, moment: Moment) -> Notice:
        """A duty recurs, and so does every other that has fallen due."""
        return await self._follow_up(moment)

    @activity.defn
    async def open_obligations(self, moment: Moment) -> Notice:
        """Hand the occurrences that were called to the units that owe them."""
        with in_temporals_words():
            standing = await self.campaigns.standing(moment.stream_id)
            for duty in _to_open(standing.state):
                count = await self.campaigns.assign(self._owed(standing.state.plan, duty, moment.at))
                recorded = c.RecordDutyObligations(
                    command_id=f"duty-opened:{moment.stream_id}:{duty.duty_id}:{duty.occurrence.isoformat()}",
                    at=moment.at,
                    actor=SERVICE,
                    duty_id=duty.duty_id,
                    occurrence=duty.occurrence,
                    count=count,
                )
                await self.campaigns.carry_out(moment.stream_id, recorded)
        return await self._notice(moment)

    @activity.defn
    async def assess_gate(self, moment: Moment) -> Notice:
        """Compare the indicators of the moment with the conditions for leaving a phase."""
        with in_temporals_words():
            standing = await self.campaigns.standing(moment.stream_id)
            plan = standing.state.plan
            for phase_id in _phases_due(standing.state, "assess_gate", moment.at):
                gate = plan.phase(phase_id).gate
                codes = [condition.indicator for condition in gate.conditions] if gate else []
                values = await self.indicators.values(plan, phase_id, codes, moment.at)
                assessed = c.RecordGateAssessment(
                    command_id=f"{moment.key}:{phase_id}",
                    at=moment.at,
                    actor=SERVICE,
                    phase_id=phase_id,
                    as_of=moment.at,
                    values=dict(values),
                )
                await self.campaigns.carry_out(moment.stream_id, assessed)
        return await self._notice(moment)

    @activity.defn
    async def start_recomputation(self, moment: Moment) -> Notice:
        """A phase with other limits has opened: have the open items recomputed, by an operation of its own."""
        with in_temporals_words():
            standing = await self.campaigns.standing(moment.stream_id)
            plan = standing.state.plan
            for phase_id in _to_recompute(standing.state):
                name = plan.phase(phase_id).name
                reason = f"进入“{name.zh}”阶段 · phase “{name.en}” opened"
                operation_id = await self.campaigns.start_recomputation(plan.campaign_id, phase_id, reason, moment.at)
                recorded = c.RecordRecomputation(
                    command_id=f"recomputation:{moment.stream_id}:{phase_id}",
                    at=moment.at,
                    actor=SERVICE,
                    phase_id=phase_id,
                    operation_id=operation_id,
                )
                await self.campaigns.carry_out(moment.stream_id, recorded)
        return await self._notice(moment)

    def _owed(self, plan: CampaignPlan, duty: OpenDuty, at: datetime) -> list[AssignDuty]:
        planned = next(each for each in plan.phase(duty.phase_id).duties if each.duty_id == duty.duty_id)
        return [self._assign(plan, duty, planned, unit, at) for unit in _owing(plan, planned)]

    def _assign(self, plan: CampaignPlan, duty: OpenDuty, planned: DutyPlan, unit: str, at: datetime) -> AssignDuty:
        obligation_id = self.campaigns.obligation_id(duty_key(plan.campaign_id, duty.duty_id, duty.occurrence, unit))
        owed = DutyOwed(
            phase_id=duty.phase_id,
            duty_id=duty.duty_id,
            duty_kind=planned.kind,
            occurrence=duty.occurrence,
            quantities=planned.quantities,
            by_office=planned.owed_by == "office",
        )
        return AssignDuty(
            command_id=f"assign-duty:{obligation_id}",
            at=at,
            actor=SERVICE,
            obligation_id=obligation_id,
            campaign_id=plan.campaign_id,
            unit=unit,
            title=planned.name,
            owed=owed,
            limit=planned.limit,
        )

    async def _follow_up(self, moment: Moment) -> Notice:
        with in_temporals_words():
            command = c.FollowUpCampaign(command_id=moment.key, at=moment.at, actor=SERVICE)
            await self.campaigns.carry_out(moment.stream_id, command)
        return await self._notice(moment)

    async def _notice(self, moment: Moment) -> Notice:
        with in_temporals_words():
            standing = await self.campaigns.standing(moment.stream_id)
        return campaign_notice(standing.state, standing.version)


def _to_open(campaign: Campaign) -> tuple[OpenDuty, ...]:
    return campaign.to_open if isinstance(campaign, Running) else ()


def _to_recompute(campaign: Campaign) -> tuple[str, ...]:
    return campaign.to_recompute if isinstance(campaign, Running) else ()


def _phases_due(campaign: Campaign, what: What, at: datetime) -> list[str]:
    return [due.phase_id for due in everything_due(campaign) if due.what == what and due.at <= at]


def _owing(plan: CampaignPlan, duty: DutyPlan) -> tuple[str, ...]:
    match duty.owed_by:
        case "office":
            return (plan.office,)
        case "units":
            return plan.units
        case units:
            return units
