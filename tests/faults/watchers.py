"""An auditor and a leader who look, again and again, at both gateways, and keep what they saw in the journal."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from tests.faults.journal import Journal, Saw, now

_LOOK_SECONDS = 0.7
_PAGE = 200
_A_PAGE_OF_EVENTS = 500
_PAGES = 4


class Watcher:
    """Somebody at one gateway who asks without patience: no answer is no observation."""

    def __init__(self, http: httpx.AsyncClient, gateway: str, key: str, name: str, journal: Journal) -> None:
        self._http = http
        self._gateway = gateway
        self._headers = {"Authorization": f"Bearer {key}"}
        self._name = name
        self._journal = journal
        self._known: dict[tuple[str, str], Any] = {}

    async def look(self) -> None:
        """Look at everything once."""
        raise NotImplementedError

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def ask(self, path: str, **query: Any) -> tuple[datetime, httpx.Response] | None:
        """The answer with the instant before it was asked for; None where there was none, or a refusal."""
        asked_at = now()
        try:
            answer = await self._http.get(self._gateway + path, params=query, headers=self._headers)
        except httpx.TransportError:
            return None
        return (asked_at, answer) if answer.is_success else None

    def saw(self, what: str, subject: str, value: Any, asked_at: datetime) -> None:
        """Keep what is other than at the last look."""
        if self._known.get((what, subject)) != value:
            self._known[what, subject] = value
            self._journal.note(Saw(now(), self._name, what, subject, value, asked_at))


class Auditor(Watcher):
    """审计: keeps checkpoints, and every event with the instant it was first seen at."""

    _next = 0

    async def look(self) -> None:
        """Copy the newest checkpoint; page on through the log."""
        found = await self.ask("/v1/log/checkpoint")
        if found:
            self.saw("checkpoint", "log", found[1].text, found[0])
        for _ in range(_PAGES):
            found = await self.ask(
                "/v1/audit/events", order="oldest", position_from=self._next, limit=_A_PAGE_OF_EVENTS
            )
            if not found:
                return
            asked_at, page = found[0], found[1].json()
            self.saw("log_size", "log", page["log_size"], asked_at)
            for event in page["events"]:
                kept = {name: event[name] for name in ("position", "stream", "version", "type", "occurred_at")}
                self.saw("event", event["event_id"], kept, asked_at)
                self._next = event["position"] + 1
            if len(page["events"]) < _A_PAGE_OF_EVENTS:
                return


class Leader(Watcher):
    """领导小组: looks at the newest items, at the counts, and into the inbox."""

    async def look(self) -> None:
        """Look at lists, counters and inbox."""
        found = await self.ask("/v1/items", limit=_PAGE)
        if found:
            for item in found[1].json()["items"]:
                value = {name: item[name] for name in ("version", "status", "open")}
                self.saw("item", item["id"], value, found[0])
        found = await self.ask("/v1/rungs/counts")
        if found:
            self._counters(found[1].json(), found[0])
        found = await self.ask("/v1/notices", limit=1)
        if found:
            self.saw("unread", "leader", found[1].json()["unread"], found[0])

    def _counters(self, counts: Mapping[str, Any], asked_at: datetime) -> None:
        for rung, times in counts["climbed"].items():
            self.saw("counter", f"climbed:{rung}", times, asked_at)
        self.saw("counter", "accountability_due", counts["accountability_due"], asked_at)
