"""Speaks to the gateway as any client would: over HTTP, with a key, and never giving up on an unanswered request."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict

from services.demo.tally import Acknowledged
from services.handling.receipts import Receipt

_PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 60.0
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
_TROUBLE = 400
_PAGE = 200


class RefusedError(Exception):
    """The gateway said no, for good."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


class Line(BaseModel):
    """What the demo reads of a line in a list of items."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    version: int
    status: str
    source: str
    category: str
    unit: str | None
    reported_at: datetime


@dataclass
class Journal:
    """What the clients sent and what they were told, to be held against the event log afterwards."""

    promises: list[Acknowledged] = field(default_factory=list[Acknowledged])
    refusals: Counter[str] = field(default_factory=Counter[str])
    retries: int = 0
    faults: Counter[int] = field(default_factory=Counter[int])

    def acknowledge(self, receipt: Receipt) -> Receipt:
        """Keep what a receipt promises."""
        self.promises.append(Acknowledged.by(receipt))
        return receipt


class Client:
    """One principal at the gateway."""

    def __init__(self, http: httpx.AsyncClient, key: str, journal: Journal) -> None:
        self._http = http
        self._key = key
        self.journal = journal

    async def command(self, item: Line, name: str, body: Mapping[str, Any] | None = None) -> bool:
        """Give a command about an item as it was seen; says whether it was carried out.

        No is an answer: between the look and the command somebody else may have acted.
        """
        try:
            await self.post(f"/v1/items/{item.id}/{name}", dict(body or {}), f"{name}-{item.id}-{item.version}")
        except RefusedError as refused:
            self.journal.refusals[refused.code] += 1
            return False
        return True

    async def post(self, path: str, body: Mapping[str, Any], key: str) -> Receipt:
        """Send a command under a key, again and again until it is answered; raises RefusedError."""
        answer = await self.send("POST", path, json=body, headers={"Idempotency-Key": key})
        return self.journal.acknowledge(Receipt.model_validate_json(answer.content))

    async def lines(self, **query: str | int | bool | Sequence[str]) -> list[Line]:
        """All items within sight that fit, through all pages."""
        found: list[Line] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self.send("GET", "/v1/items", params={**query, "limit": _PAGE, **cursor})
            page = answer.json()
            found += [Line.model_validate(line) for line in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request until it is answered; raises RefusedError for a final no, TimeoutError after a minute."""
        headers = {"Authorization": f"Bearer {self._key}", **options.pop("headers", {})}
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    answer = await self._http.request(method, path, headers=headers, **options)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code not in _TRY_AGAIN:
                    break
                self.journal.retries += 1
                if answer is not None:
                    self.journal.faults[answer.status_code] += 1
                await asyncio.sleep(_PAUSE_SECONDS)
        if answer.status_code >= _TROUBLE:
            raise RefusedError(answer.status_code, answer.json().get("code", "no_code"))
        return answer
