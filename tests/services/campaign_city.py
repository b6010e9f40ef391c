"""The town with residential communities, a campaign of a year, and a shorthand for steering it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from domain.actor import Actor, Role
from domain.campaign.commands import FollowUpCampaign
from domain.organisation.commands import RegisterArea
from domain.organisation.state import Area
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.gateway.campaign_bodies import PLAN
from services.handling.aggregates import AREA, CAMPAIGN
from services.handling.command_handler import Wish
from tests.services.gateway_samples import text
from tests.services.item_city import Town, town

CAMPAIGN_ID = "east-2027"
WORKER = Actor(principal="service:worker", role=Role.SYSTEM)
MARCH = datetime.fromisoformat("2027-03-20T10:00:00+08:00")


def plan(**changes: Any) -> dict[str, Any]:
    return {**deepcopy(PLAN), **changes}


class CampaignTown(Town):
    """Everybody, and what they do to campaigns."""

    async def planned(self, **changes: Any) -> str:
        answer = await self.post("office", "/v1/campaigns", {"plan": plan(**changes)})
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    async def started(self, **changes: Any) -> str:
        campaign = await self.planned(**changes)
        await self.steers("office", campaign, "start")
        return campaign

    async def steers(self, who: str, campaign: str, command: str, body: Any = None) -> dict[str, Any]:
        answer = await self.post(who, f"/v1/campaigns/{campaign}/{command}", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def no_steering(self, who: str, campaign: str, command: str, body: Any = None) -> tuple[int, str]:
        answer = await self.post(who, f"/v1/campaigns/{campaign}/{command}", body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]

    async def campaign(self, campaign: str = CAMPAIGN_ID, who: str = "office") -> dict[str, Any]:
        answer = await self.get(who, f"/v1/campaigns/{campaign}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def follow_up(self, campaign: str = CAMPAIGN_ID) -> None:
        """What the workflow does when an instant has come."""
        command = FollowUpCampaign(command_id=str(uuid4()), at=self.city.clock.at, actor=WORKER)
        await self.city.parts.handler.handle(Wish(CAMPAIGN, CAMPAIGN.stream(campaign), command))
        await self.city.parts.rulebooks.current(newest=True)

    def go_to(self, instant: datetime) -> None:
        self.city.clock.at = instant

    def wait(self, **time: float) -> None:
        self.city.clock.pass_by(timedelta(**time))

    async def named(self, area: str, who: str = "leader", designation: str = "model") -> httpx.Response:
        body = {"designation": designation, "area": area}
        return await self.post(who, f"/v1/campaigns/{CAMPAIGN_ID}/designations", body)


@asynccontextmanager
async def campaign_town(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with town(database) as people:
        for code, parent in (("east-a", "east"), ("east-b", "east"), ("east-c", "east"), ("west-a", "west")):
            area = Area(code=code, name=text(code), kind="community", parent=parent, owner="cleaning")
            await people.city.publish(AREA, code, RegisterArea, area=area)
        await people.city.admit("west leader", Standing(role=Role.LEADER, area="west"))
        await people.city.admit("east office", Standing(role=Role.OFFICE, area="east"))
        await people.city.admit("east leader", Standing(role=Role.LEADER, area="east"))
        yield CampaignTown(people.city)
