"""What is due when in a campaign: phases, gates, duties and targets of the days ahead."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.campaign.due import CampaignDue
from domain.campaign.outlook import Assumption, outlook
from domain.campaign.plan import CampaignPlan
from domain.campaign.state import Campaign, Ended, phases_of
from domain.rulebook.rulebook import Rulebook
from services.gateway.item_views import View
from services.messages.catalogue import Language, word

MOST_ENTRIES = 2000


class ScheduleEntry(View):
    """Something that falls due. ``owed_by``: how many units owe the duty's report."""

    at: datetime
    what: str = Field(examples=["call_duty"])
    text: str = Field(examples=["常态任务到期"])
    phase_id: str = Field(examples=["rectification"])
    phase_name: str = Field(examples=["集中整治"])
    duty_id: str | None = Field(examples=["daily-report"])
    duty_name: str | None = Field(examples=["日报"])
    owed_by: int | None = Field(examples=[12])
    target_id: str | None = Field(examples=["models"])
    target_name: str | None = Field(examples=["示范小区"])


class Schedule(View):
    """What lies ahead, in order, as things stand: every gate counts as passed, nobody interferes.

    ``assumption``: a campaign that has not started is shown as if it started now, a paused one as if resumed now.
    """

    campaign_id: str = Field(examples=["east-2027"])
    status: str = Field(examples=["running"])
    as_of: datetime
    until: datetime
    assumption: Assumption | None
    awaiting_decision: list[str] = Field(
        description="等待领导小组决定的阶段。 Phases that wait for the leading group.", examples=[["rectification"]]
    )
    entries: list[ScheduleEntry]
    cut_off: bool = Field(description="条目过多，未列全。 There would be more entries.")


async def schedule_of(campaign: Campaign, now: datetime, days: int, rules: Rulebook, language: Language) -> Schedule:
    """The next so many days."""
    until = now + timedelta(days=days)
    # Hundreds of occurrences take a while to compute, and other requests go on meanwhile.
    found = await asyncio.to_thread(outlook, campaign, now, until, rules, most=MOST_ENTRIES)
    plan = campaign.plan
    entries = [_entry(due, plan, language) for due in found.entries]
    if not isinstance(campaign, Ended):
        timezone = rules.newest_calendar(plan.calendar_id).timezone
        last = entries[-1].at if found.cut_off else until
        entries += [entry for entry in _targets(plan, timezone, language) if now <= entry.at <= last]
    return Schedule(
        campaign_id=plan.campaign_id,
        status=campaign.status,
        as_of=now,
        until=until,
        assumption=found.assumption,
        awaiting_decision=[state.phase_id for state in phases_of(campaign) if state.gate == "referred"],
        entries=sorted(entries, key=lambda entry: entry.at),
        cut_off=found.cut_off,
    )


def _entry(due: CampaignDue, plan: CampaignPlan, language: Language) -> ScheduleEntry:
    phase = plan.phase(due.phase_id)
    duty = next((duty for duty in phase.duties if duty.duty_id == due.duty_id), None)
    owed_by = None
    if duty is not None:
        owed_by = {"office": 1, "units": len(plan.units)}[duty.owed_by] if isinstance(duty.owed_by, str) else None
        owed_by = owed_by or len(duty.owed_by)
    return ScheduleEntry(
        at=due.at,
        what=due.what,
        text=word("campaign_due", due.what, language),
        phase_id=due.phase_id,
        phase_name=getattr(phase.name, language),
        duty_id=due.duty_id,
        duty_name=getattr(duty.name, language) if duty else None,
        owed_by=owed_by,
        target_id=None,
        target_name=None,
    )


def _targets(plan: CampaignPlan, timezone: str, language: Language) -> Iterator[ScheduleEntry]:
    for phase in plan.phases:
        for target in phase.targets:
            after = target.by + timedelta(days=1)
            yield ScheduleEntry(
                at=datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC),
                what="target",
                text=word("campaign_due", "target", language),
                phase_id=phase.phase_id,
                phase_name=getattr(phase.name, language),
                duty_id=None,
                duty_name=None,
                owed_by=None,
                target_id=target.target_id,
                target_name=getattr(target.name, language),
            )
