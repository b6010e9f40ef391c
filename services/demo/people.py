"""The people of the city at work: each looks at the list of what is theirs, over and over, and does what it asks."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from services.demo.cast import MOVING, temper
from services.demo.client import Client, Line
from services.demo.plans import BEFORE_ACCEPTANCE, Plan, Plans

_LOOK_SECONDS = 0.8
_SUSPENDED_SECONDS = 4.0
_OFFICE_SECONDS = 0.4
# What was sent back is mended in less time than it was first done.
_REWORK_SHARE = 0.4
_SECONDS_MORE = {"kind": "elapsed_seconds", "amount": 6}


def photo(item_id: UUID, kind: str) -> list[dict[str, str]]:
    """Evidence as the apps of the field send it."""
    return [{"uri": f"https://photos.wanglan.example/{item_id}/{kind}.jpg", "kind": kind}]


class Person(Protocol):
    """Somebody with a list to work off."""

    async def look(self) -> None:
        """Look at the list once and act on it."""
        ...


async def work(person: Person) -> None:
    """Look again and again until cancelled."""
    while True:
        await person.look()
        await asyncio.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Handler:
    """责任单位经办人: accepts and corrects what lies with the unit, at the unit's pace."""

    unit: str
    client: Client
    plans: Plans

    async def look(self) -> None:
        """Accept, refuse, submit, ask for more time, appeal."""
        for line in await self.client.lines(status=["dispatched", "rectifying"], unit=self.unit):
            plan = self.plans.of(line.id, line.unit, line.source)
            waited = plan.in_step_for(line.status, asyncio.get_running_loop().time())
            if line.status == "dispatched":
                await self._answer_dispatch(line, plan, waited)
            else:
                await self._rectify(line, plan, waited)

    async def _answer_dispatch(self, line: Line, plan: Plan, waited: float) -> None:
        if temper(self.unit) == "never_accepts" or plan.pending(*BEFORE_ACCEPTANCE) or waited < plan.accept_after:
            return
        if plan.pending("refuse"):
            if await self.client.command(line, "refuse", {"reason": "经核实不属本单位职责范围"}):
                plan.done.add("refuse")
        else:
            await self.client.command(line, "accept")

    async def _rectify(self, line: Line, plan: Plan, waited: float) -> None:
        if temper(self.unit) == "never_rectifies" or plan.pending("suspend"):
            return
        if plan.pending("extension"):
            body = {"by": _SECONDS_MORE, "reason": "等待材料到货"}
            if await self.client.command(line, "request-extension", body):
                plan.done.add("extension")
                plan.asked = "extension"
        elif plan.pending("appeal"):
            # Late units accept late, so that clock has its overdue mark.
            if await self.client.command(line, "appeal", {"clock_id": "accept-1", "reason": "系统升级期间无法签收"}):
                plan.asked = "appeal"
            plan.done.add("appeal")
        elif plan.pending("comment"):
            await self.client.command(line, "comment", {"text": "已与物业、社区现场对接，今日进场。"})
            plan.done.add("comment")
        elif waited >= plan.submit_after * (_REWORK_SHARE if "rework" in plan.done else 1.0):
            body = {"account": "已组织人员整改完毕，现场恢复原状。", "evidence": photo(line.id, "after")}
            await self.client.command(line, "submit", body)


@dataclass(frozen=True, slots=True)
class Inspector:
    """督查员: checks what was submitted and looks back at what was closed."""

    share: int
    of: int
    client: Client
    plans: Plans

    async def look(self) -> None:
        """Pass or send back; confirm that it holds, or that it came back."""
        for line in await self.client.lines(status=["submitted", "closed"]):
            if line.id.int % self.of != self.share:
                continue
            plan = self.plans.of(line.id, line.unit, line.source)
            waited = plan.in_step_for(line.status, asyncio.get_running_loop().time())
            if line.status == "submitted" and waited >= plan.check_after:
                await self._check(line, plan)
            elif line.status == "closed" and waited >= plan.recheck_after:
                await self._recheck(line, plan)

    async def _check(self, line: Line, plan: Plan) -> None:
        if plan.pending("rework"):
            body = {"reason": "整改不彻底，现场仍有残留", "evidence": photo(line.id, "before")}
            if await self.client.command(line, "send-back", body):
                plan.done.add("rework")
        else:
            await self.client.command(line, "pass", {"note": "现场核查合格", "evidence": photo(line.id, "after")})

    async def _recheck(self, line: Line, plan: Plan) -> None:
        if plan.pending("recurrence"):
            body = {"note": "同一点位再次出现", "evidence": photo(line.id, "before")}
            if await self.client.command(line, "recur", body):
                plan.done.add("recurrence")
        else:
            await self.client.command(line, "confirm-recheck", {"evidence": photo(line.id, "after")})


@dataclass(frozen=True, slots=True)
class Office:
    """创建办: dispatches again, rules on requests, suspends, merges and voids."""

    client: Client
    plans: Plans
    chance: random.Random

    async def look(self) -> None:
        """Act on every open item that waits for the office."""
        lines = await self.client.lines(status=["registered", "dispatched", "rectifying", "suspended"])
        for line in lines:
            plan = self.plans.of(line.id, line.unit, line.source)
            waited = plan.in_step_for(line.status, asyncio.get_running_loop().time())
            if waited < _OFFICE_SECONDS:
                continue
            match line.status:
                case "registered":
                    await self.client.command(line, "dispatch", {"unit": self._another_unit(line)})
                case "dispatched" if plan.pending(*BEFORE_ACCEPTANCE):
                    await self._intervene(line, plan, lines)
                case "rectifying" if plan.pending("suspend"):
                    await self._suspend(line, plan)
                case "suspended" if waited >= _SUSPENDED_SECONDS:
                    await self.client.command(line, "resume", {"reason": "专项资金已到位"})
                case _ if plan.asked:
                    await self._rule(line, plan)
                case _:
                    pass

    async def _intervene(self, line: Line, plan: Plan, lines: Sequence[Line]) -> None:
        others = [other.id for other in lines if other.category == line.category and other.id != line.id]
        name, body = plan.twist.replace("_", "-"), dict[str, Any]()
        match plan.twist:
            case "joint":
                # 会办: the same unit leads, another supports.
                name, body = "dispatch", {"unit": line.unit, "supporting": [self._another_unit(line)]}
            case "merge" if others:
                body = {"into": str(others[-1]), "reason": "同一点位重复上报"}
            case "transfer":
                body = {"unit": self._another_unit(line), "reason": "按职责分工调整"}
            case "transfer_out":
                body = {"authority": "铁路部门", "reason": "位于铁路用地红线内"}
            case _:
                name, body = "void", {"reason": "现场核实问题不存在"}
        await self.client.command(line, name, body)
        plan.done.add(plan.twist)

    async def _suspend(self, line: Line, plan: Plan) -> None:
        review_on = datetime.now(UTC) + timedelta(seconds=self.chance.choice((2, 60)))
        if await self.client.command(line, "suspend", {"reason": "需专项资金", "review_on": review_on.isoformat()}):
            plan.done.add("suspend")

    async def _rule(self, line: Line, plan: Plan) -> None:
        granted = self.chance.random() < 0.7  # noqa: PLR2004 - most requests are reasonable
        if plan.asked == "appeal":
            body = {"clock_id": "accept-1", "granted": granted, "reason": "经查情况属实" if granted else "理由不成立"}
            await self.client.command(line, "rule-on-appeal", body)
        elif granted:
            await self.client.command(line, "grant-extension")
        else:
            await self.client.command(line, "refuse-extension", {"reason": "工程量不大，应按期完成"})
        plan.asked = ""

    def _another_unit(self, line: Line) -> str:
        prompt = [unit for unit in MOVING if temper(unit) == "prompt" and unit != line.unit]
        return self.chance.choice(prompt)
