"""How bulletins are published: the figures are computed here, from facts that have caught up with the log."""

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.bulletin.commands import CorrectBulletin, PublishBulletin
from domain.bulletin.content import BulletinKind, Content, Period, period_of
from domain.bulletin.decisions import NoSuchBulletin, check_permission
from domain.bulletin.state import Bulletin
from domain.campaign.state import CAMPAIGNS
from domain.decider import Reason
from domain.indicator.decisions import formulas
from domain.instant import Instant
from domain.rulebook.rulebook import Rulebook
from services.gateway.campaign_scope import check_reach
from services.gateway.dependencies import Asked
from services.gateway.governing import BoundToArea
from services.gateway.indicator_views import AsOfInTheFuture
from services.gateway.item_history import timezone_of
from services.gateway.refusals import TemporarilyUnavailable
from services.gateway.wiring import Gateway
from services.handling.aggregates import BULLETIN, CAMPAIGN
from services.handling.bulletin_completion import naming_criticisms
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.indicators.bulletins import FactsBehindError, caught_up, content_of

_Code = Annotated[str, Field(min_length=1, max_length=100)]
_AS_OF = "截至时刻。 The moment the figures are of."


class BulletinBody(BaseModel):
    """Which bulletin to publish."""

    model_config = ConfigDict(extra="forbid")

    campaign: _Code | None = Field(None, description="创建活动，缺省为全市。 Campaign; the whole city unless given.")
    kind: BulletinKind
    period: Annotated[str, Field(min_length=1, max_length=20)] = Field(
        description="周 2026-W47 或月 2026-11。 A week or a month.", examples=["2026-W47"]
    )
    as_of: Instant | None = Field(None, description=_AS_OF + "缺省为期末。 The period's end unless given.")
    formulas: _Code | None = Field(None, description="公式版本，缺省为现行版本。 The newest formulas unless given.")


class CorrectionBody(BaseModel):
    """Why a new edition replaces the newest one."""

    model_config = ConfigDict(extra="forbid")

    corrects: int = Field(ge=1, le=2**31, description="被更正的版次。 The edition to replace.", examples=[1])
    reason: Reason
    as_of: Instant | None = Field(None, description=_AS_OF + "缺省为现在。 Now unless given.")
    formulas: _Code | None = Field(None, description="公式版本，缺省为现行版本。 The newest formulas unless given.")


async def publish(parts: Gateway, asked: Asked, body: BulletinBody) -> Receipt:
    """Publish the bulletin of a period; refused where there is one."""
    check_permission(asked.caller.actor, PublishBulletin)
    rules = await parts.rulebooks.current(newest=True)
    await check_campaign(parts, asked, body.campaign, rules, PublishBulletin.__name__)
    period = period_of(body.kind, body.period, timezone_of(rules))
    stream = BULLETIN.stream(f"{body.campaign or ''}\n{body.kind}\n{body.period}")
    as_of = body.as_of or min(asked.at, period.ends_at)
    content = await _content(parts, asked, body.formulas, body.campaign, period, as_of, rules)
    command = PublishBulletin(**asked.fields, campaign_id=body.campaign, kind=body.kind, content=content)
    return await _handle(parts, asked, stream, command, body)


async def correct(parts: Gateway, asked: Asked, bulletin_id: UUID, body: CorrectionBody) -> Receipt:
    """Publish a new edition that names the one it replaces."""
    check_permission(asked.caller.actor, CorrectBulletin)
    bulletin, _ = await read(parts, bulletin_id)
    rules, period = await parts.rulebooks.current(newest=True), bulletin.newest.content.period
    await check_campaign(parts, asked, bulletin.campaign_id, rules, CorrectBulletin.__name__)
    as_of = body.as_of or asked.at
    content = await _content(parts, asked, body.formulas, bulletin.campaign_id, period, as_of, rules)
    command = CorrectBulletin(**asked.fields, corrects=body.corrects, reason=body.reason, content=content)
    return await _handle(parts, asked, bulletin_id, command, body)


async def read(parts: Gateway, bulletin_id: UUID) -> tuple[Bulletin, int]:
    """A bulletin and its version; raises NoSuchBulletin."""
    stored = await parts.store.state(bulletin_id)
    if stored is None or stored.kind != BULLETIN.kind:
        raise NoSuchBulletin
    return Bulletin.model_validate_json(stored.state), stored.version


async def check_campaign(parts: Gateway, asked: Asked, campaign_id: str | None, rules: Rulebook, command: str) -> None:
    """Whoever is bound to an area publishes about campaigns that lie within it, and not about the whole city."""
    if asked.caller.standing.area is None:
        return
    stored = await parts.store.state(CAMPAIGN.stream(campaign_id)) if campaign_id else None
    if stored is None or stored.kind != CAMPAIGN.kind:
        raise BoundToArea(area=asked.caller.standing.area)
    check_reach(asked.caller, CAMPAIGNS.validate_json(stored.state).plan, rules, command)


async def _content(
    parts: Gateway,
    asked: Asked,
    ref: str | None,
    campaign_id: str | None,
    period: Period,
    as_of: datetime,
    rules: Rulebook,
) -> Content:
    if as_of > asked.at:
        raise AsOfInTheFuture(as_of=as_of.isoformat())
    book = formulas(rules, ref)
    try:
        await caught_up(parts.pool)
    except FactsBehindError:
        raise TemporarilyUnavailable from None
    return await content_of(parts.pool, book, campaign_id, period, as_of, rules)


async def _handle(
    parts: Gateway, asked: Asked, stream: UUID, command: PublishBulletin | CorrectBulletin, body: BaseModel
) -> Receipt:
    # The figures were computed for this attempt; what the client asked is the body.
    request = hashlib.sha256(f"{type(command).__name__} {stream} {body.model_dump_json()}".encode()).digest()
    wish = Wish(
        BULLETIN,
        stream,
        command,
        expected_version=asked.expected_version,
        request_sha256=request,
        completed=naming_criticisms,
    )
    return await parts.handler.handle(wish)
