"""Which addresses a request to the outside may reach, before any request is made."""

from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from services.outgoing.addresses import networks, public, within
from services.outgoing.client import outgoing_guard
from services.outgoing.guard import AddressRefusedError
from services.settings import Settings

INTERNAL = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # metadata of one cloud
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOTATIONS = [
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://0/",
    "https://localhost/",
]


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_not_public(address):
    assert not public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_that_everybody_reaches_is_public(address):
    assert public(ip_address(address))


@pytest.mark.parametrize("address", ["10.20.1.1", "::ffff:10.20.1.1", "64:ff9b::10.20.1.1", "fd12::5"])
def test_a_network_that_the_operator_allowed_is_reached_however_its_address_is_written(address):
    assert within(ip_address(address), networks("10.20.0.0/16, fd12::/32"))


def test_other_networks_stay_closed_beside_an_allowed_one():
    assert not within(ip_address("10.21.0.1"), networks("10.20.0.0/16"))
    assert not within(ip_address("::1"), networks("10.20.0.0/16"))


def test_a_setting_that_is_no_list_of_networks_is_refused_at_the_start():
    with pytest.raises(ValidationError):
        Settings(allowed_networks="10.20.0.0/16, everything")
    with pytest.raises(ValidationError):
        Settings(allowed_networks="10.20.0.1/16")


@pytest.mark.parametrize("url", NOTATIONS)
async def test_the_own_machine_is_refused_in_every_notation(url):
    with pytest.raises(AddressRefusedError) as refused:
        await outgoing_guard(Settings()).addresses(url)
    assert refused.value.reason in {"not_public", "unresolved", "host"}  # not every system knows every notation


@pytest.mark.parametrize("url", ["ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "//8.8.8.8/", "x:y"])
async def test_other_schemes_than_http_are_refused(url):
    with pytest.raises(AddressRefusedError) as refused:
        await outgoing_guard(Settings()).addresses(url)
    assert refused.value.reason == "scheme"


@pytest.mark.parametrize(
    "url", ["https:///path", "https://300.2.3.4/", "https://[::1/", "https://:99/", "https://a\nb/"]
)
async def test_a_url_without_a_usable_host_is_refused(url):
    with pytest.raises(AddressRefusedError) as refused:
        await outgoing_guard(Settings()).addresses(url)
    assert refused.value.reason == "host"


@pytest.mark.parametrize("host", ["a..b", "a" * 70 + ".example", "nowhere.invalid", "1.2.3.4.5", "a b"])
async def test_a_name_that_nobody_knows_is_refused(host):
    with pytest.raises(AddressRefusedError) as refused:
        await outgoing_guard(Settings()).addresses(f"https://{host}/")
    assert refused.value.reason == "unresolved"


async def test_unencrypted_requests_stay_inside_allowed_networks():
    guard = outgoing_guard(Settings(allowed_networks="127.0.0.0/8"))
    assert await guard.addresses("http://127.0.0.1/")
    with pytest.raises(AddressRefusedError) as refused:
        await guard.addresses("http://8.8.8.8/")
    assert refused.value.reason == "not_encrypted"


async def test_one_internal_address_among_public_ones_is_refused():
    async def resolve(_host, _port):
        return [ip_address("8.8.8.8"), ip_address("10.0.0.1")]

    with pytest.raises(AddressRefusedError) as refused:
        await outgoing_guard(Settings(), resolve=resolve).addresses("https://both.example/")
    assert refused.value.reason == "not_public"
    assert "10.0.0.1" not in str(refused.value)
