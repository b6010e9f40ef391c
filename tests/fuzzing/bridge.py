"""The city's application as something that any thread can call; whatever a request does is undone."""

import asyncio
from typing import Any

from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.known_values import Names
from tests.fuzzing.loop_thread import LoopThread


class Bridge:
    """Pure ASGI: takes the request in whole, asks in the city's loop, gives the answer back."""

    # Whether requests follow on one another until `forget` is called; otherwise each finds the city as it was.
    remembers = False
    _living: LoopThread[FuzzedCity]
    _names: Names

    def lead_to(self, living: LoopThread[FuzzedCity]) -> None:
        """The city, once there is one: who describes requests needs a bridge earlier."""
        self._living = living
        self._names = Names(living.opened)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":  # the city has begun already
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        scope = self._with_ids(scope)
        body = self._names.in_place_of_names(body)
        asked = asyncio.run_coroutine_threadsafe(self._asked(scope, body), self._living.loop)
        for answer in await asyncio.wrap_future(asked):
            await send(answer)

    async def _asked(self, scope: dict[str, Any], body: bytes) -> list[Any]:
        city = self._living.opened
        answers: list[Any] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answers.append(message)

        if self.remembers:
            await city.city.app(scope, receive, send)
            return answers
        async with city.undone():
            await city.city.app(scope, receive, send)
        return answers

    def _with_ids(self, scope: dict[str, Any]) -> dict[str, Any]:
        return {
            **scope,
            "path": self._names.in_place_of_names(scope["path"].encode("utf-8", "surrogatepass")).decode(
                "utf-8", "surrogatepass"
            ),
            "raw_path": self._names.in_place_of_names(scope["raw_path"]),
            "query_string": self._names.in_place_of_names(scope["query_string"]),
        }
