"""Units 责任单位 and areas 区域: registering, changing, ending, and reading them as lists and trees."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from domain.organisation.commands import AbolishArea, ChangeArea, ChangeUnit, DissolveUnit, RegisterArea, RegisterUnit
from domain.organisation.decisions import NotRegistered
from domain.organisation.state import Area, Unit
from services.gateway.administration import ChangedArea, ChangedUnit, NewArea, NewUnit, administer
from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.principal_handling import ReasonBody
from services.gateway.trees import tree_of
from services.handling.aggregates import AREA, UNIT
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1", tags=["组织 organisation"])

Gone = Annotated[bool, Query(description="是否包含已撤销的。 Whether to include those that are gone.")]
CodeInPath = Annotated[str, Path(min_length=1, max_length=100, examples=["cleaning"])]

_UNIT: dict[str, Any] = {
    "name": {"zh": "环境卫生服务中心", "en": "Sanitation Service Centre"},
    "kind": "bureau",
    "parent": "office",
}
_AREA: dict[str, Any] = {
    "name": {"zh": "东街社区", "en": "East Street Community"},
    "kind": "community",
    "parent": "city",
    "owner": "east-street-office",
    "sponsor": "cleaning",
}
_REASON = {"机构改革": {"reason": "机构改革，职能并入城管局"}}
_NEW = (*COMMANDING, "bound_to_area", "already_registered", "code_reserved", "unknown_unit", "parent_is_below")
_CHANGE = (*COMMANDING, "bound_to_area", "not_registered", "unknown_unit", "parent_is_below")
_END = (*COMMANDING, "bound_to_area", "not_registered", "still_has_children")


@router.get("/units", summary="单位列表 List units", responses=problems(*READING))
async def list_units(_caller: CurrentPrincipal, rules: CurrentRulebook, gone: Gone = False) -> list[Unit]:
    """全部责任单位，按编码排序。 Every unit, by code."""
    return [rules.units[code] for code in sorted(rules.units) if gone or not rules.units[code].dissolved]


@router.get("/units/tree", summary="单位树 Units as a tree", responses=problems(*READING))
async def read_unit_tree(_caller: CurrentPrincipal, rules: CurrentRulebook, gone: Gone = False) -> list[dict[str, Any]]:
    """每个单位列在上级单位之下。 Every unit below its parent, under ``children``."""
    return tree_of(rules.units.values(), gone=gone)


@router.get("/units/{code}", summary="查看单位 One unit", responses=problems(*READING, "not_registered"))
async def read_unit(code: CodeInPath, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Unit:
    """包括已撤销的单位。 Dissolved units are found, too."""
    if code not in rules.units:
        raise NotRegistered(code=code)
    return rules.units[code]


@router.post(
    "/units", status_code=201, response_model=Receipt, summary="登记单位 Register a unit", responses=problems(*_NEW)
)
async def register_unit(
    asked: CommandAsked,
    body: Annotated[NewUnit, Depends(JsonBody(NewUnit, {"环卫中心": {"code": "cleaning", **_UNIT}}))],
    parts: Parts,
) -> Response:
    """编码不可再改。 The code never changes."""
    command = RegisterUnit(**asked.fields, unit=body.unit(body.code))
    receipt = await administer(parts, asked, UNIT, body.code, command)
    return receipt_answer(receipt, location=f"/v1/units/{receipt.number}")


@router.put("/units/{code}", response_model=Receipt, summary="变更单位 Change a unit", responses=problems(*_CHANGE))
async def change_unit(
    code: CodeInPath,
    asked: CommandAsked,
    body: Annotated[ChangedUnit, Depends(JsonBody(ChangedUnit, {"改名": {**_UNIT, "reason": "机构更名"}}))],
    parts: Parts,
) -> Response:
    """整体替换单位的描述。 Replaces the whole description."""
    command = ChangeUnit(**asked.fields, unit=body.unit(code), reason=body.reason)
    return receipt_answer(await administer(parts, asked, UNIT, code, command))


@router.post(
    "/units/{code}/dissolve", response_model=Receipt, summary="撤销单位 Dissolve a unit", responses=problems(*_END)
)
async def dissolve_unit(
    code: CodeInPath,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, _REASON))],
    parts: Parts,
) -> Response:
    """不再交办给该单位；已有事项不变。 It gets no more work; what lies with it stays."""
    command = DissolveUnit(**asked.fields, reason=body.reason)
    return receipt_answer(await administer(parts, asked, UNIT, code, command))


@router.get("/areas", summary="区域列表 List areas", responses=problems(*READING))
async def list_areas(_caller: CurrentPrincipal, rules: CurrentRulebook, gone: Gone = False) -> list[Area]:
    """全部区域，按编码排序。 Every area, by code."""
    return [rules.areas[code] for code in sorted(rules.areas) if gone or not rules.areas[code].abolished]


@router.get("/areas/tree", summary="区域树 Areas as a tree", responses=problems(*READING))
async def read_area_tree(_caller: CurrentPrincipal, rules: CurrentRulebook, gone: Gone = False) -> list[dict[str, Any]]:
    """每个区域列在上级区域之下。 Every area below its parent, under ``children``."""
    return tree_of(rules.areas.values(), gone=gone)


@router.get("/areas/{code}", summary="查看区域 One area", responses=problems(*READING, "not_registered"))
async def read_area(code: CodeInPath, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Area:
    """包括已撤销的区域。 Abolished areas are found, too."""
    if code not in rules.areas:
        raise NotRegistered(code=code)
    return rules.areas[code]


@router.post(
    "/areas",
    status_code=201,
    response_model=Receipt,
    summary="登记区域 Register an area",
    responses=problems(*_NEW, "unknown_area"),
)
async def register_area(
    asked: CommandAsked,
    body: Annotated[NewArea, Depends(JsonBody(NewArea, {"东街社区": {"code": "east", **_AREA}}))],
    parts: Parts,
) -> Response:
    """编码不可再改。 The code never changes."""
    command = RegisterArea(**asked.fields, area=body.area(body.code))
    receipt = await administer(parts, asked, AREA, body.code, command)
    return receipt_answer(receipt, location=f"/v1/areas/{receipt.number}")


@router.put(
    "/areas/{code}",
    response_model=Receipt,
    summary="变更区域 Change an area",
    responses=problems(*_CHANGE, "unknown_area"),
)
async def change_area(
    code: CodeInPath,
    asked: CommandAsked,
    body: Annotated[ChangedArea, Depends(JsonBody(ChangedArea, {"换包联单位": {**_AREA, "reason": "调整包联单位"}}))],
    parts: Parts,
) -> Response:
    """整体替换区域的描述。 Replaces the whole description."""
    command = ChangeArea(**asked.fields, area=body.area(code), reason=body.reason)
    return receipt_answer(await administer(parts, asked, AREA, code, command))


@router.post(
    "/areas/{code}/abolish", response_model=Receipt, summary="撤销区域 Abolish an area", responses=problems(*_END)
)
async def abolish_area(
    code: CodeInPath,
    asked: CommandAsked,
    body: Annotated[ReasonBody, Depends(JsonBody(ReasonBody, _REASON))],
    parts: Parts,
) -> Response:
    """该区域不再受理问题；已有事项不变。 No more issues are taken there; those that exist stay."""
    command = AbolishArea(**asked.fields, reason=body.reason)
    return receipt_answer(await administer(parts, asked, AREA, code, command))
