"""The sender is killed between sending and recording: what it sent comes again, under the same id and in order."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio
from standardwebhooks import Webhook as Verifier

from services.embedded.databases import DatabaseAddresses
from services.outgoing.client import outgoing_client
from services.webhooks.webhooks import Webhooks
from tests.services.fake_receiver import LOCAL, FakeReceiver, Received, fake_receiver, plain
from tests.services.webhook_office import Office, messages, webhook_office

PROCESS = "from services.webhooks.webhooks import run; from services.settings import Settings; run(Settings())"
# It holds its place with a lock of its session.
END_ITS_CONNECTION = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
       AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')"""
ITEMS = 8
KILLED_AT = (3, 11, 12, 20)  # by the number of the request that is under way
PATIENCE_SECONDS = 60


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with webhook_office(database) as opened:
        yield opened


class Process:
    """`duban webhooks` as the operating system runs it, started again whenever it was killed."""

    def __init__(self, database: DatabaseAddresses, folder: Path) -> None:
        self._environment = {**os.environ, "DUBAN_DATABASE_APP_URL": database.app, "DUBAN_ALLOWED_NETWORKS": LOCAL}
        self._log = (folder / "webhooks.log").open("wb")
        self.deaths = 0
        self._running = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", PROCESS], env=self._environment, stderr=self._log)  # noqa: S603 - our own

    def kill(self) -> None:
        self._running.send_signal(signal.SIGKILL)
        self._running.wait()
        self.deaths += 1

    def start_again(self) -> None:
        if self._running.poll() is not None:
            self._running = self._start()

    def close(self) -> None:
        self._running.kill()
        self._running.wait()
        self._log.close()


async def test_nothing_is_lost_and_nothing_gets_a_second_id(
    office: Office, database: DatabaseAddresses, tmp_path: Path
):
    async with fake_receiver() as receiver:
        webhook, secret = await office.webhook(receiver.url())
        items = [await office.report(number) for number in range(1, ITEMS + 1)]
        for item in items:
            await office.does(f"/v1/items/{item}/accept", {}, who="cleaner")
        await office.sequencer.fetchval("SELECT es.sequence_tick()")
        await office.reader._log._connection.execute("SELECT pg_advisory_unlock_all()")
        process = Process(database, tmp_path)

        async def kill_now_and_then(received: Received, writer: asyncio.StreamWriter) -> None:
            # Signed for this very moment, or the receiver's library would not take it.
            Verifier(secret).verify(received.body, received.headers)
            if len(receiver.received) in KILLED_AT:
                process.kill()  # it has sent, and will never learn that it arrived
            await plain(200)(received, writer)

        receiver.answer = kill_now_and_then
        try:
            await until_delivered(office, webhook, process)
        finally:
            process.close()
    assert process.deaths == len(KILLED_AT)
    deliveries = await office.deliveries(webhook)
    assert {each.headers["webhook-id"] for each in receiver.received} == {each["message"] for each in deliveries}
    assert len(receiver.received) > len(deliveries)  # what was under way when it died came twice
    assert len(deliveries) == await office.city.events_in_store()
    in_order_per_item(receiver)


async def until_delivered(office: Office, webhook: str, process: Process | None = None, *, items: int = 1) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            deliveries = await office.deliveries(webhook)
            known = {each["item"] for each in deliveries}
            if len(known) >= items and {each["state"] for each in deliveries} == {"delivered"}:
                return
            if process is not None:
                process.start_again()
            await asyncio.sleep(0.05)


def in_order_per_item(receiver: FakeReceiver) -> None:
    told: dict[str, list[str]] = defaultdict(list)
    for message in messages(receiver.received):
        told[message["subject"]].append(message["sequence"])
    assert len(told) == ITEMS
    # The same number twice in a row is a repetition; a smaller one would be an older message after a newer.
    assert all(numbers == sorted(numbers) for numbers in told.values())


async def test_a_second_process_stands_by(office: Office, database: DatabaseAddresses, tmp_path: Path):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        process = Process(database, tmp_path)  # the office itself holds the place
        try:
            await office.read()
            assert {each["state"] for each in await office.deliveries(webhook)} == {"pending"}
            await office.sender.settle()
            seen = len(receiver.received)
            await office.report(2)
            await office.sequencer.fetchval("SELECT es.sequence_tick()")
            await office.reader._log._connection.execute("SELECT pg_advisory_unlock_all()")
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(receiver.received) < 2 * seen:  # noqa: ASYNC110 - another process cannot set an event
                    await asyncio.sleep(0.05)
            await until_delivered(office, webhook, process)
        finally:
            process.close()
    in_order = [message["subject"] for message in messages(receiver.received)]
    assert in_order == sorted(in_order)


async def test_the_process_outlives_lost_connections(office: Office, database: DatabaseAddresses):
    stopping = asyncio.Event()
    settings, pool = office.city.parts.settings, office.city.parts.pool
    async with fake_receiver() as receiver, outgoing_client(settings) as client:
        webhook, _ = await office.webhook(receiver.url())
        await office.reader._log._connection.execute("SELECT pg_advisory_unlock_all()")
        running = asyncio.create_task(Webhooks(database.app, pool, client, now=office.city.clock).run(stopping))
        superuser = await asyncpg.connect(database.superuser)
        try:
            for number in range(1, 4):
                await office.report(number)
                await superuser.fetch(END_ITS_CONNECTION)
                await office.sequencer.fetchval("SELECT es.sequence_tick()")
                await until_delivered(office, webhook, items=number)
        finally:
            stopping.set()
            await running
            await superuser.close()
    assert {message["subject"] for message in messages(receiver.received)} == {"case-1", "case-2", "case-3"}
