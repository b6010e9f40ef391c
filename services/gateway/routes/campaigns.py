"""Reading campaigns 创建活动: lists, one, its history, how it stood, what lies ahead, and the templates."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.campaign.decisions import fold
from domain.campaign.events import CAMPAIGN_EVENTS
from domain.campaign.plan import PhaseKind, Title
from domain.campaign.rejections import NoSuchCampaign
from domain.campaign.state import CAMPAIGNS
from services.campaigns.from_template import shipped_template
from services.campaigns.template import shipped_templates
from services.campaigns.template_file import DayOfCampaign
from services.gateway.answers import etag
from services.gateway.campaign_dependencies import Campaigns, CurrentCampaignScope
from services.gateway.campaign_handling import NoSuchTemplate, campaign_seen
from services.gateway.campaign_schedule import Schedule, schedule_of
from services.gateway.campaign_targets import Targets, targets_view
from services.gateway.campaign_views import CampaignSummary, CampaignView, campaign_summary, campaign_view
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CurrentPrincipal, CurrentRulebook, Now, Parts
from services.gateway.description import READING, problems
from services.gateway.item_history import History, events_until, history_entries
from services.gateway.item_lists import QueryInstant
from services.gateway.item_views import View
from services.messages.catalogue import Language

router = APIRouter(prefix="/v1", tags=["创建活动 campaigns"])

CampaignId = Annotated[str, Path(max_length=63, description="创建活动编号。 Its id.", examples=["east-2027"])]
Status = Literal["planned", "running", "paused", "ended"]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数。 Lines a page.")]
Cursor = Annotated[str | None, Query(description="上一页给出的 next_cursor。 next_cursor of the page before.")]

_ONE = (*READING, "no_such_campaign")


class NumberPlace(BaseModel):
    """Where a page that goes by number ended."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]


NUMBER_PLACES = TypeAdapter(NumberPlace)


class CampaignPage(View):
    """A page of campaigns."""

    campaigns: list[CampaignSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class TemplatePhase(View):
    """A phase of a template."""

    phase_id: str = Field(examples=["models"])
    kind: PhaseKind
    name: str = Field(examples=["示范带动"])
    first_day: str = Field(description="月-日，第几年。 Month-day and year.", examples=["08-11"])
    last_day: str | None = Field(examples=["08-31"])
    policy: str = Field(description="所需办理规则的名称。 The name it gives to its policy.", examples=["routine"])


class TemplateView(View):
    """A template that comes with the product."""

    template: str = Field(examples=["county-communities"])
    name: str = Field(examples=["县域文明小区创建活动"])
    description: str
    title: Title
    policies: list[str] = Field(examples=[["maintenance", "routine", "sprint"]])
    phases: list[TemplatePhase]


class TemplateText(TemplateView):
    """A template with its text."""

    yaml: str = Field(description="模板全文。 The whole text.", examples=["template: town\n"])


@router.get("/campaigns", summary="创建活动列表 List campaigns", responses=problems(*READING, "cursor_malformed"))
async def list_campaigns(
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
    status: Annotated[list[Status] | None, Query(description="状态。 Status.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CampaignPage:
    """本单位参加的、或适用于本区域的创建活动，按编号。 Those within the caller's scope, by id."""
    place = place_in(cursor, NUMBER_PLACES)
    found = await campaigns.page(scope, statuses=status, after=place.number if place else None, limit=limit + 1)
    shown = found[:limit]
    return CampaignPage(
        campaigns=[
            campaign_summary(each.stream_id, each.version, CAMPAIGNS.validate_json(each.state), rules, language)
            for each in shown
        ],
        next_cursor=cursor_of(NumberPlace(number=shown[-1].row.number or "")) if len(found) > limit else None,
    )


@router.get("/campaigns/{campaign_id}", summary="查看创建活动 One campaign", responses=problems(*_ONE))
async def read_campaign(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
    response: Response,
) -> CampaignView:
    """方案、各阶段、常态任务、等待决定的事项。 The plan, its phases and duties, and what waits for a decision."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    response.headers["ETag"] = etag(seen.stored.version)
    return campaign_view(seen.stored.stream_id, seen.stored.version, seen.campaign, rules, language)


@router.get("/campaigns/{campaign_id}/history", summary="创建活动经过 History", responses=problems(*_ONE))
async def read_campaign_history(
    campaign_id: CampaignId,
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> History:
    """全部事件，每个事件一句话。 All events, oldest first, a sentence each."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    events = await parts.store.stream(seen.stored.stream_id)
    return History(id=seen.stored.stream_id, events=history_entries(events, rules, language))


@router.get("/campaigns/{campaign_id}/as-of", summary="历史状态 As it stood", responses=problems(*_ONE))
async def read_campaign_as_of(
    campaign_id: CampaignId,
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
    version: Annotated[int | None, Query(ge=1, le=2**31, description="到第几个事件。 After so many events.")] = None,
    at: Annotated[QueryInstant | None, Query(description="按发生时间。 What had happened by then.")] = None,
    known_at: Annotated[QueryInstant | None, Query(description="按记录时间。 What was written down by then.")] = None,
) -> CampaignView:
    """创建活动在过去某一时刻的状态，由事件重算。 The campaign folded from its events up to a moment."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    events = await parts.store.stream(seen.stored.stream_id)
    chosen = events_until(events, version=version, at=at, known_at=known_at)
    campaign = fold(tuple(CAMPAIGN_EVENTS.validate_json(event.data) for event in chosen))
    if campaign is None:
        raise NoSuchCampaign(campaign=campaign_id)
    return campaign_view(seen.stored.stream_id, len(chosen), campaign, rules, language)


@router.get("/campaigns/{campaign_id}/schedule", summary="日程 What is due when", responses=problems(*_ONE))
async def read_campaign_schedule(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    days: Annotated[int, Query(ge=1, le=366, description="看多少天。 How many days ahead.")] = 90,
) -> Schedule:
    """今后各阶段、验收、常态任务和目标的到期时间。 Phases, gates, duties and targets of the days ahead."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    return await schedule_of(seen.campaign, now, days, rules, language)


@router.get("/campaigns/{campaign_id}/targets", summary="目标与预测 Targets", responses=problems(*_ONE))
async def read_campaign_targets(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    at: Annotated[QueryInstant | None, Query(description="截至何时，缺省为现在。 As of; default now.")] = None,
) -> Targets:
    """每个目标的现值、目标值、期限，以及按目前进度的线性预测。 Value, goal, deadline, and a linear forecast."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    marks = await campaigns.marks(campaign_id)
    return targets_view(seen.campaign, marks, min(at or now, now), rules, language)


@router.get("/campaign-templates", summary="方案模板列表 List templates", responses=problems(*READING))
async def list_campaign_templates(_caller: CurrentPrincipal, language: AskedLanguage) -> list[TemplateView]:
    """随产品提供的创建活动模板。 The templates that come with the product."""
    return [TemplateView(**_template(name, language)) for name in shipped_templates()]


@router.get(
    "/campaign-templates/{name}",
    summary="查看方案模板 One template",
    responses=problems(*READING, "no_such_template"),
)
async def read_campaign_template(
    name: Annotated[str, Path(max_length=100, examples=["town"])], _caller: CurrentPrincipal, language: AskedLanguage
) -> TemplateText:
    """各阶段与全文，可据此另写方案。 Its phases, and the whole text as a start for one's own plan."""
    path = shipped_templates().get(name)
    if path is None:
        raise NoSuchTemplate(template=name)
    return TemplateText(**_template(name, language), yaml=path.read_text(encoding="utf-8"))


def _template(name: str, language: Language) -> dict[str, Any]:
    template = shipped_template(name)
    if template is None:
        raise NoSuchTemplate(template=name)
    file = template.file
    return {
        "template": name,
        "name": getattr(file.name, language),
        "description": getattr(file.description, language),
        "title": file.title,
        "policies": sorted(template.policies),
        "phases": [
            TemplatePhase(
                phase_id=phase.phase_id,
                kind=phase.kind,
                name=getattr(phase.name, language),
                first_day=_day(phase.first_day),
                last_day=_day(phase.last_day) if phase.last_day else None,
                policy=phase.policy,
            )
            for phase in file.phases
        ],
    }


def _day(day: DayOfCampaign) -> str:
    text = f"{day.month:02d}-{day.day:02d}"
    return text if day.year == 1 else f"{text} of year {day.year}"
