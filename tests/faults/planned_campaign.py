"""The office and the leading group at a campaign of four phases, whose clocks keep the rules they began under."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.demo.client import RefusedError
from services.demo.season import CAMPAIGN_ID, Season, plan, policies
from services.demo.steering import CampaignOffice as Steering
from tests.faults.journal import Saw, now
from tests.faults.messenger import Messenger

_TIMEZONE = "Asia/Shanghai"
_AHEAD_SECONDS = 3.0
_PATH = f"/v1/campaigns/{CAMPAIGN_ID}"


@dataclass(slots=True)
class CampaignOffice:
    """创建办与领导小组: publish the rules of the phases, plan and start the campaign, then do what it asks."""

    office: Messenger
    leader: Messenger
    units: Mapping[str, Messenger]
    seconds: float
    _done: set[str] = field(default_factory=set[str])

    async def look(self) -> None:
        """One step further: published, planned, started, and from then on whatever waits for somebody."""
        if "started" not in self._done:
            await self._begin()
        else:
            await Steering(self.office, self.leader, self.units).look()

    async def _begin(self) -> None:
        city = (await self.office.send("GET", "/v1/policies/city/current")).json()
        for policy in policies(city):
            if await self._post("/v1/policies", policy, policy["policy_id"]):
                saw = Saw(now(), self.office.name, "policies", f"{policy['policy_id']}@1", policy, now())
                self.office.keep(saw)
        begins = (datetime.now(UTC) + timedelta(seconds=_AHEAD_SECONDS)).replace(microsecond=0)
        made = plan(Season.beginning(begins, self.seconds), _TIMEZONE)
        for phase in made["phases"]:
            # The judge reckons with the rules a clock began under.
            phase["open_items"] = "leave"
        if await self._post("/v1/campaigns", {"plan": made}, "plan"):
            await self._post(f"{_PATH}/start", {}, "started")

    async def _post(self, path: str, body: Mapping[str, Any], step: str) -> bool:
        """Whether it is done, now or before. A plan whose first phase began while nobody answered is made anew."""
        if step not in self._done:
            try:
                await self.office.send("POST", path, json=body, headers={"Idempotency-Key": f"campaign-{step}"})
            except RefusedError:
                return False
            self._done.add(step)
        return True
