"""Who may act: registering principals, their scope, their keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from domain.principal.commands import DeactivatePrincipal
from domain.principal.decisions import NoSuchPrincipal
from services.gateway.access import Trail
from services.gateway.answers import etag, receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, Parts, ReadingReason
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.principal_handling import (
    ChangeBody,
    EmptyBody,
    IssuedKey,
    PrincipalBody,
    PrincipalView,
    ReasonBody,
    administer,
    change,
    issue_key,
    masks,
    principal_views,
    register,
    require_reader,
    revoke_key,
)
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1", tags=["主体 principals"])

_HANDLER = {"role": "handler", "unit": "cleaning", "name": "李经办", "phone": "13900000000", "email": "li@example.com"}
_INSPECTOR = {"role": "inspector", "area": "east", "name": "赵督查"}
_SYSTEM = {"role": "system", "sources": ["12345-hotline"], "name": "12345 热线"}
_EXAMPLES = {"责任单位经办人": _HANDLER, "督查员": _INSPECTOR, "业务系统": _SYSTEM}
_REASON = {"": {"reason": "岗位调整"}}
_REGISTERING = (*COMMANDING, "bound_to_area", "unknown_unit", "unknown_area")
_CHANGING = (*COMMANDING, "bound_to_area", "no_such_principal")

_FIRST = UUID(int=0)


class PrincipalPage(BaseModel):
    """A page of principals in the order of their ids."""

    principals: list[PrincipalView]
    next_after: UUID | None


class Myself(BaseModel):
    """Who the key belongs to."""

    id: str
    role: str
    unit: str | None
    area: str | None
    sources: tuple[str, ...]


@router.get("/me", summary="当前主体 Who am I", responses=problems(*READING))
async def who_am_i(caller: CurrentPrincipal) -> Myself:
    """密钥所属的主体。 The principal the key belongs to."""
    standing = caller.standing
    return Myself(
        id=caller.principal_id, role=standing.role, unit=standing.unit, area=standing.area, sources=standing.sources
    )


@router.get(
    "/principals",
    summary="主体列表 List principals",
    responses=problems(*READING, "role_not_allowed", "bound_to_area"),
)
async def list_principals(
    caller: CurrentPrincipal,
    parts: Parts,
    trail: Trail,
    after: Annotated[UUID, Query(description="上一页的 next_after。 next_after of the page before.")] = _FIRST,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数。 Lines a page.")] = 100,
    reason: ReadingReason = None,
) -> PrincipalPage:
    """管理员和审计可查看；审计不说明理由时，姓名、电话、邮箱脱敏。 Auditors who give no reason see masked names."""
    require_reader(caller)
    found = await parts.principals.principals(after, limit + 1)
    masked = masks(caller, reason)
    ids = [str(record.principal_id) for record in found[:limit]]
    await trail.personal_data_read("principal", ids, reason=reason, masked=masked)
    return PrincipalPage(
        principals=await principal_views(parts, found[:limit], masked=masked),
        next_after=found[limit - 1].principal_id if len(found) > limit else None,
    )


@router.get(
    "/principals/{principal_id}",
    summary="查看主体 One principal",
    responses=problems(*READING, "role_not_allowed", "bound_to_area", "no_such_principal"),
)
async def read_principal(
    principal_id: UUID,
    caller: CurrentPrincipal,
    parts: Parts,
    trail: Trail,
    response: Response,
    reason: ReadingReason = None,
) -> PrincipalView:
    """管理员和审计可查看；审计不说明理由时，姓名、电话、邮箱脱敏。 Auditors who give no reason see masked names."""
    require_reader(caller)
    record = await parts.principals.principal(principal_id)
    if record is None:
        raise NoSuchPrincipal
    masked = masks(caller, reason)
    await trail.personal_data_read("principal", [str(principal_id)], reason=reason, masked=masked)
    response.headers["ETag"] = etag(record.version)
    [view] = await principal_views(parts, [record], masked=masked)
    return view


@router.post(
    "/principals",
    status_code=201,
    response_model=Receipt,
    summary="登记主体 Register a principal",
    responses=problems(*_REGISTERING),
)
async def register_principal(
    asked: CommandAsked, body: Annotated[PrincipalBody, Depends(JsonBody(PrincipalBody, _EXAMPLES))], parts: Parts
) -> Response:
    """一个主体只有一个角色；姓名、电话、邮箱另存，可删除。 Exactly one role; name, number and mail are kept aside."""
    receipt = await register(parts, asked, body)
    return receipt_answer(receipt, location=f"/v1/principals/{receipt.id}")


@router.put(
    "/principals/{principal_id}",
    response_model=Receipt,
    summary="变更主体 Change a principal",
    responses=problems(*_CHANGING, "unknown_unit", "unknown_area", "administrator_would_lock_oneself_out"),
)
async def change_principal(
    principal_id: UUID,
    asked: CommandAsked,
    body: Annotated[
        ChangeBody, Depends(JsonBody(ChangeBody, {"": {"role": "office", "name": "李经办", "reason": "调入创建办"}}))
    ],
    parts: Parts,
) -> Response:
    """整体替换角色、单位、范围、姓名、电话、邮箱。 Replaces role, unit, scope, name, number and mail address."""
    return receipt_answer(await change(parts, asked, principal_id, body))


@router.post(
    "/principals/{principal_id}/deactivate",
    response_model=Receipt,
    summary="停用主体 Deactivate a principal",
    responses=problems(*_CHANGING, "administrator_would_lock_oneself_out"),
)
async def deactivate_principal(
    principal_id: UUID,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, _REASON))],
    parts: Parts,
) -> Response:
    """其全部密钥立即失效。 All its keys are void at once."""
    command = DeactivatePrincipal(**asked.fields, reason=body.reason)
    return receipt_answer(await administer(parts, asked, principal_id, command))


@router.post(
    "/principals/{principal_id}/keys",
    status_code=201,
    summary="签发密钥 Issue an API key",
    responses=problems(*_CHANGING, "too_many_api_keys", "api_key_shown_once"),
)
async def issue_api_key(
    principal_id: UUID,
    asked: CommandAsked,
    _body: Annotated[EmptyBody, Depends(JsonBody(EmptyBody, {}))],
    parts: Parts,
) -> IssuedKey:
    """密钥只在第一次应答中显示，服务器只保存其散列。 The key is shown in the first answer; only its hash is stored.

    The same `Idempotency-Key` again issues nothing and is refused with `api_key_shown_once`, which names the key: if
    its text was lost on the way, revoke it and issue another.
    """
    return await issue_key(parts, asked, principal_id)


@router.post(
    "/principals/{principal_id}/keys/{key_id}/revoke",
    response_model=Receipt,
    summary="吊销密钥 Revoke an API key",
    responses=problems(*_CHANGING, "no_such_api_key"),
)
async def revoke_api_key(
    principal_id: UUID,
    key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")],
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, _REASON))],
    parts: Parts,
) -> Response:
    """立即失效。 Void at once."""
    return receipt_answer(await revoke_key(parts, asked, principal_id, key_id, body.reason))
