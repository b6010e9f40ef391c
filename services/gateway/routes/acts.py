"""Acts of supervision 督办文书: reading lists, one and its history; issuing by hand, and handling them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.gateway.act_bodies import ORDER, NewAct
from services.gateway.act_commands import ACT_COMMANDS, ActCommand
from services.gateway.act_handling import act_seen, carry_out, plan_by_hand
from services.gateway.act_lists import ActPageWanted
from services.gateway.act_scope import CurrentActScope
from services.gateway.act_views import ActSummary, ActView, act_summary, act_view
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentRulebook, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.item_history import History, history_entries
from services.gateway.item_views import View
from services.handling.receipts import Receipt
from services.store.act_queries import ActQueries

router = APIRouter(prefix="/v1", tags=["督办文书 acts"])

_ONE = (*READING, "no_such_act")
_HANDLING = (*COMMANDING, "no_such_act", "act_not_in_step")


async def _acts(parts: Parts) -> ActQueries:
    return ActQueries(parts.pool)


Acts = Annotated[ActQueries, Depends(_acts)]


class ActPage(View):
    """A page of acts."""

    acts: list[ActSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


@router.get("/acts", summary="督办文书列表 List acts", responses=problems(*READING, "cursor_malformed"))
async def list_acts(
    wanted: Annotated[ActPageWanted, Query()],
    acts: Acts,
    scope: CurrentActScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> ActPage:
    """范围内的催办、督办、通报批评、约谈与黄红牌，新的在前。 Those within the caller's scope, newest first."""
    found = await acts.page(wanted.filter, scope, after=wanted.place, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return ActPage(
        acts=[act_summary(stored, rules, now, language) for stored in shown],
        next_cursor=wanted.cursor_after(shown[-1]) if len(found) > wanted.limit else None,
    )


@router.get("/acts/{act_id}", summary="查看督办文书 One act", responses=problems(*_ONE))
async def read_act(
    act_id: UUID,
    acts: Acts,
    scope: CurrentActScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    response: Response,
) -> ActView:
    """文号、事由、时限、文书、回复与约谈记录。 Number, cause, deadlines, files, answer and interview."""
    stored = await act_seen(acts, act_id, scope)
    response.headers["ETag"] = etag(stored.version)
    return act_view(stored, rules, now, language)


@router.get("/acts/{act_id}/history", summary="督办文书经过 History", responses=problems(*_ONE))
async def read_act_history(
    act_id: UUID,
    parts: Parts,
    acts: Acts,
    scope: CurrentActScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> History:
    """全部事件，每个事件一句话。 All events, oldest first, a sentence each."""
    await act_seen(acts, act_id, scope)
    return History(id=act_id, events=history_entries(await parts.store.stream(act_id), rules, language))


@router.post(
    "/acts",
    status_code=201,
    response_model=Receipt,
    summary="制发督办文书 Have an act issued",
    responses=problems(
        *COMMANDING,
        "unknown_unit",
        "unknown_area",
        "campaign_not_in_force",
        "due_in_past",
        "no_policy_published",
        "act_already_planned",
        "summoner_of_no_summons",
    ),
)
async def plan_an_act(
    asked: CommandAsked,
    body: Annotated[NewAct, Depends(JsonBody(NewAct, {"督办单": ORDER}))],
    parts: Parts,
    rules: CurrentRulebook,
) -> Response:
    """由创建办直接制发；制发时编号。 By the office's own hand; it gets its number when it is issued.

    催办通知书于下一工作日上班时制发，其余即时制发。 A reminder as the next working day begins, all else at once.
    """
    receipt = await plan_by_hand(parts, asked, rules, body)
    return receipt_answer(receipt, location=f"/v1/acts/{receipt.id}")


def _offer(kind: ActCommand) -> None:
    examples = {"": kind.example} if kind.example else {}

    async def handle_act(
        act_id: UUID,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, examples))],
        parts: Parts,
        acts: Acts,
        rules: CurrentRulebook,
    ) -> Response:
        return receipt_answer(await carry_out(parts, acts, asked, rules, act_id, kind, body))

    route: dict[str, Any] = {
        "name": kind.path.replace("-", "_") + "_act",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*_HANDLING, *kind.refusals),
    }
    router.add_api_route(f"/acts/{{act_id}}/{kind.path}", handle_act, methods=["POST"], response_model=Receipt, **route)


for _kind in ACT_COMMANDS:
    _offer(_kind)
