"""Takes issue events from back-office systems: CloudEvents 1.0 over HTTP, structured, binary or batched."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.errors import Rejection
from services.gateway.access import note_refusal
from services.gateway.answers import etag, item_path
from services.gateway.bodies import read_body
from services.gateway.cloud_events import (
    BATCHED,
    STRUCTURED,
    Unreadable,
    parse_batch,
    parse_binary,
    parse_structured,
)
from services.gateway.dependencies import identify
from services.gateway.description import READING, problems
from services.gateway.event_examples import EVENTS_IN_OPENAPI
from services.gateway.intake import Taken, take_in, take_in_batch
from services.gateway.issue_events import AnyIssueEvent
from services.gateway.problems import Problem, language_of, problem_for
from services.gateway.refusals import WrongMediaType
from services.handling.receipts import Receipt
from services.messages.catalogue import Language

router = APIRouter(prefix="/v1", tags=["事件 events"])


class EventAnswer(BaseModel):
    """What became of one event of a batch: a receipt, or the problem that would have answered it alone."""

    model_config = ConfigDict(frozen=True)

    source: str | None = Field(description="来源。 The event's source, where it could be read.")
    id: str | None = Field(description="事件标识。 The event's id, where it could be read.")
    status: int = Field(description="单独发送时的状态码。 The status the event would have got alone.", examples=[200])
    receipt: Receipt | None = None
    problem: Problem | None = None


_ANSWERS = TypeAdapter(list[EventAnswer])


@router.post(
    "/events",
    summary="上报问题事件 Report issues as CloudEvents",
    response_model=Receipt | list[EventAnswer],
    responses=problems(
        *READING,
        "malformed_json",
        "body_too_large",
        "wrong_media_type",
        "batch_too_large",
        "not_a_batch",
        "source_not_yours",
        "idempotency_key_reused",
        "already_reported",
        "unknown_category",
        "unknown_area",
        "due_in_past",
        "reported_in_future",
        "no_policy_published",
    ),
    openapi_extra=EVENTS_IN_OPENAPI,
)
async def receive_events(request: Request) -> Response:
    """每个事件成为一个整改事项。 Every event becomes one rectification item.

    `source` and `id` recognise an event that comes again: it is answered as the first time. Other content under the
    same `source` and `id` is refused with `idempotency_key_reused`. `time` says when the issue was seen. A batch of up
    to 1,000 events is one transaction and answers for each event in order; faulty ones do not spoil the others.
    """
    parts, caller = await identify(request)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == BATCHED:
        events = parse_batch(await read_body(request))
        taken = await take_in_batch(parts, caller, events, parts.now())
        for refusal in taken:
            if isinstance(refusal, Rejection):
                note_refusal(request, refusal)
        answers = _answers(events, taken, language_of(request.headers), request.url.path)
        return Response(answers, media_type="application/json")
    if media_type == STRUCTURED:
        event = parse_structured(await read_body(request))
    elif media_type == "application/json" and "ce-specversion" in request.headers:
        event = parse_binary(request.headers, await read_body(request))
    else:
        raise WrongMediaType(expected=f"{STRUCTURED}, {BATCHED}, application/json + ce-*", given=media_type[:100])
    receipt = await take_in(parts, caller, event, parts.now())
    headers = {"ETag": etag(receipt.version), "Location": item_path(receipt.id)}
    return Response(receipt.model_dump_json(), headers=headers, media_type="application/json")


def _answers(
    events: Sequence[AnyIssueEvent | Unreadable], taken: Sequence[Taken], language: Language, path: str
) -> bytes:
    answers = [_answer(event, each, language, path) for event, each in zip(events, taken, strict=True)]
    return _ANSWERS.dump_json(answers, exclude_unset=True)


def _answer(event: AnyIssueEvent | Unreadable, taken: Taken, language: Language, path: str) -> EventAnswer:
    if isinstance(taken, Receipt):
        return EventAnswer(source=event.source, id=event.id, status=200, receipt=taken)
    problem = problem_for(taken, language, path)
    return EventAnswer(source=event.source, id=event.id, status=problem.status, problem=problem)
