"""Three cases are brought to their end while the play goes on, each in a way of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.demo.client import Client, RefusedError


@dataclass(frozen=True, slots=True)
class Story:
    """How a unit bears its case: silent where it says nothing; ``milder`` where its appeal is upheld."""

    measure: str
    statement: str | None = None
    appeal: str | None = None
    milder: str | None = None


# The units that never move. Cases of theirs beyond the first stay where they are.
STORIES: Mapping[str, Story] = {
    "market-supervision": Story(
        measure="admonition",
        statement="市场整治任务集中，人手不足，未能按期签收，已调整分工。",
        appeal="同期任务过多，处理偏重，请予减轻。",
    ),
    "donghu": Story(measure="public_criticism"),
    "parks": Story(
        measure="public_criticism",
        statement="补植须待苗木到场，客观上无法在时限内完成。",
        appeal="逾期系苗木供应所致，已提交采购凭证。",
        milder="education",
    ),
}
CONCLUDED = ("concluded", "withdrawn")


class _Case(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    status: str


class _Act(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    status: str


@dataclass(slots=True)
class Accountability:
    """创建办、领导小组与被问责单位: each looks at what a case waits for, and does it.

    ``persons`` are the ids of leader and handlers, by unit and ``leader``.
    """

    office: Client
    leader: Client
    deputy: Client
    units: Mapping[str, Client]
    persons: Mapping[str, str]
    chosen: dict[str, UUID] = field(default_factory=dict[str, UUID])
    concluded: set[UUID] = field(default_factory=set[UUID])

    async def look(self) -> None:
        """Take up the first case of each unit, and bring those taken up one step further."""
        for unit, story in STORIES.items():
            if unit not in self.chosen:
                found = await self._list("/v1/cases", "cases", {"unit": unit, "cause": "rung", "limit": 1})
                if found:
                    self.chosen[unit] = UUID(found[0]["id"])
            elif self.chosen[unit] not in self.concluded:
                await self._go_on(unit, story, self.chosen[unit])

    async def _go_on(self, unit: str, story: Story, case_id: UUID) -> None:
        found = (await self.office.send("GET", f"/v1/cases/{case_id}")).json()
        case = _Case.model_validate(found)
        match case.status:
            case "notified" if story.statement:
                await self._do(self.units[unit], case, "statement", {"statement": story.statement})
            case "awaiting_finding":
                body = {"finding": "经查，逾期未办属实，督办后仍未整改。", "proposed": story.measure}
                await self._do(self.office, case, "finding", body)
                await self._record_interviews(unit, found["origin"]["stream_id"])
            case "awaiting_decision":
                await self._do(self.leader, case, "decide", {"measure": story.measure, "reasons": "多次督办仍未整改。"})
            case "decided" if story.appeal:
                await self._do(self.units[unit], case, "appeal", {"reasons": story.appeal})
            case "under_review" if story.milder:
                body = {"upheld": True, "measure": story.milder, "reasons": "申诉理由成立，予以减轻。"}
                await self._do(self.deputy, case, "review", body)
            case "under_review":
                await self._do(self.deputy, case, "review", {"upheld": False, "reasons": "原决定适当，予以维持。"})
            case "to_carry_out":
                await self._do(self.office, case, "carry-out", {"account": "处理决定已执行完毕。"})
            case status if status in CONCLUDED:
                self.concluded.add(case_id)
            case _:
                pass

    async def _record_interviews(self, unit: str, item_id: str) -> None:
        asked = {"item": item_id, "kind": "summons", "status": "summoned"}
        for found in await self._list("/v1/acts", "acts", asked):
            body = {
                "held_at": datetime.now(UTC).isoformat(),
                "interviewer": self.persons["leader"],
                "interviewed": [self.persons[unit]],
                "account": "通报了逾期情况，约谈了单位负责人。",
                "undertaking": "三日内签收并整改到位，今后按期办理。",
            }
            await self._ask(self.office, "acts", _Act.model_validate(found), "interview-record", body)

    async def _do(self, client: Client, case: _Case, step: str, body: Mapping[str, Any]) -> None:
        await self._ask(client, "cases", case, step, body)

    async def _ask(self, client: Client, of: str, about: _Case | _Act, step: str, body: Mapping[str, Any]) -> None:
        """No is an answer: between the look and the command a period may have ended."""
        key = f"accountability-{step}-{about.id}-{about.version}"
        try:
            # Not through the journal of promises, which is held against the items alone.
            path = f"/v1/{of}/{about.id}/{step}"
            await client.send("POST", path, json=dict(body), headers={"Idempotency-Key": key})
        except RefusedError as refused:
            client.journal.refusals[refused.code] += 1

    async def _list(self, path: str, name: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        return (await self.office.send("GET", path, params=asked)).json()[name]
