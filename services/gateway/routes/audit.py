"""Auditors' questions about events: by any filter, by person, page by page."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from services.gateway.access import Trail
from services.gateway.audit_asking import ask
from services.gateway.audit_rights import CurrentAuditScope
from services.gateway.audit_views import AuditPage
from services.gateway.audit_wanted import EventsWanted
from services.gateway.dependencies import AskedLanguage, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.item_views import View
from services.gateway.query_parameters import unknown_parameter
from services.gateway.refusals import InputInvalid
from services.messages.catalogue import section
from services.store.audit_queries import AuditQueries

router = APIRouter(prefix="/v1/audit", tags=["审计 audit"])

# What a question can be faulted for, when it is asked and when it is saved.
FAULTY = ("range_reversed", "beyond_the_log", "unknown_area", "unknown_unit", "no_such_campaign")
ASKING = (*READING, *FAULTY, "role_not_allowed", "cursor_malformed", "question_too_wide", "words_behind")


class Deed(View):
    """How often somebody did something."""

    type: str = Field(examples=["item.check_passed.v1"])
    name: str = Field(examples=["核查通过"])
    times: int = Field(examples=[412])


class Activity(View):
    """What somebody did, in numbers, and the newest of it."""

    person: str = Field(description="主体标识。 Id of the principal.")
    deeds: list[Deed] = Field(description="按事件类型计数，最多的在前。 By type, the most frequent first.")
    counted: int = Field(description="计入的事件数。 How many events were counted.", examples=[1204])
    complete: bool = Field(description="是否已全部计入（超过十万条只计最新的）。 Whether that is all of them.")
    events: AuditPage


@router.get("/events", summary="查询事件 Search events", responses=problems(*ASKING))
async def search_events(
    wanted: Annotated[EventsWanted, Query()],
    scope: CurrentAuditScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> AuditPage:
    """任意条件查询全部历史；限审计、领导小组，管理员只见元数据。 The whole history, by any filters.

    For auditors and leaders, within their area where they have one; administrators see no content.
    Events come as they were written down, or by time where a time alone is asked for. The whole result is of a log of
    one size, so that its pages fit together, and its events can be proved: see /v1/log/entries/{position}/proof.
    Asking leaves a trace in the access log before the answer; the same question again within a minute is counted.
    """
    return await ask(parts, wanted, scope, rules, language, trail)


@router.get("/people/{person}/activity", summary="某人的全部操作 What somebody did", responses=problems(*ASKING))
async def read_activity(
    person: Annotated[
        str, Path(min_length=1, max_length=100, description="主体标识。 Principal.", examples=["system"])
    ],
    wanted: Annotated[EventsWanted, Query()],
    scope: CurrentAuditScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Activity:
    """某人所做的一切，及其所反映事项的经过；查阅先留痕。 What somebody did, and what became of what they reported.

    Asking leaves a trace that names the person by their id, before the answer: see `about` of /v1/audit/access.
    The person is named in the path alone: as a parameter it is refused.
    """
    if wanted.person is not None:
        raise InputInvalid(faults=[unknown_parameter("person")])
    asked = wanted.model_copy(update={"person": person})
    page = await ask(parts, asked, scope, rules, language, trail)
    areas = None if scope.areas is None else sorted(scope.areas)
    counted = await AuditQueries(parts.pool).deeds(person, areas, page.log_size, traces=scope.traces)
    events = section("events")
    return Activity(
        person=person,
        deeds=[Deed(type=name, name=events[name][language]["name"], times=times) for name, times in counted.times],
        counted=sum(times for _, times in counted.times),
        complete=counted.complete,
        events=page,
    )
