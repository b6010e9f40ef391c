"""A town with a notifier that turns when the test says so, fake platforms, and shorthands for channels and inboxes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.notifier.notifier import Notifier
from services.outgoing.client import outgoing_client
from services.settings import Settings
from services.store.notice_planning import NoticePlanning
from services.store.pools import open_pool, prepare
from tests.services.fake_platforms import SECRET, Platforms
from tests.services.fake_receiver import PATIENT
from tests.services.item_city import Town, town

MOST_TURNS = 200


class NoticeOffice(Town):
    """The town, and what its people are told."""

    def __init__(self, opened: Town, platforms: Platforms, database: DatabaseAddresses, notifier: Notifier) -> None:
        super().__init__(opened.city)
        self.platforms = platforms
        self.database = database
        self.notifier = notifier

    async def sequence(self) -> None:
        connection = await asyncpg.connect(self.database.sequencer)
        await connection.fetchval("SELECT es.sequence_tick()")
        await connection.close()

    async def notify(self) -> None:
        """Whatever is due at this instant of the town's clock is planned, composed and sent, and its outcome heard."""
        for _ in range(MOST_TURNS):
            await self.sequence()
            busy = await self.notifier.turn()
            await self.notifier.settle()
            if not busy:
                return
        raise AssertionError("it never comes to rest")

    async def notify_impatiently(self) -> None:
        """As `notify`; who does not answer at once is taken for one that never does."""
        patient, self.notifier.client.timeout = self.notifier.client.timeout, httpx.Timeout(60, read=0.5)
        await self.notify()
        self.notifier.client.timeout = patient

    async def later(self, **time: float) -> None:
        self.city.clock.pass_by(timedelta(**time))
        await self.notify()

    async def channel(self, robot: str, serves: dict[str, Any], **changes: Any) -> str:
        body = {
            "kind": robot.partition("-")[0],
            "name": robot,
            "serves": serves,
            "address": self.platforms.url(robot),
            "secret": SECRET,
            **changes,
        }
        answer = await self.post("administrator", "/v1/channels", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def inbox(self, who: str, **wanted: Any) -> list[dict[str, Any]]:
        return (await self.get(who, "/v1/notices", **wanted)).json()["notices"]

    async def sent(self, **wanted: Any) -> list[dict[str, Any]]:
        return (await self.get("office", "/v1/notices/sent", **wanted)).json()["messages"]

    async def one_sent(self, message: str) -> dict[str, Any]:
        return (await self.get("office", f"/v1/notices/sent/{message}")).json()

    async def prefers(self, who: str, **preferences: Any) -> None:
        headers = {"Idempotency-Key": str(uuid4())}
        answer = await self.ask(who, "PUT", "/v1/preferences", json=preferences, headers=headers)
        assert answer.status_code == 200, answer.text

    async def mailed(self, who: str, address: str) -> None:
        """Give somebody a mail address, as an administrator does."""
        me = (await self.get(who, "/v1/me")).json()
        body = {key: value for key, value in me.items() if key != "id" and value} | {"email": address}
        headers = {"Idempotency-Key": str(uuid4())}
        answer = await self.ask(
            "administrator", "PUT", f"/v1/principals/{me['id']}", json={**body, "reason": "x"}, headers=headers
        )
        assert answer.status_code == 200, answer.text


UNIT = {"kind": "unit", "unit": "cleaning"}


def settings_of(database: DatabaseAddresses, mail_port: int | None = None) -> Settings:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": mail_port, "smtp_security": "none"} if mail_port else {}
    return Settings(
        database_app_url=SecretStr(database.app), allowed_networks="127.0.0.0/8", smtp_from="duban@city.example", **mail
    )


@asynccontextmanager
async def notice_office(
    database: DatabaseAddresses, platforms: Platforms, mail_port: int | None = None
) -> AsyncIterator[NoticeOffice]:
    settings = settings_of(database, mail_port)
    async with town(database) as opened, outgoing_client(settings, bounds=PATIENT) as client:
        connection = await asyncpg.connect(database.app)
        pool = await open_pool(database.app, max_size=6)
        try:
            await prepare(connection)
            told = settings.model_copy(update={"people_keys": opened.city.parts.settings.people_keys})
            notifier = Notifier(pool, NoticePlanning(connection), client, told, opened.city.clock)
            assert await notifier.begin()
            yield NoticeOffice(opened, platforms, database, notifier)
            await notifier.stop(0)
        finally:
            await pool.close()
            await connection.close()
