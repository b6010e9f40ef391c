"""The office and the leading group at the campaign: they plan and start it, report its duties, decide on its gate."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.demo.cast import temper
from services.demo.client import Client, RefusedError
from services.demo.season import CAMPAIGN_ID, STICKERS, Season, plan, policies

_TIMEZONE = "Asia/Shanghai"
_AHEAD_SECONDS = 2.0
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 60.0
# Every process keeps the rulebook for at most a second; with this behind us all of them know of the first phase.
_KNOWN_SECONDS = 1.2
_PATH = f"/v1/campaigns/{CAMPAIGN_ID}"


class _Owed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    number: str
    unit: str
    version: int


async def launch(office: Client, firing_seconds: float) -> None:
    """Publish the policies, plan and start the campaign; returns when its first phase is in force for new items.

    Raises RefusedError, and TimeoutError where no phase opens within a minute.
    """
    city = (await office.send("GET", "/v1/policies/city/current")).json()
    for policy in policies(city):
        await _post(office, "/v1/policies", policy, f"season-policy-{policy['policy_id']}")
    begins = (datetime.now(UTC) + timedelta(seconds=_AHEAD_SECONDS)).replace(microsecond=0)
    made = plan(Season.beginning(begins, firing_seconds), _TIMEZONE)
    await _post(office, "/v1/campaigns", {"plan": made}, "season-plan")
    await _post(office, f"{_PATH}/start", {}, "season-start")
    async with asyncio.timeout(_PATIENCE_SECONDS):
        opened = False
        while not opened:
            await asyncio.sleep(_LOOK_SECONDS)
            opened = bool((await office.send("GET", _PATH)).json()["open_phases"])
    await asyncio.sleep(_KNOWN_SECONDS)


@dataclass(frozen=True, slots=True)
class CampaignOffice:
    """创建办与领导小组: looks at what the campaign asks of people, and does it. Neglecting units report nothing."""

    office: Client
    leader: Client
    units: Mapping[str, Client]

    async def look(self) -> None:
        """Report the duties that are open; let a gate pass that waits for a decision."""
        await self._report()
        for phase_id in (await self.leader.send("GET", _PATH)).json()["awaiting_decision"]:
            body = {"phase_id": phase_id, "reason": "领导小组会议决定：遗留问题转入冲刺阶段继续督办"}
            await _try(self.leader, f"{_PATH}/override-gate", body, f"season-gate-{phase_id}")

    async def _report(self) -> None:
        asked = {"campaign": CAMPAIGN_ID, "status": "open", "limit": 200}
        page = (await self.office.send("GET", "/v1/obligations", params=asked)).json()
        for owed in map(_Owed.model_validate, page["obligations"]):
            client, body = self.office, dict[str, Any](account="已按方案完成")
            if owed.unit in self.units:
                if temper(owed.unit) not in {"prompt", "late"}:
                    continue
                client = self.units[owed.unit]
                body["quantities"] = [{"kind": STICKERS, "amount": str(owed.id.int % 900 + 100)}]
            await _try(client, f"/v1/obligations/{owed.id}/report", body, f"season-{owed.id}-{owed.version}")


async def _try(client: Client, path: str, body: Mapping[str, Any], key: str) -> None:
    """No is an answer: between the look and the command the workflow may have acted."""
    try:
        await _post(client, path, body, key)
    except RefusedError as refused:
        client.journal.refusals[refused.code] += 1


async def _post(client: Client, path: str, body: Mapping[str, Any], key: str) -> None:
    # Not through the journal of promises, which is held against the items alone.
    await client.send("POST", path, json=body, headers={"Idempotency-Key": key})
