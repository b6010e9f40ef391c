"""The published documents: catalogues, policies, working calendars and standards, each version for ever."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from domain.instant import FIRST_YEAR, LAST_YEAR
from domain.rulebook.commands import PublishCalendar, PublishCatalogue, PublishPolicy, PublishStandard
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.standard import Standard
from services.gateway import document_examples as examples
from services.gateway.administration import NoSuchDocument, administer
from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.handling.aggregates import CALENDAR, CATALOGUE, POLICY, STANDARD
from services.handling.receipts import Receipt

router = APIRouter(prefix="/v1", tags=["规则 rulebook"])

MOST_DAYS = 400

D = TypeVar("D", Catalogue, Policy, CalendarDocument, Standard)
Identifier = Annotated[str, Path(max_length=63, description="文件标识。 The document's id.", examples=["city"])]
Reference = Annotated[str, Path(max_length=100, description="标识@版本。 Id and version.", examples=["city@3"])]
Day = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]

_READ = (*READING, "no_such_document")
_PUBLISH = (*COMMANDING, "bound_to_area", "version_out_of_order")


class PublishedVersion(BaseModel):
    """A version of a document, without its content."""

    ref: str = Field(examples=["city@3"])
    id: str = Field(examples=["city"])
    version: int
    newest: bool = Field(description="是否为最新版本。 Whether it is the newest version.")


class CalendarDay(BaseModel):
    """One day of a calendar."""

    day: date
    working: bool = Field(description="是否工作日。 Whether work is done.")
    exception: bool = Field(description="是否节假日或调休日。 A holiday or a make-up day.")
    provisional: bool = Field(description="是否尚未公布。 Whether the day is not announced yet.")


@router.get("/catalogues", summary="类别目录列表 List catalogues", responses=problems(*READING))
async def list_catalogues(_caller: CurrentPrincipal, rules: CurrentRulebook) -> list[PublishedVersion]:
    """全部已发布版本。 Every published version."""
    return _listed({ref: (each.catalogue_id, each.version) for ref, each in rules.catalogues.items()})


@router.get("/catalogues/{catalogue_id}/current", summary="现行类别目录 The catalogue now", responses=problems(*_READ))
async def read_current_catalogue(
    catalogue_id: Identifier, _caller: CurrentPrincipal, rules: CurrentRulebook
) -> Catalogue:
    """最新版本。 Its newest version."""
    return _newest([each for each in rules.catalogues.values() if each.catalogue_id == catalogue_id], catalogue_id)


@router.get("/catalogues/{ref}", summary="某版类别目录 One version of a catalogue", responses=problems(*_READ))
async def read_catalogue(ref: Reference, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Catalogue:
    """发布后不再更改。 It never changes."""
    return _found(rules.catalogues, ref)


@router.post(
    "/catalogues",
    status_code=201,
    response_model=Receipt,
    summary="发布类别目录 Publish a catalogue",
    responses=problems(*_PUBLISH, "unknown_unit"),
)
async def publish_catalogue(
    asked: CommandAsked,
    body: Annotated[Catalogue, Depends(JsonBody(Catalogue, {"第一版": examples.CATALOGUE}))],
    parts: Parts,
) -> Response:
    """版本号须为最新版本加一。 The version is the newest plus one.

    `severity` 为该类问题的严重程度，办理规则可为较重、重大问题另定督办阶梯。
    `severity` says how grave the issues of a category are: a policy may have other ladders for the graver ones.
    """
    command = PublishCatalogue(**asked.fields, document=body)
    receipt = await administer(parts, asked, CATALOGUE, body.ref, command)
    return receipt_answer(receipt, location=f"/v1/catalogues/{body.ref}")


@router.get("/policies", summary="办理规则列表 List policies", responses=problems(*READING))
async def list_policies(_caller: CurrentPrincipal, rules: CurrentRulebook) -> list[PublishedVersion]:
    """全部已发布版本。 Every published version."""
    return _listed({ref: (each.policy_id, each.version) for ref, each in rules.policies.items()})


@router.get("/policies/{policy_id}/current", summary="现行办理规则 The policy now", responses=problems(*_READ))
async def read_current_policy(policy_id: Identifier, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Policy:
    """最新版本。 Its newest version."""
    return _newest([each for each in rules.policies.values() if each.policy_id == policy_id], policy_id)


@router.get("/policies/{ref}", summary="某版办理规则 One version of a policy", responses=problems(*_READ))
async def read_policy(ref: Reference, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Policy:
    """发布后不再更改。 It never changes."""
    return _found(rules.policies, ref)


@router.post(
    "/policies",
    status_code=201,
    response_model=Receipt,
    summary="发布办理规则 Publish a policy",
    responses=problems(*_PUBLISH, "unknown_document", "unknown_unit", "unknown_area", "points_without_act"),
)
async def publish_policy(
    asked: CommandAsked,
    body: Annotated[Policy, Depends(JsonBody(Policy, {"第一版": examples.POLICY}))],
    parts: Parts,
) -> Response:
    """此后开始的时限按新版计算；正在走的时限不变。 Clocks that start from now on follow it; running ones stay.

    `ladders` 按环节写督办阶梯：`rules` 按时间（时限的百分比、到期前、到期后），`occasions` 按情形（第几次返工、反弹），
    到情形发生即升级，较低的级别不再走；`severities` 为较重、重大问题另定阶梯。每一级可写告知谁、扣几分、督办单另给多长
    期限。`accountability` 写责任追究：各环节时限、排名末位的后果、文号前缀、扣分。

    `ladders` has the rungs of each step: `rules` by time (a share of the limit, before or after it ends), `occasions`
    by what happens (sent back for the n-th time, recurrence), which is climbed at once and leaves lower rungs behind.
    `severities` has other ladders for graver issues. Each rung says who is told, the points it takes, and the new limit
    its order grants. `accountability`: limits of a case's steps, what follows from rankings, number prefixes, points.
    """
    command = PublishPolicy(**asked.fields, document=body)
    receipt = await administer(parts, asked, POLICY, body.ref, command)
    return receipt_answer(receipt, location=f"/v1/policies/{body.ref}")


@router.get("/calendars", summary="工作日历列表 List calendars", responses=problems(*READING))
async def list_calendars(_caller: CurrentPrincipal, rules: CurrentRulebook) -> list[PublishedVersion]:
    """全部已发布版本。 Every published version."""
    return _listed({ref: (each.calendar_id, each.version) for ref, each in rules.calendars.items()})


@router.get("/calendars/{calendar_id}/current", summary="现行工作日历 The calendar now", responses=problems(*_READ))
async def read_current_calendar(
    calendar_id: Identifier, _caller: CurrentPrincipal, rules: CurrentRulebook
) -> CalendarDocument:
    """最新版本。 Its newest version."""
    return _newest([each for each in rules.calendars.values() if each.calendar_id == calendar_id], calendar_id)


@router.get("/calendars/{ref}", summary="某版工作日历 One version of a calendar", responses=problems(*_READ))
async def read_calendar(ref: Reference, _caller: CurrentPrincipal, rules: CurrentRulebook) -> CalendarDocument:
    """发布后不再更改。 It never changes."""
    return _found(rules.calendars, ref)


@router.get("/calendars/{ref}/days", summary="日历中的日子 Days of a calendar", responses=problems(*_READ))
async def list_calendar_days(
    ref: Reference,
    first: Annotated[Day, Query(alias="from", description="第一天。 The first day.")],
    last: Annotated[Day, Query(alias="to", description="最后一天，最多 400 天。 The last; at most 400 days.")],
    _caller: CurrentPrincipal,
    rules: CurrentRulebook,
) -> list[CalendarDay]:
    """每天是否工作、是否调休或放假、是否暂定。 Whether each day is worked, an exception, provisional."""
    calendar = _found(rules.calendars, ref).calendar
    count = min((last - first).days + 1, MOST_DAYS)
    return [
        CalendarDay(
            day=day,
            working=calendar.is_working_day(day),
            exception=day in calendar.exceptions,
            provisional=day > calendar.announced_until,
        )
        for day in (first + timedelta(days=number) for number in range(count))
    ]


@router.post(
    "/calendars",
    status_code=201,
    response_model=Receipt,
    summary="导入工作日历 Import a calendar",
    responses=problems(*_PUBLISH),
)
async def publish_calendar(
    asked: CommandAsked,
    body: Annotated[CalendarDocument, Depends(JsonBody(CalendarDocument, {"第一版": examples.CALENDAR}))],
    parts: Parts,
) -> Response:
    """含节假日与调休日的整份日历。 The whole calendar with holidays and make-up days."""
    command = PublishCalendar(**asked.fields, document=body)
    receipt = await administer(parts, asked, CALENDAR, body.ref, command)
    return receipt_answer(receipt, location=f"/v1/calendars/{body.ref}")


@router.get("/standards", summary="测评体系列表 List standards", responses=problems(*READING))
async def list_standards(_caller: CurrentPrincipal, rules: CurrentRulebook) -> list[PublishedVersion]:
    """全部已发布版本。 Every published version."""
    return _listed({ref: (each.standard_id, each.version) for ref, each in rules.standards.items()})


@router.get("/standards/{standard_id}/current", summary="现行测评体系 The standard now", responses=problems(*_READ))
async def read_current_standard(standard_id: Identifier, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Standard:
    """最新版本。 Its newest version."""
    return _newest([each for each in rules.standards.values() if each.standard_id == standard_id], standard_id)


@router.get("/standards/{ref}", summary="某版测评体系 One version of a standard", responses=problems(*_READ))
async def read_standard(ref: Reference, _caller: CurrentPrincipal, rules: CurrentRulebook) -> Standard:
    """发布后不再更改。 It never changes."""
    return _found(rules.standards, ref)


@router.post(
    "/standards",
    status_code=201,
    response_model=Receipt,
    summary="发布测评体系 Publish a standard",
    responses=problems(*_PUBLISH, "unknown_unit"),
)
async def publish_standard(
    asked: CommandAsked,
    body: Annotated[Standard, Depends(JsonBody(Standard, {"第一版": examples.STANDARD}))],
    parts: Parts,
) -> Response:
    """指标树：每项指标一个阈值，编码不重复，最多六级。 A tree: a threshold per indicator, codes unique, six levels."""
    command = PublishStandard(**asked.fields, document=body)
    receipt = await administer(parts, asked, STANDARD, body.ref, command)
    return receipt_answer(receipt, location=f"/v1/standards/{body.ref}")


def _listed(versions: Mapping[str, tuple[str, int]]) -> list[PublishedVersion]:
    newest: dict[str, int] = {}
    for name, version in versions.values():
        newest[name] = max(version, newest.get(name, 0))
    return [
        PublishedVersion(ref=ref, id=name, version=version, newest=version == newest[name])
        for ref, (name, version) in sorted(versions.items(), key=lambda each: each[1])
    ]


def _newest(versions: list[D], name: str) -> D:
    if not versions:
        raise NoSuchDocument(document=name)
    return max(versions, key=lambda each: each.version)


def _found(documents: Mapping[str, D], ref: str) -> D:
    if ref not in documents:
        raise NoSuchDocument(document=ref)
    return documents[ref]
