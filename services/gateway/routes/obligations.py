"""Obligations 任务: reading lists, counts, one and its history; assigning tasks, issuing letters, and handling them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, TypeAdapter

from domain.errors import Rejection
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.campaign_dependencies import (
    Campaigns,
    CurrentCampaignScope,
    CurrentObligationScope,
    Obligations,
)
from services.gateway.campaign_handling import campaign_seen
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentRulebook, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.item_history import History, history_entries, timezone_of
from services.gateway.item_lists import QueryInstant
from services.gateway.item_views import View
from services.gateway.obligation_bodies import LETTERS, TASK, NewLetters, NewTask
from services.gateway.obligation_commands import OBLIGATION_COMMANDS, ObligationCommand
from services.gateway.obligation_handling import assign_task, carry_out, issue_letters, obligation_seen
from services.gateway.obligation_lists import ObligationCountsWanted, ObligationPageWanted
from services.gateway.obligation_views import (
    CampaignCounts,
    ObligationSummary,
    ObligationView,
    QuantityView,
    campaign_counts,
    obligation_summary,
    obligation_view,
)
from services.gateway.problems import Problem, problem_for
from services.gateway.routes.campaigns import CampaignId
from services.gateway.standard_views import CampaignHasNoStandard, CampaignStandardView, campaign_standard
from services.handling.receipts import Receipt
from services.messages.catalogue import Language
from services.store.obligation_queries import ObligationFilter, QuantityDimension

router = APIRouter(prefix="/v1", tags=["任务 obligations"])

_ONE = (*READING, "no_such_obligation")
_ASSIGNING = (*COMMANDING, "no_such_campaign", "campaign_is_over", "unknown_unit", "no_policy_published")
_HANDLING = (*COMMANDING, "no_such_obligation", "obligation_not_in_step")


class ObligationPage(View):
    """A page of obligations."""

    obligations: list[ObligationSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class ObligationCounts(View):
    """How many obligations there are, in total and by the dimensions asked for, the most frequent first."""

    total: int = Field(examples=[120])
    counts: list[dict[str, str | int | bool | None]] = Field(
        examples=[[{"kind": "letter", "status": "fulfilled", "obligations": 48}]]
    )


class LetterAnswer(BaseModel):
    """What became of the letter to one unit: a receipt, or the problem that would have answered it alone."""

    unit: str = Field(examples=["cleaning"])
    status: int = Field(description="单独下发时的状态码。 The status it would have got alone.", examples=[201])
    receipt: Receipt | None = None
    problem: Problem | None = None


_ANSWERS = TypeAdapter(list[LetterAnswer])


@router.get("/obligations", summary="任务列表 List obligations", responses=problems(*READING, "cursor_malformed"))
async def list_obligations(
    wanted: Annotated[ObligationPageWanted, Query()],
    obligations: Obligations,
    scope: CurrentObligationScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
) -> ObligationPage:
    """范围内的常态任务、任务与责任书，按游标翻页。 Those within the caller's scope, page by page."""
    found = await obligations.page(
        wanted.filter, scope, now, order=wanted.order, after=wanted.place, limit=wanted.limit + 1
    )
    shown = found[: wanted.limit]
    return ObligationPage(
        obligations=[obligation_summary(stored, rules, now, language) for stored in shown],
        next_cursor=wanted.cursor_after(shown[-1]) if len(found) > wanted.limit else None,
    )


@router.get("/obligations/counts", summary="任务统计 Count obligations", responses=problems(*READING))
async def count_obligations(
    wanted: Annotated[ObligationCountsWanted, Query()],
    obligations: Obligations,
    scope: CurrentObligationScope,
    now: Now,
) -> ObligationCounts:
    """按类型、状态、单位、活动、督办级别、是否逾期统计。 Counts by up to three dimensions."""
    found = await obligations.counts(wanted.by, wanted.filter, scope, now)
    return ObligationCounts(
        total=sum(number for _, number in found),
        counts=[{**dict(zip(wanted.by, values, strict=True)), "obligations": number} for values, number in found],
    )


@router.get("/obligations/{obligation_id}", summary="查看任务 One obligation", responses=problems(*_ONE))
async def read_obligation(
    obligation_id: UUID,
    parts: Parts,
    obligations: Obligations,
    scope: CurrentObligationScope,
    rules: CurrentRulebook,
    now: Now,
    language: AskedLanguage,
    response: Response,
) -> ObligationView:
    """应做什么、由谁、到何时、进度与上报内容。 What is owed by whom until when, and what was handed in."""
    stored = await obligation_seen(obligations, obligation_id, scope)
    response.headers["ETag"] = etag(stored.version)
    return obligation_view(stored, await parts.store.stream(obligation_id), rules, now, language)


@router.get("/obligations/{obligation_id}/history", summary="任务经过 History", responses=problems(*_ONE))
async def read_obligation_history(
    obligation_id: UUID,
    parts: Parts,
    obligations: Obligations,
    scope: CurrentObligationScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> History:
    """全部事件，每个事件一句话。 All events, oldest first, a sentence each."""
    await obligation_seen(obligations, obligation_id, scope)
    events = await parts.store.stream(obligation_id)
    return History(id=obligation_id, events=history_entries(events, rules, language))


@router.post(
    "/campaigns/{campaign_id}/tasks",
    status_code=201,
    response_model=Receipt,
    summary="任务分解 Assign a task",
    responses=problems(
        *_ASSIGNING,
        "already_assigned",
        "lead_unit_supports_itself",
        "milestone_given_twice",
        "due_in_past",
        "unknown_standard_node",
    ),
)
async def assign_a_task(
    campaign_id: CampaignId,
    asked: CommandAsked,
    body: Annotated[NewTask, Depends(JsonBody(NewTask, {"楼道整治": TASK}))],
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
) -> Response:
    """五定：定部门、定领导、定任务、定进度、定责任；节点倒排。 With the five fixings, counted back from inspection."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    receipt = await assign_task(parts, asked, seen, rules, body)
    return receipt_answer(receipt, location=f"/v1/obligations/{receipt.id}")


@router.post(
    "/campaigns/{campaign_id}/letters",
    response_model=list[LetterAnswer],
    summary="下发责任书 Issue responsibility letters",
    responses=problems(*_ASSIGNING, "already_assigned"),
)
async def issue_responsibility_letters(
    campaign_id: CampaignId,
    asked: CommandAsked,
    body: Annotated[NewLetters, Depends(JsonBody(NewLetters, {"责任书": LETTERS}))],
    parts: Parts,
    campaigns: Campaigns,
    scope: CurrentCampaignScope,
    rules: CurrentRulebook,
    language: AskedLanguage,
    request: Request,
) -> Response:
    """一次下发给多个单位，逐一答复。 To many units at once; answers for each in order, faulty ones spoil no others."""
    seen = await campaign_seen(campaigns, campaign_id, scope)
    issued = await issue_letters(parts, asked, seen, rules, body)
    answers = [
        _letter_answer(letter.unit, answer, language, request.url.path)
        for letter, answer in zip(body.letters, issued, strict=True)
    ]
    return Response(_ANSWERS.dump_json(answers, exclude_unset=True), media_type="application/json")


@router.get(
    "/campaigns/{campaign_id}/counts",
    summary="任务进展 Letters, tasks and duties counted",
    responses=problems(*READING, "no_such_campaign"),
)
async def count_campaign(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    obligations: Obligations,
    campaign_scope: CurrentCampaignScope,
    scope: CurrentObligationScope,
    now: Now,
) -> CampaignCounts:
    """责任书下发与签订、任务下达与验收、常态任务上报的数量。 Letters issued and signed, tasks, duties."""
    await campaign_seen(campaigns, campaign_id, campaign_scope)
    found = await obligations.counts(("kind", "status", "late"), ObligationFilter(campaigns=[campaign_id]), scope, now)
    return campaign_counts(campaign_id, found, now)


@router.get(
    "/campaigns/{campaign_id}/standard",
    summary="测评体系与任务进展 The standard and its tasks",
    responses=problems(*READING, "no_such_campaign", "campaign_has_no_standard"),
)
async def read_campaign_standard(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    obligations: Obligations,
    campaign_scope: CurrentCampaignScope,
    scope: CurrentObligationScope,
    rules: CurrentRulebook,
    now: Now,
) -> CampaignStandardView:
    """测评体系现行版本的指标树，每项的任务数与已验收数。 The newest tree, with tasks given and accepted per node."""
    seen = await campaign_seen(campaigns, campaign_id, campaign_scope)
    standard = rules.newest_standard(seen.plan.standard_id) if seen.plan.standard_id is not None else None
    if standard is None:
        raise CampaignHasNoStandard(campaign=campaign_id)
    tasks = ObligationFilter(campaigns=[campaign_id], kinds=["task"])
    found = await obligations.counts(("standard_node", "status"), tasks, scope, now)
    return campaign_standard(campaign_id, standard, found)


@router.get(
    "/campaigns/{campaign_id}/quantities",
    summary="工作量统计 Work done, in quantities",
    responses=problems(*READING, "no_such_campaign"),
)
async def sum_quantities(
    campaign_id: CampaignId,
    campaigns: Campaigns,
    obligations: Obligations,
    campaign_scope: CurrentCampaignScope,
    scope: CurrentObligationScope,
    rules: CurrentRulebook,
    by: Annotated[QuantityDimension | None, Query(description="按单位、任务或日期。 By unit, duty or day.")] = None,
    starts_at: Annotated[QueryInstant | None, Query(alias="from", description="期次起（含）。 From.")] = None,
    ends_at: Annotated[QueryInstant | None, Query(alias="to", description="期次止（不含）。 Before.")] = None,
) -> list[QuantityView]:
    """常态任务上报的数量合计。 What was reported under duties, summed by kind."""
    await campaign_seen(campaigns, campaign_id, campaign_scope)
    found = await obligations.quantities(
        campaign_id, scope, by=by, starts_at=starts_at, ends_at=ends_at, timezone=timezone_of(rules)
    )
    return [QuantityView(kind=each.kind, by=each.by, amount=each.amount, reports=each.reports) for each in found]


def _letter_answer(unit: str, answer: Receipt | Rejection, language: Language, path: str) -> LetterAnswer:
    if isinstance(answer, Receipt):
        return LetterAnswer(unit=unit, status=201, receipt=answer)
    problem = problem_for(answer, language, path)
    return LetterAnswer(unit=unit, status=problem.status, problem=problem)


def _offer(kind: ObligationCommand) -> None:
    examples = {"": kind.example} if kind.example else {}

    async def handle_obligation(
        obligation_id: UUID,
        asked: CommandAsked,
        body: Annotated[BaseModel, Depends(JsonBody(kind.body, examples))],
        parts: Parts,
        obligations: Obligations,
        rules: CurrentRulebook,
    ) -> Response:
        return receipt_answer(await carry_out(parts, obligations, asked, rules, obligation_id, kind, body))

    route: dict[str, Any] = {
        "name": kind.path.replace("-", "_") + "_obligation",
        "summary": kind.summary,
        "description": kind.description,
        "responses": problems(*_HANDLING, *kind.refusals),
    }
    path = f"/obligations/{{obligation_id}}/{kind.path}"
    router.add_api_route(path, handle_obligation, methods=["POST"], response_model=Receipt, **route)


for _kind in OBLIGATION_COMMANDS:
    _offer(_kind)
