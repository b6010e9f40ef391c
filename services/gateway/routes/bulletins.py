"""Bulletins: published once for each week or month, corrected by new editions, open to everybody who has a key."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.bulletin.content import BulletinKind, NamedCriticism
from domain.bulletin.state import Bulletin, Edition
from domain.indicator.decisions import formulas
from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.bulletin_handling import BulletinBody, CorrectionBody, correct, publish, read
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.indicator_views import IndicatorView, RankingView, indicator_views, ranking_view
from services.gateway.item_views import View, unit_name
from services.handling.receipts import Receipt
from services.messages.catalogue import Language
from services.store.bulletin_queries import BulletinPlace, BulletinQueries

router = APIRouter(prefix="/v1/bulletins", tags=["通报 bulletins"])

_PUBLISHING = (*COMMANDING, "bound_to_area", "unknown_formulas", "period_not_begun", "as_of_in_future")
_PUBLISH = {"周通报": {"kind": "weekly", "period": "2026-W47"}, "月通报": {"kind": "monthly", "period": "2026-11"}}
_CORRECT = {"": {"corrects": 1, "reason": "申诉成立，重新计算"}}


class BulletinsWanted(BaseModel):
    """A page of bulletins."""

    model_config = ConfigDict(extra="forbid")

    campaign: Annotated[str, Field(max_length=100)] | None = Field(None, description="创建活动。 Campaign.")
    kind: BulletinKind | None = Field(None, description="周或月。 Weekly or monthly.")
    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class BulletinSummary(View):
    """One line of the list."""

    id: UUID
    number: str = Field(examples=["weekly/2026-W47"])
    campaign: str | None
    kind: BulletinKind
    period: str = Field(examples=["2026-W47"])
    edition: int = Field(description="现行版次。 The edition that holds.", examples=[1])
    published_at: Instant


class BulletinPage(View):
    """A page of bulletins, newest first."""

    bulletins: list[BulletinSummary]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class CriticismView(View):
    """A criticism that the bulletin publishes."""

    number: str = Field(examples=["创通〔2027〕3号"])
    act_id: UUID = Field(description="所在督办文书。 The act, under /v1/acts.")
    unit: str = Field(examples=["cleaning"])
    unit_name: str | None = Field(examples=["环卫处"])
    title: str = Field(examples=["关于环卫处承办“东街垃圾满溢”（2027-0000123）的通报批评"])
    points: int = Field(description="扣分。 Points taken off.", examples=[2])


class EditionView(View):
    """One edition with all its figures."""

    edition: int
    published_at: Instant
    corrects: int | None = Field(description="所更正的版次。 The edition it replaces.")
    reason: str | None
    starts_at: Instant
    ends_at: Instant
    as_of: Instant
    formulas: str = Field(examples=["standard@1"])
    position: int = Field(description="已计入的最后一条事件。 The last event of the log that counts.")
    indicators: list[IndicatorView]
    rankings: list[RankingView]
    criticisms: list[CriticismView] = Field(description="本期通报批评。 The criticisms that it publishes.")


class BulletinView(BulletinSummary):
    """A bulletin with every edition, the first one first; the last one holds."""

    editions: list[EditionView]


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    published_at: Instant
    id: UUID


_PLACES = TypeAdapter(_Place)


@router.get("", summary="通报列表 List bulletins", responses=problems(*READING, "cursor_malformed"))
async def list_bulletins(
    wanted: Annotated[BulletinsWanted, Query()], _caller: CurrentPrincipal, parts: Parts
) -> BulletinPage:
    """最新发布在前，按游标翻页。 Newest first, page by page."""
    place = place_in(wanted.cursor, _PLACES)
    after = BulletinPlace(place.published_at, place.id) if place else None
    found = await BulletinQueries(parts.pool).page(wanted.campaign, wanted.kind, after, wanted.limit + 1)
    shown = [BulletinSummary(**_summary(s.stream_id, Bulletin.model_validate_json(s.state))) for s in found]
    page = shown[: wanted.limit]
    more = len(shown) > wanted.limit
    cursor = cursor_of(_Place(published_at=page[-1].published_at, id=page[-1].id)) if more else None
    return BulletinPage(bulletins=page, next_cursor=cursor)


@router.get("/{bulletin_id}", summary="查看通报 One bulletin", responses=problems(*READING, "no_such_bulletin"))
async def read_bulletin(
    bulletin_id: UUID,
    _caller: CurrentPrincipal,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    response: Response,
) -> BulletinView:
    """全部版次，最后一版有效。 Every edition; the last one holds."""
    bulletin, version = await read(parts, bulletin_id)
    response.headers["ETag"] = etag(version)
    editions = [_edition(edition, rules, language) for edition in bulletin.editions]
    return BulletinView(**_summary(bulletin_id, bulletin), editions=editions)


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="发布通报 Publish a bulletin",
    responses=problems(*_PUBLISHING, "period_malformed", "bulletin_already_published"),
)
async def publish_bulletin(
    asked: CommandAsked, body: Annotated[BulletinBody, Depends(JsonBody(BulletinBody, _PUBLISH))], parts: Parts
) -> Response:
    """指标和排名由系统计算，发布后不再更改；同一期只发布一次。 Computed here, final, once for each period."""
    receipt = await publish(parts, asked, body)
    return receipt_answer(receipt, location=f"/v1/bulletins/{receipt.id}")


@router.post(
    "/{bulletin_id}/correct",
    response_model=Receipt,
    summary="更正通报 Correct a bulletin",
    responses=problems(*_PUBLISHING, "no_such_bulletin", "edition_superseded", "another_period"),
)
async def correct_bulletin(
    bulletin_id: UUID,
    asked: CommandAsked,
    body: Annotated[CorrectionBody, Depends(JsonBody(CorrectionBody, _CORRECT))],
    parts: Parts,
) -> Response:
    """新的版次注明所更正的版次；旧版保留。 A new edition names the one it replaces, which stays as it was."""
    return receipt_answer(await correct(parts, asked, bulletin_id, body))


def _summary(bulletin_id: UUID, bulletin: Bulletin) -> dict[str, Any]:
    return {
        "id": bulletin_id,
        "number": bulletin.number,
        "campaign": bulletin.campaign_id,
        "kind": bulletin.kind,
        "period": bulletin.newest.content.period.label,
        "edition": bulletin.newest.edition,
        "published_at": bulletin.editions[0].published_at,
    }


def _edition(edition: Edition, rules: Rulebook, language: Language) -> EditionView:
    content = edition.content
    book = formulas(rules, content.formulas)
    return EditionView(
        edition=edition.edition,
        published_at=edition.published_at,
        corrects=edition.corrects,
        reason=edition.reason,
        starts_at=content.period.starts_at,
        ends_at=content.period.ends_at,
        as_of=content.as_of,
        formulas=content.formulas,
        position=content.position,
        indicators=indicator_views(content.figures, book, language),
        rankings=[ranking_view(ranking, book, rules, language) for ranking in content.rankings],
        criticisms=[_criticism(named, rules, language) for named in content.criticisms],
    )


def _criticism(named: NamedCriticism, rules: Rulebook, language: Language) -> CriticismView:
    return CriticismView(
        number=named.number,
        act_id=named.act_id,
        unit=named.unit,
        unit_name=unit_name(rules, named.unit, language),
        title=getattr(named.title, language),
        points=named.points,
    )
