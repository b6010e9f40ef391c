"""Tells where a request came from: the peer or, behind proxies of the operator's own, whom these name."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from services.outgoing.addresses import Address, Network, unmapped, within

_PORT = re.compile(r"^(?:\[(?P<six>[0-9a-fA-F:.]+)\](?::\d+)?|(?P<four>[0-9.]+):\d+)$")
_MOST_PROXIES = 20


def client_address(peer: str | None, forwarded_for: Sequence[str], proxies: Sequence[Network]) -> str | None:
    """Return the client's address in one spelling; None where the peer has none, such as on a Unix socket.

    ``forwarded_for``: the X-Forwarded-For headers in order. Each proxy adds its peer at the end, so they are read from
    there, and believed as long as whoever wrote them is one of the proxies; the rest is what a client likes to say.
    """
    address = _address(peer or "")
    if address is None:
        return None
    hops = [hop for header in forwarded_for for hop in header.split(",")][-_MOST_PROXIES:]
    while hops and within(address, proxies):
        named = _address(hops.pop())
        if named is None:
            break
        address = named
    return str(address)


def _address(text: str) -> Address | None:
    found = _PORT.match(text.strip())
    bare = (found["six"] or found["four"]) if found else text.strip()
    try:
        # A zone such as %eth0 says something of our own network, not of the client.
        return unmapped(ip_address(bare.partition("%")[0]))
    except ValueError:
        return None
