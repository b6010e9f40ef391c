"""The outermost layer: turns any failure into a problem document and tells observers what was sent, and when."""

import time
from collections.abc import Callable

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.errors import answer
from services.gateway.refusals import UnstorableText

_LOG = structlog.stdlib.get_logger("duban.gateway")

# method, route template (the path of an unknown one is not told), status, seconds
RequestObserver = Callable[[str, str, int, float], None]


class Edge:
    """Pure ASGI, so that it costs next to nothing. Observers are called after each answer and must be quick."""

    def __init__(self, app: ASGIApp, observers: list[RequestObserver]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
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

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        for observe in self._observers:
            observe(scope["method"], route, status, seconds)
        _LOG.debug("request", method=scope["method"], route=route, status=status, milliseconds=round(seconds * 1e3, 1))
