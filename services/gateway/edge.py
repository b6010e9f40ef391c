"""The outermost layer: turns any failure into a problem document and tells observers what was sent, and when."""

import os
import re
import time
from collections.abc import Callable

import structlog
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.errors import answer
from services.gateway.refusals import UnstorableText
from services.telemetry.ids import REQUEST_ID
from services.telemetry.tracing import context_of, span, tracer_in_use

_LOG = structlog.stdlib.get_logger("duban.gateway")

# method, route template (the path of an unknown one is not told), status, seconds
RequestObserver = Callable[[str, str, int, float], None]


_REQUEST_ID = b"x-request-id"
# What a proxy or client may call its request: nothing that could break a line or hide in a log.
_SPEAKABLE = re.compile(r"[A-Za-z0-9._:-]{8,64}")
_UNTRACED = frozenset({"/health", "/ready", "/metrics"})
_LEAST_FAILURE = 500


class Edge:
    """Pure ASGI, so that it costs next to nothing. Observers are called after each answer and must be quick.

    Every request has an id, the client's own in X-Request-ID where it is well formed, which is answered with and stands
    in whatever is logged meanwhile; and where somebody traces a span, in the trace of the client's traceparent.
    """

    def __init__(self, app: ASGIApp, observers: list[RequestObserver]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = REQUEST_ID.set(request_id := _request_id(scope))
        try:
            if tracer_in_use() is None or scope["path"] in _UNTRACED:
                await self._serve(scope, receive, send, request_id)
            else:
                await self._serve_traced(scope, receive, send, request_id)
        finally:
            REQUEST_ID.reset(token)

    async def _serve_traced(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        ids, parent = {"duban.request_id": request_id}, context_of(_header(scope, b"traceparent"))
        with span(scope["method"], ids, kind=SpanKind.SERVER, parent=parent) as current:
            _describe(current, scope, await self._serve(scope, receive, send, request_id))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> int:
        began = time.perf_counter()
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_REQUEST_ID, request_id.encode("ascii"))]
            await send(message)

        try:
            if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
                raise UnstorableText  # noqa: TRY301 - answered as any other refusal, below
            await self._app(scope, receive, note)
        except Exception as error:
            if status:
                raise  # half an answer is out; the server cuts the connection
            await answer(Request(scope), error)(scope, receive, note)
        self._tell(scope, status, time.perf_counter() - began)
        return status

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        for observe in self._observers:
            observe(scope["method"], route, status, seconds)
        _LOG.debug("request", method=scope["method"], route=route, status=status, milliseconds=round(seconds * 1e3, 1))


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unknown")


def _header(scope: Scope, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return None


def _request_id(scope: Scope) -> str:
    given = _header(scope, _REQUEST_ID)
    return given if given and _SPEAKABLE.fullmatch(given) else os.urandom(8).hex()


def _describe(current: Span, scope: Scope, status: int) -> None:
    """The template of the path alone: paths and queries carry what clients write, addresses are personal data."""
    route = _route(scope)
    current.update_name(f"{scope['method']} {route}")
    current.set_attributes(
        {"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status}
    )
    if status >= _LEAST_FAILURE:
        current.set_status(StatusCode.ERROR)
