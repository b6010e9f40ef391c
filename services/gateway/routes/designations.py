"""Designations 命名 in a campaign: which areas were named what, granting and withdrawing."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from domain.designation.rejections import NoSuchDesignation
from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.campaign_dependencies import Campaigns, CurrentCampaignScope
from services.gateway.campaign_designations import (
    EXAMPLE,
    DesignationView,
    NewDesignation,
    areas_seen,
    designation_view,
    grant,
    stream_of,
    withdraw,
)
from services.gateway.campaign_handling import campaign_seen
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.item_history import History, history_entries
from services.gateway.item_views import View
from services.gateway.principal_handling import ReasonBody
from services.gateway.routes.campaigns import NUMBER_PLACES, CampaignId, Cursor, Limit, NumberPlace
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1/campaigns/{campaign_id}/designations", tags=["创建活动 campaigns"])

DesignationName = Annotated[str, Path(max_length=63, examples=["model"])]
AreaCode = Annotated[str, Path(max_length=100, examples=["east-1"])]


class DesignationPage(View):
    """A page of designations."""

    designations: list[DesignationView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


@router.get(
    "", summary="命名列表 List designations", responses=problems(*READING, "no_such_campaign", "cursor_malformed")
)
async def list_designations(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    caller: CurrentPrincipal,
    rules: CurrentRulebook,
    language: AskedLanguage,
    designation: Annotated[str | None, Query(max_length=63, description="何种命名。 Which designation.")] = None,
    status: Annotated[list[Literal["granted", "withdrawn"]] | None, Query(description="状态。 Status.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DesignationPage:
    """按命名、区域排序，含已撤销的。 By designation and area, withdrawn ones included."""
    await campaign_seen(campaigns, campaign_id, scope)
    place = place_in(cursor, NUMBER_PLACES)
    found = await campaigns.designations(
        campaign_id,
        designation=designation,
        statuses=status,
        areas=areas_seen(caller, rules),
        after=place.number if place else None,
        limit=limit + 1,
    )
    shown = found[:limit]
    return DesignationPage(
        designations=[designation_view(each, rules, language) for each in shown],
        next_cursor=cursor_of(NumberPlace(number=shown[-1].row.number or "")) if len(found) > limit else None,
    )


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="授予命名 Grant a designation",
    responses=problems(
        *COMMANDING,
        "no_such_campaign",
        "campaign_not_running",
        "campaign_is_over",
        "unknown_area",
        "unknown_designation",
        "wrong_kind_of_area",
        "area_outside_campaign",
        "already_designated",
    ),
)
async def grant_designation(
    campaign_id: CampaignId,
    asked: CommandAsked,
    body: Annotated[NewDesignation, Depends(JsonBody(NewDesignation, {"示范小区": EXAMPLE}))],
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
) -> Response:
    """为方案目标所统计的命名，授予一个区域。 For a designation that a target of the plan counts."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    receipt = await grant(parts, asked, seen, rules, body)
    place = f"/v1/campaigns/{campaign_id}/designations/{body.designation}/{body.area}/history"
    return receipt_answer(receipt, location=place)


@router.post(
    "/{designation}/{area}/withdraw",
    response_model=Receipt,
    summary="撤销命名 Withdraw a designation",
    responses=problems(*COMMANDING, "no_such_campaign", "no_such_designation", "designation_not_in_force"),
)
async def withdraw_designation(
    campaign_id: CampaignId,
    designation: DesignationName,
    area: AreaCode,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, {"复查不合格": {"reason": "复查不合格"}}))],
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
) -> Response:
    """说明原因；以后可以重新授予。 With a reason; it may be granted again."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    return receipt_answer(await withdraw(parts, asked, seen, rules, designation, area, body.reason))


@router.get(
    "/{designation}/{area}/history",
    summary="命名经过 History of a designation",
    responses=problems(*READING, "no_such_campaign", "no_such_designation"),
)
async def read_designation_history(
    campaign_id: CampaignId,
    designation: DesignationName,
    area: AreaCode,
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    caller: CurrentPrincipal,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> History:
    """授予与撤销的全部记录。 Every grant and withdrawal."""
    await campaign_seen(campaigns, campaign_id, scope)
    within = areas_seen(caller, rules)
    stream_id = stream_of(campaign_id, designation, area)
    events = await parts.store.stream(stream_id) if within is None or area in within else []
    if not events:
        raise NoSuchDesignation
    return History(id=stream_id, events=history_entries(events, rules, language))
