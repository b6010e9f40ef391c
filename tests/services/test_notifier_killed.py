"""The notifier is killed with SIGKILL between sending and recording: what was due arrives, under the same mark."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.embedded.temporal import installed_binary
from tests.services.fake_platforms import Platforms
from tests.services.notice_office import NoticeOffice, notice_office, settings_of

PATIENCE_SECONDS = 60.0
CITY = {"kind": "city"}


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses, platforms: Platforms) -> AsyncIterator[NoticeOffice]:
    async with notice_office(database, platforms) as opened:
        opened.city.clock.at = datetime.now(UTC)  # the process reads the real one
        yield opened


@contextmanager
def notifier(database: DatabaseAddresses, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **settings_of(database).environment()}
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [str(installed_binary("duban", "duban")), "notifier"], env=environment, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def until(fact, log: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await fact():
            written = await asyncio.to_thread(log.read_text)
            assert "Traceback" not in written, written
            await asyncio.sleep(0.05)


async def test_killed_between_sending_and_recording_it_sends_again_and_says_so(
    office: NoticeOffice, platforms: Platforms, database: DatabaseAddresses, tmp_path: Path
) -> None:
    log = tmp_path / "notifier.log"
    log.touch()
    await office.notifier.planning.connection.close()  # the office's own notifier steps aside
    channel = await office.channel("dingtalk", CITY)
    quick = await office.channel("wecom", CITY)
    platforms.next["dingtalk"].append("hang")
    for each in (channel, quick):
        await office.post("administrator", f"/v1/channels/{each}/test")
    await office.sequence()

    async def both_arrived() -> bool:
        return bool(platforms.said["dingtalk"] and platforms.said["wecom"])

    async def other_recorded() -> bool:
        return len(await office.sent(state="delivered", channel=quick)) == 1

    async def recorded() -> bool:
        return len(await office.sent(state="delivered", channel=channel)) == 1

    with notifier(database, log) as first:
        await until(both_arrived, log)
        await until(other_recorded, log)
        first.kill()  # DingTalk has the message and has not answered yet
        first.wait()
    platforms.released.set()
    assert len(await office.sent(state="waiting", channel=channel)) == 1
    with notifier(database, log):
        await until(recorded, log)

    sent, again = platforms.said["dingtalk"]
    assert again == f"（补发，可能重复）{sent}"
    assert len(platforms.said["wecom"]) == 1  # what was recorded is not sent again
    [message] = await office.sent(channel=channel)
    evidence = (await office.one_sent(message["id"]))["evidence"]
    assert [(each["repeated"], each["accepted"]) for each in evidence] == [(False, None), (True, True)]
    await office.sequence()
    outcomes = await office.city.parts.pool.fetch("SELECT type FROM es.event WHERE kind = 'notice'")
    assert [row["type"] for row in outcomes] == ["notice.delivered.v1"] * 2


async def test_two_notifiers_send_everything_once(
    office: NoticeOffice, platforms: Platforms, database: DatabaseAddresses, tmp_path: Path
) -> None:
    log = tmp_path / "notifier.log"
    log.touch()
    await office.notifier.planning.connection.close()
    channel = await office.channel("wecom", CITY)

    async def all_recorded() -> bool:
        return len(await office.sent(state="delivered")) == 5

    with notifier(database, log), notifier(database, log):
        for _ in range(5):
            await office.post("administrator", f"/v1/channels/{channel}/test")
            await office.sequence()
        await until(all_recorded, log)
    assert len(platforms.said["wecom"]) == 5
