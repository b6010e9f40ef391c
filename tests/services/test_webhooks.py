"""Outcomes reach those who reported: complete, signed, in order per item, and nobody else's."""

from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest
import pytest_asyncio

from domain.actor import Role
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.outcomes.message import Outcome
from tests.services.fake_receiver import fake_receiver
from tests.services.webhook_office import Office, item_of, messages, principal, verified, webhook_office

SUBMITTED = {"account": "已清理", "evidence": [{"uri": "https://files.example/1"}]}


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses) -> AsyncIterator[Office]:
    async with webhook_office(database) as opened:
        yield opened


async def test_a_reporter_is_told_of_every_step_signed_and_in_order(office: Office):
    async with fake_receiver() as receiver:
        _, secret = await office.webhook(receiver.url("/duban?token=secret"))
        item = await office.report()
        await office.does(f"/v1/items/{item}/accept", {}, who="cleaner")
        await office.go()
        told = [verified(each, secret, office.city.clock()) for each in receiver.received]
    history = (await office.get(f"/v1/items/{item}/history", who="hotline"))["events"]
    assert [message["type"] for message in told] == [f"duban.{event['type']}" for event in history]
    assert [message["id"] for message in told] == [event["event_id"] for event in history]
    assert [message["sequence"] for message in told] == sorted(message["sequence"] for message in told)
    assert all(Outcome.model_validate_json(each.body) for each in receiver.received)  # as the API describes it
    last, first = told[-1], receiver.received[0]
    assert (last["source"], last["subject"], last["specversion"]) == ("duban:items", "case-1", "1.0")
    assert (last["data"]["item"], last["data"]["status"], last["data"]["unit"]) == (item, "rectifying", "cleaning")
    assert last["data"]["due_at"] is not None
    assert first.headers["content-type"].startswith("application/cloudevents+json")
    assert first.headers["webhook-id"] == told[0]["id"]
    assert first.path == "/duban?token=secret"


async def test_no_person_and_no_free_text_goes_out(office: Office):
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url())
        item = await office.report(reporter={"name": "王某某", "phone": "13900001111"}, description="请找李某某")
        await office.does(f"/v1/items/{item}/refuse", {"reason": "张某某说不归我们管"}, who="cleaner")
        await office.go()
    sent = b"".join(each.body for each in receiver.received).decode()
    assert len(receiver.received) > 2
    assert not [secret for secret in ("某某", "13900001111") if secret in sent]


async def test_nobody_is_told_of_what_others_reported(office: Office):
    async with fake_receiver() as receiver, fake_receiver() as other:
        await office.webhook(receiver.url())
        await office.webhook(other.url(), of="app")
        await office.report(1)
        theirs = await office.report(2, who="app", source="inspection-app")
        await office.go()
    assert {str(item_of(message)) for message in messages(other.received)} == {theirs}
    assert theirs not in {str(item_of(message)) for message in messages(receiver.received)}


async def test_a_system_bound_to_an_area_is_told_of_its_area_alone(office: Office):
    await office.city.admit("east", Standing(role=Role.SYSTEM, sources=("12345-hotline",), area="east"))
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url(), of="east")
        await office.report(1, area="city")
        await office.report(2, area="east")
        await office.go()
    assert {message["subject"] for message in messages(receiver.received)} == {"case-2"}


async def test_whoever_reported_a_duplicate_is_told_into_what_it_was_merged_and_how_that_ends(office: Office):
    async with fake_receiver() as receiver, fake_receiver() as other:
        await office.webhook(receiver.url())
        await office.webhook(other.url(), of="app")
        kept = await office.report(1, who="app", source="inspection-app")
        await office.does(f"/v1/items/{kept}/accept", {}, who="cleaner")
        doubled, again = await office.report(2), await office.report(3)
        number = (await office.get(f"/v1/items/{kept}", who="office"))["number"]
        # A duplicate of a duplicate, and both before anybody reads the log.
        await office.does(f"/v1/items/{again}/merge", {"into": doubled, "reason": "重复"}, who="office")
        await office.does(f"/v1/items/{doubled}/merge", {"into": kept, "reason": "重复"}, who="office")
        await office.does(f"/v1/items/{kept}/submit", SUBMITTED, who="cleaner")
        await office.go()
        await office.does(f"/v1/items/{kept}/void", {"reason": "误报"}, who="office")
        await office.go()
        told, theirs = messages(receiver.received), messages(other.received)
    merged = [message for message in told if message["type"] == "duban.item.merged.v1"]
    ways = [(message["subject"], message["data"]["into"]["item"]) for message in merged]
    assert sorted(ways) == sorted([("case-3", doubled), ("case-2", kept), ("case-3", kept)])
    assert [into for subject, into in ways if subject == "case-3"] == [
        doubled,
        kept,
    ]  # lanes do not wait for each other
    assert {m["data"]["into"]["number"] for m in merged if m["data"]["into"]["item"] == kept} == {number}
    for subject, report in (("case-2", doubled), ("case-3", again)):
        after = [message for message in told if message["subject"] == subject and message["data"]["item"] == kept]
        assert [message["type"] for message in after] == ["duban.item.submitted.v1", "duban.item.voided.v1"]
        assert {message["data"]["merged"]["item"] for message in after} == {report}
        assert (after[-1]["data"]["open"], after[-1]["data"]["reported_to"]) == (False, "12345-hotline")
    assert {message["subject"] for message in theirs} == {"case-1"}
    assert len({message["id"] for message in told}) == len(told)
    assert all(Outcome.model_validate_json(each.body) for each in receiver.received)


async def test_what_happened_before_the_registration_is_not_sent(office: Office):
    item = await office.report()
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url())
        await office.go()
        assert receiver.received == []
        await office.does(f"/v1/items/{item}/accept", {}, who="cleaner")
        await office.go()
    assert [message["type"] for message in messages(receiver.received)] == ["duban.item.accepted.v1"]


async def test_registration_and_reports_read_in_one_go_are_told_apart_by_their_place_in_the_log(office: Office):
    async with fake_receiver() as receiver:
        await office.report(1)
        body = {"principal": principal("hotline"), "url": receiver.url()}
        await office.does("/v1/webhooks", body)
        await office.report(2)
        await office.go()
    assert {message["subject"] for message in messages(receiver.received)} == {"case-2"}


async def test_only_the_types_asked_for_are_sent(office: Office):
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url(), types=("duban.item.accepted.v1",))
        item = await office.report()
        await office.does(f"/v1/items/{item}/accept", {}, who="cleaner")
        await office.go()
    assert [message["type"] for message in messages(receiver.received)] == ["duban.item.accepted.v1"]


async def test_reading_the_log_again_sends_nothing_twice(office: Office):
    async with fake_receiver() as receiver:
        await office.webhook(receiver.url())
        await office.report()
        await office.go()
        seen = len(receiver.received)
        office.reader._log.position = -1
        await office.city.parts.pool.execute("UPDATE es.subscription SET pos = -1 WHERE name = 'webhooks'")
        await office.go()
    assert seen > 0
    assert len(receiver.received) == seen


async def test_what_happens_during_a_pause_is_sent_afterwards(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.does(f"/v1/webhooks/{webhook}/pause", {"reason": "停机维护"})
        await office.report()
        await office.go()
        assert receiver.received == []
        await office.does(f"/v1/webhooks/{webhook}/resume", {"reason": "维护结束"})
        await office.go()
        assert [each["state"] for each in await office.deliveries(webhook)] == ["delivered"] * len(receiver.received)
    assert receiver.received


async def test_what_a_pause_kept_too_long_is_dead_and_can_be_resent(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.does(f"/v1/webhooks/{webhook}/pause", {"reason": "停机维护"})
        await office.report()
        await office.go()
        await office.pass_by(timedelta(days=3))
        for _ in range(3):
            await office.pass_by(timedelta(hours=1))
        assert {each["state"] for each in await office.deliveries(webhook)} == {"dead"}
        await office.does(f"/v1/webhooks/{webhook}/resume", {"reason": "维护结束"})
        await office.does(f"/v1/webhooks/{webhook}/resend-dead", {})
        await office.go()
    assert {each["state"] for each in await office.deliveries(webhook)} == {"delivered"}


async def test_after_a_rotation_both_secrets_sign_for_a_day(office: Office):
    async with fake_receiver() as receiver:
        webhook, old = await office.webhook(receiver.url())
        new = (await office.does(f"/v1/webhooks/{webhook}/rotate-secret", {}))["secret"]
        await office.report(1)
        await office.go()
        assert verified(receiver.received[-1], old, office.city.clock()) == verified(
            receiver.received[-1], new, office.city.clock()
        )
        office.city.clock.pass_by(timedelta(hours=24))
        await office.report(2)
        await office.go()
        assert verified(receiver.received[-1], new, office.city.clock())
    assert len(receiver.received[-1].headers["webhook-signature"].split(" ")) == 1


async def test_a_system_that_may_act_no_more_is_told_nothing(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.read()
        await office.does(f"/v1/principals/{principal('hotline')}/deactivate", {"reason": "系统下线"})
        await office.go()
    assert receiver.received == []
    assert {each["state"] for each in await office.deliveries(webhook)} == {"pending"}


async def test_a_retired_webhook_drops_what_waits_and_forgets_its_secrets(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.read()
        await office.does(f"/v1/webhooks/{webhook}/retire", {"reason": "系统下线"})
        await office.report(2)
        await office.go()
    assert receiver.received == []
    assert {each["state"] for each in await office.deliveries(webhook)} == {"dropped"}
    assert await office.city.parts.pool.fetchval("SELECT count(*) FROM private.webhook_secret") == 0


async def test_a_test_message_is_sent_whatever_types_are_asked_for(office: Office):
    async with fake_receiver() as receiver:
        webhook, secret = await office.webhook(receiver.url(), types=("duban.item.closed.v1",))
        await office.does(f"/v1/webhooks/{webhook}/test", {})
        await office.go()
    [received] = receiver.received
    message = verified(received, secret, office.city.clock())
    assert (message["type"], message["data"]) == ("duban.webhook.ping.v1", {"webhook": webhook})


async def test_the_message_is_shown_as_it_was_sent(office: Office):
    async with fake_receiver() as receiver:
        webhook, _ = await office.webhook(receiver.url())
        await office.report()
        await office.go()
    first = (await office.deliveries(webhook))[0]
    shown = await office.get(f"/v1/webhooks/{webhook}/deliveries/{first['id']}")
    assert shown["body"] == orjson.loads(receiver.received[0].body)
    assert [(each["status"], each["answer"]) for each in shown["tries"]] == [(200, "{}")]


@pytest.mark.parametrize("who", ["office", "cleaner"])
async def test_others_do_not_see_webhooks(office: Office, who: str):
    assert (await office.ask(who, "GET", "/v1/webhooks")).json()["code"] == "role_not_allowed"


async def test_a_system_sees_its_own_webhooks_and_their_deliveries(office: Office):
    async with fake_receiver() as receiver:
        mine, _ = await office.webhook(receiver.url())
        theirs, _ = await office.webhook(receiver.url(), of="app")
        await office.report()
        await office.go()
    assert [each["id"] for each in (await office.get("/v1/webhooks", who="hotline"))["webhooks"]] == [mine]
    assert (await office.get(f"/v1/webhooks/{mine}/deliveries", who="hotline"))["deliveries"]
    answer = await office.ask("hotline", "GET", f"/v1/webhooks/{theirs}/deliveries")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_webhook")
