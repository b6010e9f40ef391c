"""Questions that are kept under a name: saved, listed, asked again, removed."""

from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.instant import Instant
from domain.question.commands import RemoveQuestion, SaveQuestion
from domain.question.decisions import NoSuchQuestion
from domain.question.events import MOST_TERMS, Name, Term
from domain.question.state import Question
from services.gateway.access import Trail
from services.gateway.answers import receipt_answer
from services.gateway.audit_asking import ask, checked
from services.gateway.audit_rights import CurrentContentScope, audit_scope_of
from services.gateway.audit_views import AuditPage
from services.gateway.audit_wanted import EventsWanted, QuestionAsked
from services.gateway.bodies import JsonBody
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.faults import refusal_of_validation
from services.gateway.item_views import View
from services.gateway.refusals import FieldFault, InputInvalid
from services.gateway.routes.audit import ASKING, FAULTY
from services.handling.aggregates import QUESTION
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.audit_queries import AuditQueries

router = APIRouter(prefix="/v1/audit/questions", tags=["审计 audit"])

_EXAMPLE = {"name": "未附佐证材料的核查", "query": "type=item.check_passed.v1&evidence=none&unit=cleaning"}
_QUERY = "与 /v1/audit/events 相同的查询串。 Parameters as /v1/audit/events takes them."


class QuestionBody(BaseModel):
    """A question to keep."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    query: Annotated[str, Field(max_length=4000)] = Field(description=_QUERY, examples=[_EXAMPLE["query"]])


class QuestionView(View):
    """A saved question."""

    id: UUID
    name: str = Field(examples=[_EXAMPLE["name"]])
    owner: str = Field(description="保存人的标识。 Id of whoever saved it.")
    saved_at: Instant
    terms: list[Term] = Field(description=_QUERY)
    events: str = Field(
        description="再次查询的地址。 Where to ask it again.", examples=["/v1/audit/questions/…/events"]
    )


class QuestionList(View):
    """All saved questions, newest first."""

    questions: list[QuestionView]


class PageAsked(BaseModel):
    """A page of the answer."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=500, description="每页条数。 Lines a page.")
    cursor: str | None = Field(None, description="上一页给出的 next_cursor。 next_cursor of the page before.")
    json_data: bool = Field(False, alias="json", description="附上事件的 JSON。 With the JSON of each event.")


@router.get("", summary="已保存的查询 Saved questions", responses=problems(*READING, "role_not_allowed"))
async def list_questions(_scope: CurrentContentScope, parts: Parts) -> QuestionList:
    """审计与领导小组共用，最新保存在前，至多一千个。 Shared by all who may ask; at most a thousand."""
    found = await AuditQueries(parts.pool).open_states(QUESTION.kind)
    return QuestionList(questions=[_view(Question.model_validate_json(state)) for state in found])


@router.post(
    "",
    status_code=201,
    response_model=Receipt,
    summary="保存查询 Save a question",
    responses=problems(*COMMANDING, *FAULTY, "question_exists"),
)
async def save_question(
    asked: CommandAsked,
    body: Annotated[QuestionBody, Depends(JsonBody(QuestionBody, {"": _EXAMPLE}))],
    parts: Parts,
    rules: CurrentRulebook,
) -> Response:
    """条件与查询时一样校验；时间为绝对时刻。 Checked as when it is asked, now and then; times are absolute."""
    terms = _terms(body.query)
    queries = AuditQueries(parts.pool)
    await checked(queries, _asked(terms), audit_scope_of(asked.caller, rules), rules, await queries.log_size())
    question_id = QUESTION.stream(asked.command_id)
    command = SaveQuestion(**asked.fields, question_id=question_id, name=body.name, terms=terms)
    receipt = await parts.handler.handle(Wish(QUESTION, question_id, command))
    return receipt_answer(receipt, location=f"/v1/audit/questions/{question_id}/events")


@router.get("/{question_id}/events", summary="再次查询 Ask it again", responses=problems(*ASKING, "no_such_question"))
async def ask_question(
    question_id: UUID,
    page: Annotated[PageAsked, Query()],
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> AuditPage:
    """以现在的日志回答；查阅先留痕。 Answered from the log as it is now; leaves a trace, as any question does."""
    stored = await parts.store.state(question_id)
    if stored is None or stored.kind != QUESTION.kind or not stored.row.open:
        raise NoSuchQuestion
    terms = Question.model_validate_json(stored.state).terms
    try:
        wanted = EventsWanted.model_validate({**_parameters(terms), **page.model_dump(by_alias=True)})
    except ValidationError as error:
        raise refusal_of_validation(error) from None
    return await ask(parts, wanted, scope, rules, language, trail)


@router.delete(
    "/{question_id}",
    response_model=Receipt,
    summary="删除查询 Remove a question",
    responses=problems(*COMMANDING, "no_such_question", "question_of_another"),
)
async def remove_question(question_id: UUID, asked: CommandAsked, parts: Parts) -> Response:
    """只限保存人。 By whoever saved it."""
    command = RemoveQuestion(**asked.fields)
    wish = Wish(QUESTION, question_id, command, expected_version=asked.expected_version)
    return receipt_answer(await parts.handler.handle(wish))


def _terms(query: str) -> tuple[Term, ...]:
    """The parameters of a query as they are kept; refuses what no address of a search could be."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_TERMS)
        return tuple(Term(name=name, value=value) for name, value in pairs)
    except ValidationError as error:
        raise refusal_of_validation(error) from None
    except ValueError:  # more fields than that
        fault = FieldFault("/query", "too_long", "there are too many parameters", {"max_length": str(MOST_TERMS)})
        raise InputInvalid(faults=[fault]) from None


def _asked(terms: tuple[Term, ...]) -> QuestionAsked:
    try:
        return QuestionAsked.model_validate(_parameters(terms))
    except ValidationError as error:
        raise refusal_of_validation(error) from None


def _parameters(terms: tuple[Term, ...]) -> dict[str, Any]:
    """As FastAPI reads them from an address: those that may be given several times as lists."""
    found: dict[str, Any] = {}
    for term in terms:
        if "list" in str(getattr(QuestionAsked.model_fields.get(term.name), "annotation", "")):
            found.setdefault(term.name, []).append(term.value)
        else:
            found[term.name] = term.value
    return found


def _view(question: Question) -> QuestionView:
    return QuestionView(
        id=question.question_id,
        name=question.name,
        owner=question.owner,
        saved_at=question.saved_at,
        terms=list(question.terms),
        events=f"/v1/audit/questions/{question.question_id}/events",
    )
