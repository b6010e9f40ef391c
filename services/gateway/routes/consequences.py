"""What should have followed from a rung or a ranking and did not, for those who look after supervision."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.actor import Role
from domain.errors import Forbidden
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CurrentPrincipal, Parts
from services.gateway.description import READING, problems
from services.gateway.governing import governs_everywhere
from services.gateway.item_views import View
from services.messages.catalogue import Language, problem_text
from services.store.consequence_queries import ConsequenceQueries, PassedOver

router = APIRouter(prefix="/v1/consequences", tags=["督办文书 acts"])

_READERS = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR})


class PassedOverView(View):
    """One act or case that did not come to be."""

    position: int = Field(description="引发它的日志位置。 The entry of the log it should follow from.", examples=[5120])
    id: UUID = Field(description="文书或案件本应有的标识。 The id that the act or case would have had.")
    kind: str = Field(
        description="文书或案件；程序故障时为引发它的对象。 Act or case; after a fault of ours what it follows from.",
        examples=["act"],
    )
    code: str = Field(description="原因代码。 Why not.", examples=["unknown_unit"])
    reason: str = Field(examples=["没有单位“fourth”，或该单位已撤销。"])
    facts: dict[str, str | int] = Field(examples=[{"unit": "fourth"}])
    passed_at: datetime


class PassedOverPage(View):
    """A page, newest first."""

    passed_over: list[PassedOverView]
    next_cursor: str | None = Field(description="下一页的游标；空表示没有下一页。 For the next page; null at the end.")


class PassedOverWanted(BaseModel):
    """A page."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    position: int
    id: UUID


_PLACES = TypeAdapter(_Place)


@router.get(
    "/passed-over",
    summary="被略过的文书与案件 What did not follow",
    responses=problems(*READING, "role_not_allowed", "bound_to_area", "cursor_malformed"),
)
async def list_passed_over(
    wanted: Annotated[PassedOverWanted, Query()], caller: CurrentPrincipal, parts: Parts, language: AskedLanguage
) -> PassedOverPage:
    """督办升级或排名本应产生而被规则拒绝的文书、案件及原因。 Acts and cases that a rule refused, with the reason.

    排除原因后，运行 `duban consequences --again-from POSITION` 重做；已有的不会重复。
    Once the reason is gone, have it tried again with that command; nothing follows twice.
    """
    if caller.standing.role not in _READERS:
        raise Forbidden(role=caller.standing.role, command="ReadPassedOver")
    governs_everywhere(caller)
    place = place_in(wanted.cursor, _PLACES)
    after = (place.position, place.id) if place else None
    found = await ConsequenceQueries(parts.pool).passed_over(after, wanted.limit + 1)
    page, more = found[: wanted.limit], len(found) > wanted.limit
    return PassedOverPage(
        passed_over=[_view(each, language) for each in page],
        next_cursor=cursor_of(_Place(position=page[-1].position, id=page[-1].stream_id)) if more else None,
    )


def _view(passed: PassedOver, language: Language) -> PassedOverView:
    return PassedOverView(
        position=passed.position,
        id=passed.stream_id,
        kind=passed.kind,
        code=passed.code,
        reason=problem_text(passed.code, passed.facts, language).detail,
        facts=dict(passed.facts),
        passed_at=passed.passed_at,
    )
