"""The documents of the play, fetched from the API into a folder as anybody would: cases, bulletin, ledger."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from services.demo.client import Client, RefusedError

_TIMEZONE = ZoneInfo("Asia/Shanghai")
_LOOKS, _LOOK_SECONDS = 40, 0.25
_OVER = frozenset({"issued", "published", "summoned", "recorded", "withdrawn"})


class Folder:
    """Where the documents go."""

    def __init__(self, office: Client, path: Path) -> None:
        self._office = office
        self.path = path
        self.files: list[str] = []

    async def fill(self, cases: Iterable[UUID]) -> None:
        """Publish the week's bulletin, and save all that was issued about the cases, with the ledger of all items."""
        bulletin = await self._publish()
        for case_id in cases:
            await self._save_case(case_id)
        if bulletin is not None:
            await self._save_bulletin(bulletin)
        await self._save("整改台账", await self._drawn_up("ledger", {"kind": "ledger"}))

    async def _publish(self) -> str | None:
        year, week, _ = datetime.now(UTC).astimezone(_TIMEZONE).isocalendar()
        body = {"kind": "weekly", "period": f"{year}-W{week:02d}"}
        try:
            return (await self._post("/v1/bulletins", body, "demo-bulletin"))["id"]
        except RefusedError as refused:
            self._office.journal.refusals[refused.code] += 1
            return None

    async def _save_case(self, case_id: UUID) -> None:
        case = await self._get(f"/v1/cases/{case_id}")
        place = case["number"]
        item_id = case["origin"]["stream_id"]
        if case["origin"]["source"] == "item":
            order = {"kind": "dispatch_order", "item": item_id}
            await self._save(place, await self._drawn_up(f"order-{item_id}", order))
        for act in (await self._get("/v1/acts", item=item_id))["acts"]:
            await self._save_act(place, act["id"])
        await self._save(place, case["documents"])

    async def _save_act(self, place: str, act_id: str) -> None:
        act = await self._get(f"/v1/acts/{act_id}")
        await self._save(place, act["documents"])
        if act["interview"] is not None:
            await self._save(place, act["interview"]["documents"])

    async def _save_bulletin(self, bulletin: str) -> None:
        """The bulletin, and the summonses that follow from its ranking by themselves."""
        await self._save("通报", await self._drawn_up("bulletin", {"kind": "bulletin", "bulletin": bulletin}))
        acts: list[dict[str, Any]] = []
        for _ in range(_LOOKS):
            acts = (await self._get("/v1/acts", item=bulletin))["acts"]
            if acts and all(act["status"] in _OVER for act in acts):
                break
            await asyncio.sleep(_LOOK_SECONDS)
        for act in acts:
            await self._save_act("通报", act["id"])

    async def _drawn_up(self, key: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return (await self._post("/v1/documents", body, f"demo-document-{key}"))["files"]

    async def _save(self, place: str, refs: Iterable[Mapping[str, Any]]) -> None:
        folder = self.path / place
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        for ref in refs:
            answer = await self._office.send("GET", f"/v1/documents/{ref['sha256']}")
            name = unquote(answer.headers["Content-Disposition"].rpartition("UTF-8''")[2])
            await asyncio.to_thread((folder / name).write_bytes, answer.content)
            self.files.append(f"{place}/{name}")

    async def _get(self, path: str, **asked: str) -> dict[str, Any]:
        return (await self._office.send("GET", path, params=asked)).json()

    async def _post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        return (await self._office.send("POST", path, json=dict(body), headers={"Idempotency-Key": key})).json()
