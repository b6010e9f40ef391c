"""The city's back-office system under faults: fires events alone, in batches, twice, and now and then spoilt ones."""

import asyncio
import json
import random
from typing import Any

from services.demo.client import RefusedError
from services.demo.reports import bad_inputs, issue_events
from tests.faults.messenger import Messenger

_PATH = "/v1/events"
_STRUCTURED = {"Content-Type": "application/cloudevents+json"}
_BATCHED = {"Content-Type": "application/cloudevents-batch+json"}
_MOST = 20_000
_BATCH = 6
_BATCHED_SHARE, _BINARY_SHARE, _AGAIN_SHARE, _BAD_SHARE = 0.05, 0.4, 0.06, 0.04


class BackOffice:
    """12345 热线平台: fires about so many events a second until the load is over."""

    def __init__(self, messenger: Messenger, *, seed: int, a_second: float) -> None:
        self._messenger = messenger
        self._chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._waiting = iter(issue_events(_MOST, seed))
        self._bad = bad_inputs(seed)
        self._between = 1.0 / a_second

    async def look(self) -> None:
        """Fire one event, or one batch."""
        began, sent = asyncio.get_running_loop().time(), 1
        if self._chance.random() < _BATCHED_SHARE:
            await self._batch([next(self._waiting) for _ in range(_BATCH)])
            sent = _BATCH
        else:
            await self._single(next(self._waiting))
        if self._chance.random() < _BAD_SHARE:
            bad = self._chance.choice(self._bad)
            await self._send(bad.content, {"Content-Type": bad.media_type})
        await asyncio.sleep(max(0.0, began + sent * self._between - asyncio.get_running_loop().time()))

    async def _single(self, event: dict[str, Any]) -> None:
        await self._deliver(event)
        if self._chance.random() < _AGAIN_SHARE:
            await self._deliver(event)
            changed = event | {"data": event["data"] | {"title": "内容变了，编号没变"}}
            await self._send(json.dumps(changed).encode(), _STRUCTURED)

    async def _deliver(self, event: dict[str, Any]) -> None:
        if self._chance.random() < _BINARY_SHARE:
            headers = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
            await self._send(json.dumps(event["data"]).encode(), {**headers, "Content-Type": "application/json"})
        else:
            await self._send(json.dumps(event).encode(), _STRUCTURED)

    async def _batch(self, events: list[dict[str, Any]]) -> None:
        spoilt: dict[str, Any] = {**events[0], "id": f"{events[0]['id']}-bad", "data": {"channel": "hotline"}}
        await self._send(json.dumps([*events, spoilt, events[-1]]).encode(), _BATCHED)

    async def _send(self, content: bytes, headers: dict[str, str]) -> None:
        try:
            await self._messenger.send("POST", _PATH, content=content, headers=headers)
        except RefusedError:
            return  # it stands in the journal
