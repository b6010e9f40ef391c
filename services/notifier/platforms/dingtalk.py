"""DingTalk 钉钉 group robots: signed with timestamp and secret in the address; errcode 0 is the only success.

Neither the request nor the answer knows an id of the message, so a message that is sent twice is shown twice.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.notifier.platforms.robots import post
from services.notifier.port import Answer, Outgoing

MOST_BYTES = 18_000
_TOO_FAST = frozenset({"130101", "90018"})  # more than 20 messages a minute; the platform's own frequency limit


@dataclass(frozen=True, slots=True)
class DingTalk:
    """A robot of one group."""

    client: httpx.AsyncClient
    url: str
    secret: str | None
    now: Callable[[], datetime]

    async def send(self, message: Outgoing) -> Answer:
        """Send a text message."""
        url = httpx.URL(self.url)
        if self.secret is not None:
            timestamp = str(int(self.now().timestamp() * 1000))
            url = url.copy_merge_params({"timestamp": timestamp, "sign": sign(timestamp, self.secret)})
        body = {"msgtype": "text", "text": {"content": message.body}}
        return await post(self.client, str(url), body, code=("errcode",), limits=_TOO_FAST)


def sign(timestamp: str, secret: str) -> str:
    """HMAC-SHA256 of "timestamp, newline, secret" under the secret, in Base64; timestamp in milliseconds."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
