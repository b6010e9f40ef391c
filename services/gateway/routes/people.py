"""Personal data of reporters: readable by the office, erasable for good, in no event."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from domain.actor import Role
from domain.errors import Forbidden
from services.gateway.authentication import Caller
from services.gateway.dependencies import CurrentPrincipal, Parts
from services.gateway.description import READING, problems
from services.gateway.refusals import UnknownPath

router = APIRouter(prefix="/v1/people", tags=["主体 principals"])

_ALLOWED = frozenset({Role.OFFICE, Role.ADMINISTRATOR})


class PersonView(BaseModel):
    """A person under an opaque id; nothing is left of an erased one."""

    id: UUID
    name: str | None = Field(examples=["王女士"])
    phone: str | None = Field(examples=["13800000000"])


@router.get(
    "/{person_id}", summary="查看个人信息 One person", responses=problems(*READING, "role_not_allowed", "not_found")
)
async def read_person(person_id: UUID, caller: CurrentPrincipal, parts: Parts) -> PersonView:
    """创建办和管理员可查看，用于回访。 For the office, to call back."""
    _require(caller, "ReadPerson")
    found = (await parts.principals.people([person_id])).get(person_id)
    if found is None:
        raise UnknownPath
    return PersonView(id=person_id, name=found.name, phone=found.phone)


@router.delete(
    "/{person_id}",
    status_code=204,
    summary="删除个人信息 Erase a person",
    responses=problems(*READING, "role_not_allowed", "not_found"),
)
async def erase_person(person_id: UUID, caller: CurrentPrincipal, parts: Parts) -> None:
    """永久删除姓名和电话；事项和历史不变，重复投递也不会恢复。 Erases name and telephone number for good."""
    _require(caller, "ErasePerson")
    if not await parts.principals.erase_person(person_id):
        raise UnknownPath


def _require(caller: Caller, command: str) -> None:
    if caller.actor.role not in _ALLOWED:
        raise Forbidden(role=caller.actor.role, command=command)
