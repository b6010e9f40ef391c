"""Reads request bodies: bounded while they stream in, of the declared kind, and as strict JSON."""

import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter

from services.gateway.faults import parse_json
from services.gateway.refusals import BodyTooLarge, UnstorableText, WrongMediaType

MOST_BYTES = 4 * 1024 * 1024
# Beyond the limit so much more is read and thrown away, so that the client comes to read the answer.
_DRAINED_BYTES = 32 * 1024 * 1024
# U+0000 as JSON escapes it: a backslash that is not itself escaped. A raw one is no JSON.
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """The whole body. Counts what arrives, whatever Content-Length says; raises BodyTooLarge."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most_bytes:
            chunks.append(chunk)
        elif size > most_bytes + _DRAINED_BYTES:
            break
    if size > most_bytes:
        raise BodyTooLarge(limit_bytes=most_bytes, headers={"Connection": "close"})
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_json(request: Request) -> bytes:
    """The body of a request that declares JSON, or declares nothing; raises WrongMediaType, UnstorableText."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise WrongMediaType(expected="application/json", given=media_type[:100])
    return storable(await read_body(request))


def storable(body: bytes) -> bytes:
    """The body itself, unless a text in it contains U+0000."""
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        raise UnstorableText
    return body


class JsonBody(Generic[M]):
    """A dependency that reads the body as a model, and says so in the API's description.

    Nothing at all counts as an empty object. ``examples`` by name go into the description.
    """

    def __init__(self, model: type[M], examples: Mapping[str, Mapping[str, Any]]) -> None:
        self.model = model
        self.examples = examples
        self._adapter = TypeAdapter(model)

    async def __call__(self, request: Request) -> M:
        """Read it; raises what `read_json` and `parse_json` raise."""
        return parse_json(self._adapter, await read_json(request) or b"{}")

    @property
    def required(self) -> bool:
        """Whether an empty body is too little."""
        return any(info.is_required() for info in self.model.model_fields.values())
