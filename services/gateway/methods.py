"""What paths answer beside their own methods: HEAD wherever GET is, and which there are to whoever asks with others."""

from fastapi import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Pure ASGI: HEAD is GET whose answer has no body (RFC 9110, 9.3.2), and is recorded as the reading that it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            scope["method"] = "HEAD"  # the server looks whether a body is due
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"  # in place: which route it was is written into the same scope
        try:
            await self._app(scope, receive, without_body)
        finally:
            scope["method"] = "HEAD"


def allowed(request: Request) -> str:
    """The methods of the path asked for, as Allow lists them."""
    path = request.scope["path"]
    methods = {
        method
        for route in request.app.router.routes
        if isinstance(route, Route) and route.path_regex.match(path)
        for method in route.methods or ()
    }
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
