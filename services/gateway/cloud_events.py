"""Reads CloudEvents 1.0 in the three modes of the HTTP binding, each event of a batch for itself.

The cloudevents library is not used to read: it makes up an `id` and a `specversion` where they are missing, and an
event with a made-up id would never be recognised when it comes again. The tests use it as the client that fires.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from services.gateway.bodies import storable
from services.gateway.faults import faults_of
from services.gateway.issue_events import TYPES, AnyIssueEvent, IssueEvent
from services.gateway.json_elements import elements_of, text_in
from services.gateway.refusals import InputInvalid, MalformedJson, Refusal, UnstorableText

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
LARGEST_BATCH = 1000

T = TypeVar("T")
_EVENT: TypeAdapter[AnyIssueEvent] = TypeAdapter(IssueEvent)
_EVENTS: TypeAdapter[list[AnyIssueEvent]] = TypeAdapter(list[IssueEvent])
_NOT_THE_REQUEST: Any = {"datacontenttype": True, "data_base64": True, "data": {"reporter"}}


class BatchTooLarge(Refusal):
    """More events in one request than are taken; send them in several."""

    status = 413
    code = "batch_too_large"


class NotABatch(Refusal):
    """The body of a batch is a JSON array of events."""

    status = 422
    code = "not_a_batch"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event of a batch that cannot be read; source and id where it has them, so that the sender finds it."""

    source: str | None
    id: str | None
    refusal: Refusal


def parse_structured(body: bytes) -> AnyIssueEvent:
    """Read one event in structured mode. Raises a Refusal."""
    return _validated(storable(body))


def parse_binary(headers: Mapping[str, str], body: bytes) -> AnyIssueEvent:
    """Read one event in binary mode: attributes in percent-encoded `ce-` headers, data in the body. As above."""
    try:
        attributes: dict[str, object] = {
            name[3:]: unquote(value.encode("ascii").decode(), errors="strict")
            for name, value in headers.items()
            if name.startswith("ce-")
        }
    except UnicodeError:
        raise UnstorableText from None
    attributes.pop("data_base64", None)
    attributes["datacontenttype"] = headers.get("content-type", "")
    attributes["data"] = _json(storable(body))
    return _validated(to_json(attributes))


def parse_batch(body: bytes) -> Sequence[AnyIssueEvent | Unreadable]:
    """Read up to 1,000 events, each for itself. Raises a Refusal where the whole is no JSON array, or too long."""
    with suppress(ValidationError, UnstorableText):
        return _limited(_EVENTS.validate_json(storable(body), strict=True))
    return [_read(element) for element in _limited(_elements(body))]


def request_sha256(event: AnyIssueEvent) -> bytes:
    """What tells a redelivery from other content under the same id: all that counts, except who reported."""
    return hashlib.sha256(event.model_dump_json(exclude=_NOT_THE_REQUEST).encode()).digest()


def _elements(body: bytes) -> list[bytes]:
    try:
        whole = _json(body)
    except MalformedJson:
        # NaN, a lone surrogate, too many levels: that is one event's own fault, where the others can be told from it.
        elements = elements_of(body)
        if elements is None:
            raise
        return elements
    if not isinstance(whole, list):
        raise NotABatch
    return [to_json(element) for element in cast("list[object]", whole)]


def _read(element: bytes) -> AnyIssueEvent | Unreadable:
    try:
        return _validated(storable(element))
    except Refusal as refusal:
        return Unreadable(text_in(element, "source"), text_in(element, "id"), refusal)


def _validated(event: bytes) -> AnyIssueEvent:
    # From JSON text always: only there strictness takes a text for an instant, and no number.
    try:
        return _EVENT.validate_json(event, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        raise MalformedJson(error=str(found[0].get("ctx", {}).get("error", "")))
    raise InputInvalid(faults=faults_of([{**fault, "loc": _way(fault)} for fault in found]))


def _way(fault: ErrorDetails) -> tuple[int | str, ...]:
    """Where the fault is in the event itself: pydantic puts the type by which it chose in front."""
    way = fault["loc"]
    if fault["type"].startswith("union_tag_"):
        return ("type",)
    return way[1:] if way and way[0] in TYPES else way


def _json(body: bytes) -> object:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedJson(error=str(error)) from None


def _limited(elements: list[T]) -> list[T]:
    if len(elements) > LARGEST_BATCH:
        raise BatchTooLarge(most=LARGEST_BATCH, given=len(elements))
    return elements
