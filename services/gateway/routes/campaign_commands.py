"""Planning a campaign, and every command about one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.campaign_bodies import CHANGED, NEW, ChangedPlan, NewCampaign
from services.gateway.campaign_commands import CAMPAIGN_COMMANDS, CampaignCommand
from services.gateway.campaign_dependencies import Campaigns
from services.gateway.campaign_handling import carry_out, change_plan, plan_campaign
from services.gateway.dependencies import CommandAsked, Parts
from services.gateway.description import COMMANDING, problems
from services.gateway.routes.campaigns import CampaignId
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1/campaigns", tags=["创建活动 campaigns"])

_PLANNING = (
    *COMMANDING,
    "no_policy_published",
    "unknown_policy",
    "unknown_standard",
    "unknown_unit",
    "unknown_area",
    "unknown_indicator",
    "unusable_duty_rule",
)
_STEERING = (*COMMANDING, "no_such_campaign", "campaign_is_over")


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="编制方案 Plan a campaign",
    responses=problems(*_PLANNING, "campaign_already_planned", "no_such_template", "template_does_not_fit"),
)
async def plan_a_campaign(
    asked: CommandAsked, body: Annotated[NewCampaign, Depends(JsonBody(NewCampaign, NEW))], parts: Parts
) -> Response:
    """给出完整方案，或给出模板与参数。 A whole plan, or a template with its parameters."""
    receipt = await plan_campaign(parts, asked, body)
    return receipt_answer(receipt, location=f"/v1/campaigns/{receipt.number}")


@router.put(
    "/{campaign_id}/plan",
    response_model=Receipt,
    summary="变更方案 Change the plan",
    responses=problems(
        *_PLANNING, "no_such_campaign", "campaign_is_over", "campaign_already_started", "campaign_id_cannot_change"
    ),
)
async def change_the_plan(
    campaign_id: CampaignId,
    asked: CommandAsked,
    body: Annotated[ChangedPlan, Depends(JsonBody(ChangedPlan, CHANGED))],
    parts: Parts,
    campaigns: Campaigns,
) -> Response:
    """启动之前整体替换方案。 Replaces the whole plan before the start."""
    return receipt_answer(await change_plan(parts, campaigns, asked, campaign_id, body))


def _offer(kind: CampaignCommand) -> None:
    examples = {"": kind.example} if kind.example else {}

    async def steer_campaign(
        campaign_id: CampaignId,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, examples))],
        parts: Parts,
        campaigns: Campaigns,
    ) -> Response:
        return receipt_answer(await carry_out(parts, campaigns, asked, campaign_id, kind, body))

    route: dict[str, Any] = {
        "name": kind.path.replace("-", "_") + "_of_campaign",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*_STEERING, *kind.refusals),
    }
    path = f"/{{campaign_id}}/{kind.path}"
    router.add_api_route(path, steer_campaign, methods=["POST"], response_model=Receipt, **route)


for _kind in CAMPAIGN_COMMANDS:
    _offer(_kind)
