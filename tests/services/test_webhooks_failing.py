"""Receivers that are down, slow, lying or gone: recorded, tried again in order, given up at last."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.outgoing.client import Bounds
from tests.services.fake_receiver import FakeReceiver, Received, endless, fake_receiver, plain, silent
from tests.services.webhook_office import Office, item_of, messages, webhook_office

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DOWN = plain(500, b"internal error")


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with webhook_office(database) as opened:
        yield opened


def ids(receiver: FakeReceiver) -> list[str]:
    return [each.headers["webhook-id"] for each in receiver.received]


async def error_of_the_first(office: Office, webhook: str) -> str:
    """What the newest try of a webhook's first delivery failed with."""
    [newest, *_] = await office.tries(webhook, (await office.deliveries(webhook))[0]["id"])
    return newest["error"]


async def test_what_fails_goes_again_under_the_same_id_and_in_order(office: Office):
    async with fake_receiver(DOWN) as receiver:
        webhook, _ = await office.webhook(receiver.url())
        item = await office.report()
        await office.does(f"/v1/items/{item}/accept", {}, who="cleaner")
        await office.go()
        failed = ids(receiver)
        assert len(failed) == 1
        receiver.answer = plain(204)
        await office.pass_by(MINUTE)
    told = messages(receiver.received)
    assert ids(receiver)[1] == failed[0]
    assert [message["sequence"] for message in told[1:]] == sorted({message["sequence"] for message in told})
    tries = await office.tries(webhook, (await office.deliveries(webhook))[0]["id"])
    assert [(each["status"], each["error"], each["answer"]) for each in tries] == [
        (204, None, None),
        (500, "status", "internal error"),
    ]


async def test_a_message_that_is_never_taken_holds_up_its_own_item_only(office: Office):
    async def refuses_one(received: Received, writer) -> None:
        await (plain(500) if b'"case-1"' in received.body else plain(200))(received, writer)

    async with fake_receiver(refuses_one) as receiver:
        await office.webhook(receiver.url())
        await office.report(1)
        second = await office.report(2)
        await office.go()
        await office.does(f"/v1/items/{second}/accept", {}, who="cleaner")
        await office.go()
    told = Counter(message["subject"] for message in messages(receiver.received))
    assert told["case-1"] == 1
    assert told["case-2"] > 2


async def test_after_three_days_it_is_given_up_and_the_items_later_messages_go_on(office: Office):
    async def refuses_first(received: Received, writer) -> None:
        await (plain(400) if b"item.reported" in received.body else plain(200))(received, writer)

    async with fake_receiver(refuses_first) as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.go()
        for _ in range(73):
            await office.pass_by(HOUR)
        first, *later = await office.deliveries(webhook)
        assert (first["type"], first["state"]) == ("duban.item.reported.v1", "dead")
        assert 10 < first["attempts"] < 400
        assert {each["state"] for each in later} == {"delivered"}
        # Somebody looks at what was given up, and sends it again once the receiver was mended.
        assert [each["id"] for each in await office.deliveries(webhook, state="dead")] == [first["id"]]
        receiver.answer = plain(200)
        await office.does(f"/v1/webhooks/{webhook}/deliveries/{first['id']}/resend", {})
        await office.go()
    assert {each["state"] for each in await office.deliveries(webhook)} == {"delivered"}
    assert len({each.headers["webhook-id"] for each in receiver.received}) == len(later) + 1


async def test_a_receiver_that_is_gone_for_good_is_disabled_until_somebody_resumes_it(office: Office):
    async with fake_receiver(plain(410)) as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.go()
        assert (await office.get(f"/v1/webhooks/{webhook}"))["status"] == "disabled"
        asked = len(receiver.received)
        await office.report(2)
        await office.go()
        await office.pass_by(HOUR)
        assert len(receiver.received) == asked
        await office.does(f"/v1/webhooks/{webhook}/resume", {"reason": "地址恢复"})
        await office.pass_by(HOUR)
        assert (await office.get(f"/v1/webhooks/{webhook}"))["status"] == "disabled"
        receiver.answer = plain(200)
        await office.does(f"/v1/webhooks/{webhook}/resume", {"reason": "地址恢复"})
        await office.pass_by(HOUR)
    assert {each["state"] for each in await office.deliveries(webhook)} == {"delivered"}


async def test_a_receiver_that_asks_to_be_left_alone_is(office: Office):
    async with fake_receiver(plain(503, retry_after="600")) as receiver:
        await office.webhook(receiver.url())
        await office.report()
        await office.go()
        await office.pass_by(9 * MINUTE)
        assert len(receiver.received) == 1
        await office.pass_by(2 * MINUTE)
        assert len(receiver.received) == 2


async def test_a_dead_receiver_is_bothered_rarely_and_gets_everything_once_it_is_back(office: Office):
    async with fake_receiver(DOWN) as receiver:
        webhook, _ = await office.webhook(receiver.url())
        for number in range(1, 21):
            await office.report(number)
        await office.go()
        assert len(receiver.received) < 10
        for _ in range(60):
            await office.pass_by(MINUTE)
        assert len(receiver.received) < 25
        receiver.answer = plain(200)
        await office.pass_by(15 * MINUTE)
    assert {each["state"] for each in await office.deliveries(webhook)} == {"delivered"}
    told: dict[str, list[str]] = {}
    for message in messages(receiver.received):
        told.setdefault(message["subject"], []).append(message["sequence"])
    assert len(told) == 20
    assert all(numbers == sorted(numbers) for numbers in told.values())


async def test_liars_are_recorded_and_keep_nobody_waiting(office: Office):
    async with (
        fake_receiver() as honest,
        fake_receiver() as inside,
        fake_receiver(endless) as lying,
        fake_receiver(plain(302, location=inside.url())) as redirecting,
    ):
        async with fake_receiver() as gone:
            closed = gone.url()
        names = {"lying": lying.url(), "redirecting": redirecting.url(), "closed": closed}
        webhooks = {name: (await office.webhook(url))[0] for name, url in names.items()}
        await office.webhook(honest.url())
        await office.report()
        await office.go()
        found = {name: await error_of_the_first(office, webhook) for name, webhook in webhooks.items()}
    assert found == {"lying": "answer_too_long", "redirecting": "redirect", "closed": "unreachable"}
    assert inside.received == []
    assert len(honest.received) > 1


async def test_who_never_answers_is_recorded_as_too_late(database: DatabaseAddresses):
    impatient = Bounds(connect_seconds=60, silence_seconds=0.3, total_seconds=60)
    async with webhook_office(database, bounds=impatient) as office, fake_receiver(silent) as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.go()
        assert await error_of_the_first(office, webhook) == "timeout"


async def test_a_name_that_leads_inside_later_is_not_followed(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        # As if the name had been public at its registration and led to another internal address now.
        await office.city.parts.pool.execute("UPDATE private.webhook SET url = $1", "https://10.0.0.1/")
        await office.report()
        await office.go()
    assert receiver.received == []
    [newest] = await office.tries(webhook, (await office.deliveries(webhook))[0]["id"])
    assert (newest["status"], newest["error"]) == (None, "address_not_public")


async def test_a_slow_receiver_does_not_hold_up_the_others(database: DatabaseAddresses):
    async with (
        webhook_office(database) as office,
        fake_receiver(silent) as slow,
        fake_receiver() as honest,
    ):
        await office.webhook(slow.url())
        webhook, _ = await office.webhook(honest.url())
        for number in range(1, 11):
            await office.report(number)
        await office.read()
        while any(each["state"] == "pending" for each in await office.deliveries(webhook)):
            await office.sender.start_due()
            await office.sender.rest(0.01)
        assert 0 < len(slow.received) <= 4


async def test_nothing_dies_because_nobody_sent(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.read()
        office.city.clock.pass_by(timedelta(days=4))
        await office.sender.begin()
        await office.sender.settle()
    assert {each["state"] for each in await office.deliveries(webhook)} == {"delivered"}


@pytest.mark.parametrize(
    "statement", ["UPDATE private.webhook_attempt SET error = NULL", "DELETE FROM private.webhook_attempt"]
)
async def test_attempts_are_evidence(office: Office, database: DatabaseAddresses, statement: str):
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url())
        await office.report()
        await office.go()
    superuser = await asyncpg.connect(database.superuser)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await superuser.execute(statement)
    await superuser.close()


async def test_what_a_clock_hours_ahead_put_off_goes_once_the_clock_is_right_again(office: Office):
    async with fake_receiver(DOWN) as receiver:
        await office.webhook(receiver.url())
        await office.pass_by(12 * HOUR)
        await office.report(1)
        await office.go()
        await office.report(2)
        await office.read()
        receiver.answer = plain(204)
        await office.pass_by(-12 * HOUR)
    told = [item_of(message) for message in messages(receiver.received[1:])]
    assert len(set(told)) == 2
