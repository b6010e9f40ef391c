"""Makes one of everything, in every step a command needs, on one side of the city."""

from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.campaign.plan import DutyKind
from domain.limits import Limit, LimitKind
from domain.obligation.commands import AssignDuty
from domain.obligation.identity import duty_key
from domain.obligation.values import DutyOwed
from domain.supervision.commands import IssueAct
from services.gateway.act_bodies import ORDER
from services.gateway.obligation_bodies import LETTERS, TASK
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT, OBLIGATION
from services.handling.command_handler import Wish
from tests.fuzzing.city import FuzzedCity, Side
from tests.services.campaign_city import WORKER, plan
from tests.services.gateway_samples import issue_data, issue_event, principal_of, text
from tests.services.item_city import DONE

REASON = {"reason": "情况属实"}
EXTENSION = {"reason": "连日降雨", "by": {"kind": "working_hours", "amount": 4}}
SUSPENSION = {"reason": "需专项资金", "review_on": "2027-06-20T09:00:00+08:00"}
ITEM_STEPS: dict[str, tuple[tuple[str, Any], ...]] = {
    "dispatched": (),
    "rectifying": (("accept", None),),
    "extending": (("accept", None), ("request-extension", EXTENSION)),
    "suspended": (("accept", None), ("suspend", SUSPENSION)),
    "submitted": (("accept", None), ("submit", DONE)),
    "passed": (("accept", None), ("submit", DONE), ("pass", None)),
    "closed": (("accept", None), ("submit", DONE), ("pass", None), ("close", None)),
    "held": (("accept", None), ("submit", DONE), ("pass", None), ("close", None), ("confirm-recheck", None)),
    "overdue": (("accept", None),),
    "appealed": (("accept", None),),
    "unregistered": (),
    "undispatched": (),
}
_BY_UNIT = {"accept", "submit", "request-extension", "appeal", "refuse"}
_BY_INSPECTOR = {"pass", "send-back", "confirm-recheck"}
CASE_STEPS: tuple[tuple[str, str, Any], ...] = (
    ("notified", "notify", None),
    ("heard", "statement", {"statement": "已增派人手"}),
    ("found", "finding", {"finding": "属实", "proposed": "education"}),
    ("decided", "decide", {"measure": "admonition", "reasons": "情节较重"}),
    ("appealed", "appeal", {"reasons": "处理过重"}),
    ("reviewed", "review", {"upheld": False, "reasons": "事实清楚"}),
)


async def begin_items(city: FuzzedCity, side: Side, *names: str, category: str = "rubbish") -> None:
    """Report an item for each of these steps; its system does."""
    for name in names:
        reporter = {"reporter": {"name": "王女士", "phone": "13800000000"}} if name == "dispatched" else {}
        event = issue_event(
            id=f"{side.area}-{name}",
            source=side.source,
            time=None,
            data=issue_data(area=side.area, category=category, title=f"{name} {side.area}", **reporter),
        )
        del event["time"]
        headers = {"Content-Type": "application/cloudevents+json"}
        answer = await city.ask(side.system, "POST", "/v1/events", json=event, headers=headers)
        assert answer.is_success, answer.text
        side.ids[f"item {name}"] = answer.json()["id"]


async def take_items(city: FuzzedCity, side: Side, *names: str) -> None:
    """Take items as far as their names say."""
    for name in names:
        for command, body in ITEM_STEPS[name]:
            who = side.handler if command in _BY_UNIT else "inspector" if command in _BY_INSPECTOR else "office"
            await city.does(who, side.ids[f"item {name}"], command, body)


async def plan_campaign(city: FuzzedCity, side: Side, name: str) -> None:
    """A campaign of this side alone, started, and one that is only planned."""
    for suffix in ("", "-draft"):
        written = plan(campaign_id=f"{name}{suffix}", units=[side.unit], areas=[side.area], standard_id="town")
        await city.did("office", "POST", "/v1/campaigns", {"plan": written})
    await city.did("office", "POST", f"/v1/campaigns/{name}/start")
    side.ids |= {"campaign": name, "campaign draft": f"{name}-draft"}


async def owe(city: FuzzedCity, side: Side, *, marked: bool) -> None:
    """Tasks, letters and duties of the campaign, open and handed in; or, early enough, one that will be late."""
    campaign = side.ids["campaign"]
    path = f"/v1/campaigns/{campaign}"
    if marked:
        for name in ("overdue", "appealed"):
            side.ids[f"duty {name}"] = await _duty(city, side, name)
        return
    for name in ("open", "submitted"):
        task = {**deepcopy(TASK), "task_id": f"task-{name}", "unit": side.unit, "supporting": []}
        side.ids[f"task {name}"] = (await city.did("office", "POST", f"{path}/tasks", task))["id"]
    await city.did(side.handler, "POST", f"/v1/obligations/{side.ids['task submitted']}/submit", {"account": "完成"})
    letters = {**deepcopy(LETTERS), "letters": [{"unit": side.unit, "signatory": principal_of(side.handler)}]}
    [letter] = await city.did("office", "POST", f"{path}/letters", letters)
    side.ids["letter"] = letter["receipt"]["id"]
    side.ids["duty open"] = await _duty(city, side, "open")


async def mark(city: FuzzedCity, side: Side) -> None:
    """What is late is handed in, and about one of each kind there is an appeal."""
    for name in ("overdue", "appealed"):
        await city.does(side.handler, side.ids[f"item {name}"], "submit", DONE)
        report = {"account": "x", "quantities": [{"kind": "张", "amount": "1"}]}
        await city.did(side.handler, "POST", f"/v1/obligations/{side.ids[f'duty {name}']}/report", report)
    await city.does(side.handler, side.ids["item appealed"], "appeal", {"clock_id": "rectify-1", **REASON})
    appeal = {"clock_id": "duty-1", **REASON}
    await city.did(side.handler, "POST", f"/v1/obligations/{side.ids['duty appealed']}/appeal", appeal)


async def _duty(city: FuzzedCity, side: Side, name: str) -> str:
    occurrence = city.city.clock.at - timedelta(hours=1)
    campaign = side.ids["campaign"]
    stream = OBLIGATION.stream(duty_key(campaign, f"duty-{name}", occurrence, side.unit))
    owed = {
        "phase_id": "rectification",
        "duty_id": f"duty-{name}",
        "duty_kind": DutyKind.DAILY_REPORT,
        "occurrence": occurrence,
        "quantities": (text("张"),),
    }
    command = AssignDuty(
        command_id=str(uuid4()),
        at=city.city.clock.at,
        actor=WORKER,
        obligation_id=stream,
        campaign_id=campaign,
        unit=side.unit,
        title=text("日报"),
        owed=DutyOwed.model_validate(owed),
        limit=Limit(kind=LimitKind.URGENT_HOURS, amount=20),
    )
    await city.city.parts.handler.handle(Wish(OBLIGATION, stream, command))
    return str(stream)


async def accuse(city: FuzzedCity, side: Side) -> None:
    """A case in every step. Another leader than the one who is asked later has decided."""
    names = ("opened", *(name for name, _, _ in CASE_STEPS))
    for name in names:
        body = {
            "unit": side.unit,
            "area": side.area,
            "title": {"zh": f"案 {name}", "en": name},
            "reason": "暗访发现",
            "grounds": {"items": [side.ids["item rectifying"]]},
        }
        case = side.ids[f"case {name}"] = (await city.did("second office", "POST", "/v1/cases", body))["id"]
        for _, command, written in CASE_STEPS[: names.index(name)]:
            who, content = "second office", written
            if command in {"statement", "appeal"}:
                who = side.handler
            elif command == "decide":
                who = "deputy"
                content = {**content, "persons": [principal_of(side.handler)]}
            elif command == "review":
                who = "second deputy"
            city.city.clock.pass_by(timedelta(seconds=1))
            await city.did(who, "POST", f"/v1/cases/{case}/{command}", content)


async def act(city: FuzzedCity, side: Side) -> None:
    """Acts: asked for, issued, and a summons that was issued."""
    for name, kind in (("planned", "order"), ("issued", "order"), ("summons", "summons")):
        body = {**deepcopy(ORDER), "kind": kind, "unit": side.unit, "area": side.area, "title": text(name).model_dump()}
        body["answer_by"] = (city.city.clock.at + timedelta(days=7)).isoformat()
        made = (await city.did("office", "POST", "/v1/acts", body))["id"]
        side.ids[f"act {name}"] = made
        if name == "planned":
            continue
        parts = city.city.parts
        command = IssueAct(command_id=f"issue:{made}", at=city.city.clock.at, actor=WORKER)
        await parts.handler.handle(Wish(ACT, UUID(made), command, completed=ActCompletion(parts.desk).of(command)))


async def connect(city: FuzzedCity, side: Side) -> None:
    """Webhooks, channels, a bulk operation at work and one at rest, a designation, a document."""
    url = f"http://127.0.0.1:9/{side.area}"
    hook = {"principal": principal_of(side.system), "url": url}
    side.ids["webhook"] = (await city.did("administrator", "POST", "/v1/webhooks", hook))["id"]
    hook["url"] += "/resting"
    side.ids["webhook paused"] = (await city.did("administrator", "POST", "/v1/webhooks", hook))["id"]
    await city.did("administrator", "POST", f"/v1/webhooks/{side.ids['webhook paused']}/pause", REASON)
    await city.did("administrator", "POST", f"/v1/webhooks/{side.ids['webhook']}/test", {})
    serves = {"kind": "unit", "unit": side.unit}
    robot = {"kind": "dingtalk", "name": side.unit, "serves": serves, "address": url, "secret": "SEC1"}
    side.ids["channel"] = (await city.did("administrator", "POST", "/v1/channels", robot))["id"]
    for name in ("working", "resting"):
        operation = {"kind": "extend", "by": {"kind": "working_days", "amount": 2}}
        body = {"operation": operation, "selection": {"areas": [side.area]}, "reason": name}
        made = side.ids[f"bulk {name}"] = (await city.did("office", "POST", "/v1/bulk-operations", body))["id"]
        if name == "resting":
            await city.did("office", "POST", f"/v1/bulk-operations/{made}/pause", REASON)
    granted = {"designation": "model", "area": side.community}
    await city.did("leader", "POST", f"/v1/campaigns/{side.ids['campaign']}/designations", granted)
    order = {"kind": "dispatch_order", "item": side.ids["item dispatched"]}
    document = await city.did("office", "POST", "/v1/documents", order)
    side.ids["document"] = document["files"][0]["sha256"]
    who = "auditor" if side.area == "east" else "second auditor"
    question = {"name": "未附佐证", "query": f"unit={side.unit}"}
    side.ids["question"] = (await city.did(who, "POST", "/v1/audit/questions", question))["id"]
    week = {"kind": "weekly", "period": "2027-W14", "campaign": side.ids["campaign"]}
    side.ids["bulletin"] = (await city.did("office", "POST", "/v1/bulletins", week))["id"]
    item = (await city.get("office", f"/v1/items/{side.ids['item dispatched']}")).json()
    side.ids |= {"person": item["reporter"], "principal": principal_of(side.handler)}
    shown = (await city.get("administrator", f"/v1/principals/{side.ids['principal']}")).json()
    side.ids["key"] = shown["keys"][0]
