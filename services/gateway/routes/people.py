"""Personal data of reporters: readable where an item that names them is, erasable for good, in no event."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from domain.actor import Role
from domain.errors import Forbidden
from services.gateway.access import Trail
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, CurrentScope, Now, Parts, ReadingReason
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.erasing import erase
from services.gateway.principal_handling import ReasonBody
from services.gateway.refusals import UnknownPath
from services.privacy.person import Status

router = APIRouter(prefix="/v1/people", tags=["主体 principals"])

_READERS = frozenset({Role.OFFICE, Role.ADMINISTRATOR, Role.AUDITOR})
_EVERYBODYS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


class PersonView(BaseModel):
    """A person under an opaque id; nothing is left of an erased one."""

    id: UUID
    name: str | None = Field(examples=["王女士"])
    phone: str | None = Field(examples=["13800000000"])
    masked: bool = Field(description="是否已脱敏。 Whether name and number are masked.")
    status: Status = Field(
        description="kept：有记录；nothing：已删除或从未登记；unreadable：密钥缺失，无法解密。"
        " nothing: erased, or never given; unreadable: the key that opens it is missing.",
        examples=["kept"],
    )


@router.get(
    "/{person_id}", summary="查看个人信息 One person", responses=problems(*READING, "role_not_allowed", "not_found")
)
async def read_person(
    person_id: UUID,
    caller: CurrentPrincipal,
    scope: CurrentScope,
    now: Now,
    parts: Parts,
    trail: Trail,
    reason: ReadingReason = None,
) -> PersonView:
    """本人范围内事项的上报人；说明理由才显示完整信息，并记入访问日志。 Reporters of items the caller sees.

    限创建办、管理员、审计。 For the office, administrators and auditors. Masked (王*, 138****0000) unless a reason is
    given, such as calling back; who looked, when and why is recorded before the answer.
    """
    role, area = caller.standing.role, caller.standing.area
    if role not in _READERS:
        raise Forbidden(role=role, command="ReadPerson")
    sees_everybody = role in _EVERYBODYS and area is None
    if not sees_everybody and not await parts.items.names(person_id, scope, now):
        raise UnknownPath
    found = (await parts.people.find([person_id])).get(person_id)
    if found is None:
        raise UnknownPath
    masked = reason is None
    await trail.personal_data_read("person", [str(person_id)], reason=reason, masked=masked)
    shown = found.masked() if masked else found
    return PersonView(id=person_id, name=shown.name, phone=shown.phone, masked=masked, status=found.status)


@router.delete(
    "/{person_id}",
    status_code=204,
    summary="删除个人信息 Erase a person",
    responses=problems(*COMMANDING, "bound_to_area", "not_found", "principal_still_active", "reason_names_the_person"),
)
async def erase_person(
    person_id: UUID,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, {"": {"reason": "本人书面要求删除"}}))],
    parts: Parts,
) -> None:
    """永久删除姓名、电话、邮箱并销毁其密钥；事项和历史不变，重复投递也不会恢复。 Erases name, number and mail for good.

    限权限不受区域限制的管理员；谁在何时因何删除留有记录，理由中不得写入被删除的内容；主体须先停用。 For administrators
    who are bound to no area; who did it, when and why is recorded, what was erased is not, so the reason must not name
    it. Whoever still acts is deactivated first. Once this is answered the key is destroyed: backups of the database
    tell nothing of the person any more, and every proof of the log still holds.
    """
    await erase(parts, asked, person_id, body.reason)
