"""The city's back-office system at work: fires its events, some alone, some together, some twice, some wrong."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.demo.client import Client, RefusedError
from services.demo.reports import BadInput, bad_inputs, issue_events
from services.handling.receipts import Receipt

_PATH = "/v1/events"
_STRUCTURED = {"Content-Type": "application/cloudevents+json"}
_BATCHED = {"Content-Type": "application/cloudevents-batch+json"}
_OK = 200
_BATCH = 12
_REDELIVERED = 0.05


@dataclass
class Fired:
    """What was sent in and how it was answered."""

    expected: int
    events: int = 0
    items: dict[str, UUID] = field(default_factory=dict[str, UUID])  # by event id
    redelivered: int = 0
    recognised: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    surprises: list[str] = field(default_factory=list[str])


class Intake:
    """12345 热线平台: fires a number of events in random order of modes, over some seconds."""

    def __init__(self, client: Client, *, count: int, seed: int, seconds: float) -> None:
        self.fired = Fired(expected=count)
        self._client = client
        self._chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._seed = seed
        self._pause = seconds / count

    async def run(self) -> None:
        """Fire everything; returns when all is answered."""
        waiting = issue_events(self.fired.expected, self._seed)
        bad = bad_inputs(self._seed)
        every = max(1, len(waiting) // (len(bad) + 1))
        while waiting:
            sent = self.fired.events
            if self._chance.random() < 0.04 and len(waiting) >= _BATCH:  # noqa: PLR2004 - about a third come in batches
                batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
                await self._batch(batch)
            else:
                await self._single(waiting.pop(0))
            if bad and self.fired.events // every > sent // every:
                await self._bad(bad.pop())
            await asyncio.sleep(self._pause * (self.fired.events - sent))
        for remaining in bad:
            await self._bad(remaining)

    async def _single(self, event: dict[str, Any]) -> None:
        binary = self._chance.random() < 0.4  # noqa: PLR2004 - some systems speak the other dialect
        self._note(event, await self._deliver(event, binary=binary))
        if self._chance.random() < _REDELIVERED:
            await self._again(event, binary=binary)

    async def _deliver(self, event: dict[str, Any], *, binary: bool) -> Receipt:
        if binary:
            headers = {f"ce-{name}": str(value) for name, value in event.items() if name != "data"}
            headers["Content-Type"] = "application/json"
            content = json.dumps(event["data"], ensure_ascii=False).encode()
        else:
            headers, content = _STRUCTURED, json.dumps(event, ensure_ascii=False).encode()
        answer = await self._client.send("POST", _PATH, content=content, headers=headers)
        return Receipt.model_validate_json(answer.content)

    async def _batch(self, events: Sequence[dict[str, Any]]) -> None:
        spoilt: dict[str, Any] = {**events[0], "id": f"{events[0]['id']}-bad", "data": {"channel": "hotline"}}
        content = json.dumps([*events, spoilt, events[-1]], ensure_ascii=False).encode()
        answer = await self._client.send("POST", _PATH, content=content, headers=_BATCHED)
        *answers, bad, repeated = answer.json()
        for event, each in zip(events, answers, strict=True):
            if each["status"] == _OK:
                self._note(event, Receipt.model_validate(each["receipt"]))
            else:
                self.fired.surprises.append(f"{event['id']}: {each['problem']['code']}")
        self._count_refusal("input_invalid", bad["problem"]["code"] if bad["status"] != _OK else "accepted")
        self._recognise(events[-1], Receipt.model_validate(repeated["receipt"]))

    async def _again(self, event: dict[str, Any], *, binary: bool) -> None:
        """Send the same event once more, as systems do that did not hear the answer; the same item must come back."""
        self._recognise(event, await self._deliver(event, binary=binary))
        changed = event | {"data": event["data"] | {"title": "内容变了，编号没变"}}
        await self._bad(
            BadInput(
                json.dumps(changed, ensure_ascii=False).encode(), _STRUCTURED["Content-Type"], "idempotency_key_reused"
            )
        )

    async def _bad(self, bad: BadInput) -> None:
        try:
            await self._client.send("POST", _PATH, content=bad.content, headers={"Content-Type": bad.media_type})
        except RefusedError as refused:
            self._count_refusal(bad.expected, refused.code)
        else:
            self._count_refusal(bad.expected, "accepted")

    def _note(self, event: dict[str, Any], receipt: Receipt) -> None:
        self.fired.events += 1
        self.fired.items[event["id"]] = receipt.id
        self._client.journal.acknowledge(receipt)

    def _recognise(self, event: dict[str, Any], receipt: Receipt) -> None:
        self.fired.redelivered += 1
        if self.fired.items.get(event["id"]) == receipt.id:
            self.fired.recognised += 1

    def _count_refusal(self, expected: str, code: str) -> None:
        self.fired.refused[code] += 1
        if code != expected:
            self.fired.surprises.append(f"{expected} expected, {code} answered")
