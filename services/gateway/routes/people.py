"""Personal data of reporters: readable where an item that names them is, erasable for good, in no event."""

from typing import Annotated
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from domain.actor import Role
from domain.errors import Forbidden
from domain.person.commands import ErasePerson
from services.gateway.access import Trail
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, CurrentScope, Now, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.principal_handling import EmptyBody
from services.gateway.refusals import UnknownPath
from services.handling.aggregates import PERSON
from services.handling.command_handler import Wish
from services.store.principals import PrincipalStore

router = APIRouter(prefix="/v1/people", tags=["主体 principals"])

_READERS = frozenset({Role.OFFICE, Role.ADMINISTRATOR})


class PersonView(BaseModel):
    """A person under an opaque id; nothing is left of an erased one."""

    id: UUID
    name: str | None = Field(examples=["王女士"])
    phone: str | None = Field(examples=["13800000000"])


@router.get(
    "/{person_id}", summary="查看个人信息 One person", responses=problems(*READING, "role_not_allowed", "not_found")
)
async def read_person(
    person_id: UUID, caller: CurrentPrincipal, scope: CurrentScope, now: Now, parts: Parts, trail: Trail
) -> PersonView:
    """创建办和管理员可查看本人范围内事项的上报人，用于回访。 To call back reporters of items they see."""
    role, area = caller.standing.role, caller.standing.area
    if role not in _READERS:
        raise Forbidden(role=role, command="ReadPerson")
    sees_everybody = role is Role.ADMINISTRATOR and area is None
    if not sees_everybody and not await parts.items.names(person_id, scope, now):
        raise UnknownPath
    found = (await parts.principals.people([person_id])).get(person_id)
    if found is None:
        raise UnknownPath
    await trail.personal_data_read("person", [str(person_id)])
    return PersonView(id=person_id, name=found.name, phone=found.phone)


@router.delete(
    "/{person_id}",
    status_code=204,
    summary="删除个人信息 Erase a person",
    responses=problems(*COMMANDING, "bound_to_area", "not_found"),
)
async def erase_person(
    person_id: UUID,
    asked: CommandAsked,
    _body: Annotated[EmptyBody, Depends(JsonBody(EmptyBody, {}))],
    parts: Parts,
) -> None:
    """永久删除姓名和电话；事项和历史不变，重复投递也不会恢复。 Erases name and telephone number for good.

    限权限不受区域限制的管理员；谁在何时删除留有记录。 For administrators who are bound to no area; who did it and when
    is recorded, what was erased is not.
    """
    standing = asked.caller.standing
    if standing.role is not Role.ADMINISTRATOR:
        raise Forbidden(role=standing.role, command=ErasePerson.__name__)
    governs_everywhere(asked.caller)
    if not await parts.principals.people([person_id]):
        raise UnknownPath

    async def erase(connection: PoolConnectionProxy) -> None:
        await PrincipalStore(connection).erase_person(person_id)

    command = ErasePerson(**asked.fields, person_id=str(person_id))
    await parts.handler.handle(
        Wish(PERSON, PERSON.stream(str(person_id)), command, beforehand=still_in_office(asked.caller), alongside=erase)
    )
