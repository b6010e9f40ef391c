"""An HTTP client for addresses that others gave us: checked, bounded in time and size, without redirects or cookies."""

import asyncio
import ssl
from dataclasses import dataclass, field

import httpx

from services.outgoing.addresses import Address
from services.outgoing.guard import Guard, Resolve, resolve_with_the_system
from services.settings import Settings

MOST_ADDRESSES = 3  # a name may carry hundreds; trying them all would outlast any patience
_UNWANTED = {b"set-cookie", b"content-encoding", b"transfer-encoding", b"content-length"}


class AnswerTooLongError(httpx.ReadError):
    """The other side's answer did not end within the size that is read."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a request may take, in seconds, and how much of its answer is read, in bytes."""

    connect_seconds: float = 5.0
    silence_seconds: float = 10.0
    total_seconds: float = 20.0
    answer_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to the very address that was checked, so that a name which changes its mind gains nothing.

    Connections are not kept: each request is checked anew, and none goes over a connection verified for another name.
    """

    guard: Guard
    wire: httpx.AsyncBaseTransport
    bounds: Bounds = field(default_factory=Bounds)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its whole answer; AddressRefusedError, or httpx's own errors."""
        try:
            async with asyncio.timeout(self.bounds.total_seconds):
                return await self._send(request)
        except TimeoutError as late:
            raise httpx.ReadTimeout(f"no whole answer within {self.bounds.total_seconds} s") from late

    async def aclose(self) -> None:
        """Close what is open."""
        await self.wire.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        *others, last = (await self.guard.addresses(request.url))[:MOST_ADDRESSES]
        for address in others:
            try:
                return await self._send_to(address, request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent yet; another address may answer
        return await self._send_to(last, request)

    async def _send_to(self, address: Address, request: httpx.Request) -> httpx.Response:
        response = await self.wire.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,  # Host among them: it still names the host, not the address
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
            )
        )
        try:
            content = await self._bounded(response)
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _UNWANTED]
        return httpx.Response(response.status_code, headers=headers, content=content)

    async def _bounded(self, response: httpx.Response) -> bytes:
        # As sent: unpacking would let a small answer become a huge one.
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self.bounds.answer_bytes:
                raise AnswerTooLongError(f"the answer is longer than {self.bounds.answer_bytes} bytes")
        return bytes(content)


def outgoing_guard(settings: Settings, *, resolve: Resolve = resolve_with_the_system) -> Guard:
    """Return the guard of these settings, for asking about an address before anything is sent there."""
    return Guard(settings.outgoing_networks, resolve)


def outgoing_client(
    settings: Settings,
    *,
    resolve: Resolve = resolve_with_the_system,
    bounds: Bounds | None = None,
    most_connections: int = 64,
) -> httpx.AsyncClient:
    """Return a client for addresses from outside; close it after use.

    Besides httpx's own errors it raises AddressRefusedError before anything is sent, and AnswerTooLongError.
    Proxies and certificates of the environment do not count; DUBAN_ALLOWED_NETWORKS and DUBAN_OUTGOING_CA_FILE do.
    """
    bounds = bounds or Bounds()
    wire = httpx.AsyncHTTPTransport(
        verify=_authorities(settings),
        trust_env=False,
        limits=httpx.Limits(max_connections=most_connections, max_keepalive_connections=0),
    )
    return httpx.AsyncClient(
        transport=GuardedTransport(outgoing_guard(settings, resolve=resolve), wire, bounds),
        timeout=httpx.Timeout(bounds.silence_seconds, connect=bounds.connect_seconds),
        headers={"User-Agent": "duban", "Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )


def _authorities(settings: Settings) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if settings.outgoing_ca_file is not None:
        context.load_verify_locations(cafile=settings.outgoing_ca_file)
    return context
