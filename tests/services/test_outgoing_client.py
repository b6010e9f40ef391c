"""Requests to servers on this machine that behave well and badly; what was meant for the inside never arrives there."""

import asyncio
import gzip
from ipaddress import ip_address

import httpx
import pytest

from services.outgoing.client import AnswerTooLongError, Bounds, outgoing_client
from services.outgoing.guard import AddressRefusedError
from services.settings import Settings
from tests.services.fake_receiver import CERTIFICATE, LOCAL, endless, fake_receiver, plain, silent

OPEN = Settings(allowed_networks=LOCAL)
IMPATIENT = Bounds(connect_seconds=60, silence_seconds=0.3, total_seconds=0.6)


def answering(*answers):
    """A resolver that answers differently from time to time; the last answer stays."""
    left = list(answers)

    async def resolve(_host, _port):
        return [ip_address(address) for address in (left.pop(0) if len(left) > 1 else left[0])]

    return resolve


async def test_an_allowed_receiver_is_reached_under_its_own_name():
    async with fake_receiver() as receiver, outgoing_client(OPEN, resolve=answering(["127.0.0.1"])) as client:
        response = await client.post(receiver.url("/in?key=1", host="back-office.example"), content=b"hello")
    assert response.status_code == 200
    assert receiver.received[0].headers["host"] == f"back-office.example:{receiver.port}"
    assert (receiver.received[0].path, receiver.received[0].body) == ("/in?key=1", b"hello")


async def test_without_an_allowed_network_nothing_is_sent_to_this_machine():
    async with fake_receiver() as receiver, outgoing_client(Settings()) as client:
        with pytest.raises(AddressRefusedError):
            await client.post(receiver.url("/", scheme="https"))
        with pytest.raises(AddressRefusedError):
            await client.post(receiver.url("/", host="[::ffff:127.0.0.1]", scheme="https"))
    assert receiver.received == []


async def test_a_name_that_changes_its_mind_gains_nothing():
    # Refused although it was public when asked first; and connected to the very address that was checked.
    asked = answering(["8.8.8.8"], ["127.0.0.1"])
    async with fake_receiver() as receiver, outgoing_client(Settings(), resolve=asked) as client:
        assert await asked("rebinding.example", 443) == [ip_address("8.8.8.8")]
        with pytest.raises(AddressRefusedError):
            await client.post(receiver.url("/", host="rebinding.example", scheme="https"))
    assert receiver.received == []


async def test_the_name_is_resolved_once_for_each_request():
    asked = []

    async def resolve(host, _port):
        asked.append(host)
        return [ip_address("127.0.0.1")]

    async with fake_receiver() as receiver, outgoing_client(OPEN, resolve=resolve) as client:
        await client.get(receiver.url(host="localhost"))
        await client.get(receiver.url(host="localhost"))
    assert asked == ["localhost", "localhost"]


async def test_another_address_of_the_same_name_is_tried():
    async with fake_receiver() as receiver:
        resolve = answering(["127.0.0.2", "127.0.0.1"])  # nobody listens at the first
        async with outgoing_client(OPEN, resolve=resolve) as client:
            assert (await client.get(receiver.url(host="two.example"))).status_code == 200


async def test_a_redirect_to_the_inside_is_an_answer_and_nothing_more():
    async with fake_receiver() as inside, fake_receiver(plain(307, location=inside.url("/secret"))) as receiver:
        async with outgoing_client(OPEN) as client:
            assert (await client.post(receiver.url())).status_code == 307
        assert inside.received == []


async def test_silence_ends_after_its_time():
    async with fake_receiver(silent) as receiver, outgoing_client(OPEN, bounds=IMPATIENT) as client:
        with pytest.raises(httpx.TimeoutException):
            await client.post(receiver.url())


async def test_an_answer_that_drips_ends_after_the_whole_time():
    async def drip(_received, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with fake_receiver(drip) as receiver, outgoing_client(OPEN, bounds=IMPATIENT) as client:
        with pytest.raises(httpx.TimeoutException):
            await client.post(receiver.url())


async def test_an_answer_without_end_is_cut_off():
    async with fake_receiver(endless) as receiver, outgoing_client(OPEN) as client:
        with pytest.raises(AnswerTooLongError):
            await client.post(receiver.url())


async def test_a_packed_answer_stays_packed():
    packed = gzip.compress(b"x" * 1_000_000)
    async with fake_receiver(plain(200, packed, content_encoding="gzip")) as receiver, outgoing_client(OPEN) as client:
        response = await client.get(receiver.url())
    assert response.content == packed
    assert receiver.received[0].headers["accept-encoding"] == "identity"


async def test_cookies_are_not_kept():
    async with fake_receiver(plain(200, set_cookie="a=b; Path=/")) as receiver, outgoing_client(OPEN) as client:
        await client.get(receiver.url())
        await client.get(receiver.url())
    assert "cookie" not in receiver.received[1].headers


async def test_proxies_of_the_environment_do_not_count(monkeypatch):
    async with fake_receiver() as receiver, fake_receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("ALL_PROXY", proxy.url())
        async with outgoing_client(OPEN) as client:
            await client.get(receiver.url())
        assert (len(receiver.received), len(proxy.received)) == (1, 0)


async def test_an_encrypted_receiver_of_an_authority_of_the_operators_is_reached():
    trusting = Settings(allowed_networks=LOCAL, outgoing_ca_file=CERTIFICATE)
    resolve = answering(["127.0.0.1"])
    async with fake_receiver(encrypted=True) as receiver, outgoing_client(trusting, resolve=resolve) as client:
        assert (await client.post(receiver.url(host="receiver.example", scheme="https"))).status_code == 200


@pytest.mark.parametrize(
    ("host", "authorities"), [("other.example", CERTIFICATE), ("receiver.example", None), ("127.0.0.1", CERTIFICATE)]
)
async def test_a_certificate_for_another_name_or_of_a_stranger_is_refused(host, authorities):
    settings = Settings(allowed_networks=LOCAL, outgoing_ca_file=authorities)
    async with fake_receiver(encrypted=True) as receiver:
        async with outgoing_client(settings, resolve=answering(["127.0.0.1"])) as client:
            with pytest.raises(httpx.ConnectError):
                await client.post(receiver.url(host=host, scheme="https"))
        assert receiver.received == []
