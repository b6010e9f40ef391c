"""Accountability cases 问责案件: lists, one and its history; opening by hand, and every step until it is closed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.case_commands import CASE_COMMANDS, NEW_CASE, CaseCommand, NewCase
from services.gateway.case_handling import carry_out, case_seen, open_case
from services.gateway.case_lists import CasePageWanted
from services.gateway.case_scope import Cases, CurrentCaseScope
from services.gateway.case_views import CaseSummary, CaseView, case_summary, case_view
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentRulebook, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.item_history import History, history_entries
from services.gateway.item_views import View
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1/cases", tags=["问责 cases"])

_ONE = (*READING, "no_such_case")
_HANDLING = (*COMMANDING, "no_such_case", "case_not_in_step", "no_policy_published", "deadline_out_of_calendar")
_OPENING = (
    *COMMANDING,
    *("unknown_unit", "unknown_area", "campaign_not_in_force", "unknown_ground"),
    *("no_policy_published", "deadline_out_of_calendar", "case_already_opened"),
)


class CasePage(View):
    """A page of cases."""

    cases: list[CaseSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


@router.get("", summary="问责案件列表 List cases", responses=problems(*READING, "cursor_malformed"))
async def list_accountability_cases(
    wanted: Annotated[CasePageWanted, Query()],
    cases: Cases,
    scope: CurrentCaseScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> CasePage:
    """范围内的问责案件，按游标翻页；单位只看到本单位及下级的案件。 Those within the caller's scope, page by page."""
    found = await cases.page(wanted.filter, scope, now, order=wanted.order, after=wanted.place, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return CasePage(
        cases=[case_summary(stored, rules, now, language) for stored in shown],
        next_cursor=wanted.cursor_after(shown[-1]) if len(found) > wanted.limit else None,
    )


@router.get("/{case_id}", summary="查看问责案件 One case", responses=problems(*_ONE))
async def read_case(
    case_id: UUID,
    parts: Parts,
    cases: Cases,
    scope: CurrentCaseScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    response: Response,
) -> CaseView:
    """案由、环节、申辩、认定、决定、申诉、复核、执行与文书。 Why, where it stands, and what was said and decided."""
    stored = await case_seen(cases, case_id, scope)
    response.headers["ETag"] = etag(stored.version)
    return case_view(stored, await parts.store.stream(case_id), rules, now, language)


@router.get("/{case_id}/history", summary="案件经过 History", responses=problems(*_ONE))
async def read_case_history(
    case_id: UUID,
    parts: Parts,
    cases: Cases,
    scope: CurrentCaseScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> History:
    """全部事件，每个事件一句话。 All events, oldest first, a sentence each."""
    await case_seen(cases, case_id, scope)
    return History(id=case_id, events=history_entries(await parts.store.stream(case_id), rules, language))


@router.post(
    "", status_code=201, response_model=Receipt, summary="人工立案 Open a case by hand", responses=problems(*_OPENING)
)
async def open_a_case(
    asked: CommandAsked,
    body: Annotated[NewCase, Depends(JsonBody(NewCase, {"弄虚作假": NEW_CASE}))],
    parts: Parts,
    cases: Cases,
    rules: CurrentRulebook,
) -> Response:
    """由创建办或领导小组说明理由后立案；编号不断号。 By office or leading group, for a reason; numbered in turn."""
    receipt = await open_case(parts, cases, asked, rules, body)
    return receipt_answer(receipt, location=f"/v1/cases/{receipt.id}")


def _offer(kind: CaseCommand) -> None:
    examples = {"": kind.example} if kind.example else {}

    async def handle_case(
        case_id: UUID,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, examples))],
        parts: Parts,
        cases: Cases,
        rules: CurrentRulebook,
    ) -> Response:
        return receipt_answer(await carry_out(parts, cases, asked, rules, case_id, kind, body))

    route: dict[str, Any] = {
        "name": kind.path.replace("-", "_") + "_case",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*_HANDLING, *kind.refusals),
    }
    router.add_api_route(f"/{{case_id}}/{kind.path}", handle_case, methods=["POST"], response_model=Receipt, **route)


for _kind in CASE_COMMANDS:
    _offer(_kind)
