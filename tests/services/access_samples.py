"""A town whose access log is read back, with addresses in the test's hand."""

from typing import Any

import httpx

from tests.services.item_city import Town

HERE = "203.0.113.7"


class WatchedTown(Town):
    """Everybody comes from an address; the log is written when the test says so, and in any case a little later."""

    async def ask_from(self, address: str, who: str, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.city.app, client=(address, 40000))
        headers = {"Authorization": f"Bearer {self.city.keys[who]}", **request.pop("headers", {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
            return await client.request(method, path, **request)

    async def traces(self, **wanted: Any) -> list[dict[str, Any]]:
        await self.city.parts.access.flush()
        answer = await self.ask("auditor", "GET", "/v1/audit/access", params=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()["traces"]

    async def id_of(self, who: str) -> str:
        return (await self.get(who, "/v1/me")).json()["id"]
