"""Says which addresses a request to the outside may reach: public ones, and those an operator allowed by name."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# RFC 4291: everything that is handed out as global unicast lies here; the rest is loopback, local, mapped or reserved.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address stands in the last 32 bits
_IPV4_BITS = (1 << 32) - 1
_REFUSED = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; one cloud keeps its metadata here
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, withdrawn by RFC 7526
    IPv4Network("168.63.129.16/32"),  # a public-looking address that answers virtual machines of one cloud with secrets
    IPv6Network("2002::/16"),  # 6to4: carries any IPv4 address inside
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarking and other protocol assignments
    IPv6Network("3fff::/20"),  # documentation
    IPv6Network("5f00::/16"),  # segment routing
)


def networks(text: str) -> tuple[Network, ...]:
    """Read networks in CIDR notation, separated by commas; ValueError where one of them is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def within(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether an address, or the IPv4 address that is written inside it, lies in one of the networks."""
    forms = {address, unmapped(address)}
    return any(form in network for network in allowed for form in forms if form.version == network.version)


def public(address: Address) -> bool:
    """Whether an address is reachable for everybody, and therefore tells nothing of the network we stand in."""
    address = unmapped(address)
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def unmapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one merely wraps (mapped, or translated by NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & _IPV4_BITS)
    return address
