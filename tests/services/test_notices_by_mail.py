"""Who is told by mail, under which id, and who only once a day."""

from collections.abc import Callable, Iterator

import pytest

from services.embedded.databases import DatabaseAddresses
from tests.services.fake_platforms import Mailboxes, Platforms, mail_server
from tests.services.notice_office import notice_office


@pytest.fixture
def mail_port(free_ports: Callable[[int], list[int]]) -> int:
    return free_ports(1)[0]


@pytest.fixture
def mailboxes(mail_port: int) -> Iterator[Mailboxes]:
    with mail_server(mail_port) as server:
        yield server


async def test_mail_goes_to_those_whose_address_is_known_under_a_stable_id(
    database: DatabaseAddresses, platforms: Platforms, mail_port: int, mailboxes: Mailboxes
) -> None:
    async with notice_office(database, platforms, mail_port) as office:
        await office.mailed("cleaner", "cleaner@unit.example")
        mailboxes.answers.append("451 try again later")
        await office.reported()
        await office.notify()
        assert mailboxes.mails == []
        await office.later(seconds=10)
        [(to, mail)] = mailboxes.mails
        [message] = await office.sent(state="delivered")
        assert to == "cleaner@unit.example"
        assert mail["Message-ID"] == f"<{message['id']}@city.example>"
        [failed, delivered] = (await office.one_sent(message["id"]))["evidence"]
        assert (failed["platform_code"], delivered["platform_code"]) == ("451", "250")
        mailboxes.refusing["cleaner@unit.example"] = "550 <cleaner@unit.example> unknown"
        await office.reported(title="第二件")
        await office.notify()
        [refused] = await office.sent(state="failed")
        [attempt] = (await office.one_sent(refused["id"]))["evidence"]
        assert attempt["platform_code"] == "550"
        assert "cleaner" not in attempt["platform_text"]  # what is kept for ever names nobody


async def test_somebody_who_wants_a_daily_digest_gets_one(
    database: DatabaseAddresses, platforms: Platforms, mail_port: int, mailboxes: Mailboxes
) -> None:
    async with notice_office(database, platforms, mail_port) as office:
        await office.mailed("cleaner", "cleaner@unit.example")
        await office.prefers("cleaner", digest={"kind": "daily", "hour": 9}, language="en")
        for number in range(3):
            await office.reported(title=f"Rubbish {number}")
        await office.notify()
        assert mailboxes.mails == []
        await office.later(hours=23)
        [(_, mail)] = mailboxes.mails
        assert "3 notices" in str(mail["Subject"])
        await office.prefers("cleaner", channels=[])
        await office.reported(title="Rubbish 4")
        await office.later(hours=48)
        assert len(mailboxes.mails) == 1
        assert len(await office.inbox("cleaner")) == 4
