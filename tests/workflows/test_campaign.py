"""What a campaign does when things go wrong: gates that fail, workers that were away, answers that are lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from temporalio.testing import WorkflowEnvironment

from activities.campaign_steps import FiguresBehindError
from activities.streams import StoreAwayError
from domain.campaign import commands as c
from domain.campaign.plan import CampaignPlan
from domain.campaign.state import Running, phase_of
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import CAMPAIGN
from tests.workflows.campaigning import Campaigning, EverythingIsWell, three_years
from tests.workflows.test_three_years import A_MOMENT, SHANGHAI, day, sleep_until
from tests.workflows.town import town


class NothingIsSigned(EverythingIsWell):
    """Figures that are not there at first, and then fail every gate."""

    def __init__(self) -> None:
        super().__init__()
        self.late = 5

    async def values(
        self, plan: CampaignPlan, phase_id: str, codes: Sequence[str], as_of: datetime
    ) -> Mapping[str, Decimal | None]:
        if self.late > 0:
            self.late -= 1
            raise FiguresBehindError
        return dict.fromkeys(await super().values(plan, phase_id, codes, as_of), Decimal(0))


class Forgetful:
    """Campaigns whose answers get lost: everything is done, and then fails a few times."""

    def __init__(self, campaigns: Any) -> None:
        self._campaigns = campaigns
        self._lost = Counter[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._campaigns, name)

    async def assign(self, duties: Sequence[Any]) -> int:
        count = await self._campaigns.assign(duties)
        self._lose(f"assign {duties[0].command_id}")
        return count

    async def carry_out(self, stream_id: UUID, command: Any) -> None:
        await self._campaigns.carry_out(stream_id, command)
        self._lose(f"{stream_id} {type(command).__name__} {command.at}")

    def _lose(self, what: str) -> None:
        self._lost[what] += 1
        if self._lost[what] <= 2:
            raise StoreAwayError(what)


def mondays(year: int, last: int) -> int:
    """How often the publicity phase meets in January."""
    return sum(date(year, 1, number).weekday() == 0 for number in range(5, last + 1))


async def started(place: Any, env: WorkflowEnvironment) -> tuple[Campaigning, int]:
    now = await env.get_current_time()
    year = now.astimezone(SHANGHAI).year + 1
    campaign = await three_years(place, now, year)
    return campaign, year


async def test_a_gate_that_fails_is_referred_and_the_phase_stays_open_until_somebody_decides(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    async with town(database.app, env.client, await env.get_current_time()) as place:
        campaign, year = await started(place, env)
        campaign.figures = NothingIsSigned()
        async with campaign.at_work():
            await campaign.steer(c.StartCampaign, await env.get_current_time())
            await sleep_until(env, day(year, 4, 22))
            state = await campaign.state()
            assert isinstance(state, Running)
            publicity, implementation = phase_of(state, "publicity"), phase_of(state, "implementation")
            assert (publicity.status, publicity.gate, implementation.status) == ("open", "referred", "open")
            assert len(await campaign.events("campaign.gate_assessed.v1")) == 1

            now = await env.get_current_time()
            await campaign.steer(c.OverrideGate, now, phase_id="publicity", reason="领导小组决定")
            await env.sleep(A_MOMENT)
            (closed,) = await campaign.events("campaign.phase_closed.v1")
            assert closed.phase_id == "publicity"


async def test_a_campaign_nobody_watched_for_weeks_catches_up_with_every_duty_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    async with town(database.app, env.client, await env.get_current_time()) as place:
        campaign, year = await started(place, env)
        now = await env.get_current_time()
        await campaign.give(CAMPAIGN, campaign.stream_id, c.StartCampaign, now)
        await sleep_until(env, day(year, 1, 30))
        assert await campaign.events("campaign.duty_called.v1") == []
        async with campaign.at_work():
            await place.tell(campaign.stream_id)
            await env.sleep(A_MOMENT)
            called = await campaign.events("campaign.duty_called.v1")
            assert len({event.occurrence for event in called}) == len(called) == mondays(year, 29)
            assert len(await campaign.obligations()) == len(called)


async def test_steps_whose_answers_are_lost_are_taken_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    async with town(database.app, env.client, await env.get_current_time()) as place:
        campaign, year = await started(place, env)
        async with campaign.at_work(wrap=Forgetful):
            await campaign.steer(c.StartCampaign, await env.get_current_time())
            await sleep_until(env, day(year, 2, 1) + timedelta(hours=1))
            called = await campaign.events("campaign.duty_called.v1")
            opened = await campaign.events("campaign.duty_obligations_opened.v1")
            assert len(called) == len(opened) == len(await campaign.obligations()) == mondays(year, 31)
            assert len(await campaign.events("campaign.phase_opened.v1")) == 1
