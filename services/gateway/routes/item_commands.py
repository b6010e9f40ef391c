"""Reporting an issue, and every command about an item."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.gateway.answers import item_path, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentRulebook, CurrentScope, Parts
from services.gateway.description import COMMANDING, problems
from services.gateway.item_commands import ITEM_COMMANDS, ItemCommand
from services.gateway.item_handling import handle, report, report_fixed
from services.gateway.report_bodies import COMPLAINT, FIXED, REPORT, FixedOnTheSpotBody, ReportBody
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1/items", tags=["事项 items"])

_OPENING = (
    *COMMANDING,
    "unknown_category",
    "unknown_area",
    "no_policy_published",
    "due_in_past",
    "reported_in_future",
    "already_reported",
)
_HANDLING = (*COMMANDING, "no_such_item", "wrong_step")

ReportAsked = Annotated[ReportBody, Depends(JsonBody(ReportBody, {"督查发现": REPORT, "群众投诉": COMPLAINT}))]
FixedAsked = Annotated[FixedOnTheSpotBody, Depends(JsonBody(FixedOnTheSpotBody, {"随检立清": FIXED}))]


@router.post(
    "", status_code=201, response_model=Receipt, summary="上报问题 Report an issue", responses=problems(*_OPENING)
)
async def report_issue(
    asked: CommandAsked, body: ReportAsked, scope: CurrentScope, rules: CurrentRulebook, parts: Parts
) -> Response:
    """由人工上报；按规则自动立案、交办。 An issue a person saw; registered and dispatched as the policy says."""
    receipt = await report(parts, asked, scope, rules, body)
    return receipt_answer(receipt, location=item_path(receipt.id))


@router.post(
    "/fixed-on-the-spot",
    status_code=201,
    response_model=Receipt,
    summary="随检立清 Report as fixed on the spot",
    responses=problems(*_OPENING),
)
async def report_fixed_on_the_spot(
    asked: CommandAsked, body: FixedAsked, scope: CurrentScope, rules: CurrentRulebook, parts: Parts
) -> Response:
    """上报时已当场整改，附佐证，直接销号。 Reported already corrected, with evidence, and closed at once."""
    receipt = await report_fixed(parts, asked, scope, rules, body)
    return receipt_answer(receipt, location=item_path(receipt.id))


def _offer(kind: ItemCommand) -> None:
    examples = {"": kind.example} if kind.example else {}

    async def carry_out(
        item_id: UUID,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, examples))],
        scope: CurrentScope,
        parts: Parts,
    ) -> Response:
        return receipt_answer(await handle(parts, asked, scope, item_id, kind, body))

    route: dict[str, Any] = {
        "name": kind.path.replace("-", "_") + "_item",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*_HANDLING, *kind.refusals),
    }
    router.add_api_route(f"/{{item_id}}/{kind.path}", carry_out, methods=["POST"], response_model=Receipt, **route)


for _kind in ITEM_COMMANDS:
    _offer(_kind)
