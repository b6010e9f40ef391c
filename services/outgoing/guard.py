"""Finds the addresses behind a URL and refuses the request unless every one of them may be reached."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal, TypeAlias

import httpx

from services.outgoing.addresses import Address, Network, public, within

Reason: TypeAlias = Literal["scheme", "host", "unresolved", "not_public", "not_encrypted"]
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

PORTS = {"https": 443, "http": 80}


class AddressRefusedError(httpx.ConnectError):
    """A URL leads where no request may go; ``reason`` says why, and never which internal address was found."""

    def __init__(self, host: str, reason: Reason) -> None:
        super().__init__(f"{host or 'no host'}: {reason}")
        self.host = host
        self.reason: Reason = reason


async def resolve_with_the_system(host: str, port: int) -> list[Address]:
    """Return what the system's resolver says, numbers in any notation included; OSError where it finds nothing."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides by address, after resolution: names, and numbers written as octal or hexadecimal, mean nothing by then.

    ``allowed`` are networks of the operator's own that may be reached too, and only there without encryption.
    """

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = field(default=resolve_with_the_system)

    async def addresses(self, url: httpx.URL | str) -> list[Address]:
        """Return the addresses to connect to, in order of preference; raises AddressRefusedError."""
        try:
            url = httpx.URL(url)
        except httpx.InvalidURL as problem:
            raise AddressRefusedError("", "host") from problem
        if url.scheme not in PORTS:
            raise AddressRefusedError(url.host, "scheme")
        if not url.host:
            raise AddressRefusedError(url.host, "host")
        try:
            found = await self.resolve(url.raw_host.decode("ascii"), url.port or PORTS[url.scheme])
        except (OSError, UnicodeError) as problem:  # UnicodeError: a label that is empty or too long
            raise AddressRefusedError(url.host, "unresolved") from problem
        if not found:
            raise AddressRefusedError(url.host, "unresolved")
        # One bad address among good ones is refused as well: which of them gets used is not ours to say.
        inside = [within(address, self.allowed) for address in found]
        if not all(ours or public(address) for address, ours in zip(found, inside, strict=True)):
            raise AddressRefusedError(url.host, "not_public")
        if url.scheme == "http" and not all(inside):
            raise AddressRefusedError(url.host, "not_encrypted")
        return found
