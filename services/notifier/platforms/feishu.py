"""Feishu 飞书 (Lark) group robots: signed in the body; code 0 is the only success, StatusCode in older answers.

Neither the request nor the answer knows an id of the message, so a message that is sent twice is shown twice.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from services.notifier.platforms.robots import post
from services.notifier.port import Answer, Outgoing

MOST_BYTES = 15_000  # a request may have 20 KB
_TOO_FAST = frozenset({"11232", "9499"})


@dataclass(frozen=True, slots=True)
class Feishu:
    """A robot of one group."""

    client: httpx.AsyncClient
    url: str
    secret: str | None
    now: Callable[[], datetime]

    async def send(self, message: Outgoing) -> Answer:
        """Send a text message."""
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": message.body}}
        if self.secret is not None:
            timestamp = str(int(self.now().timestamp()))
            body |= {"timestamp": timestamp, "sign": sign(timestamp, self.secret)}
        return await post(self.client, self.url, body, code=("code", "StatusCode"), limits=_TOO_FAST)


def sign(timestamp: str, secret: str) -> str:
    """HMAC-SHA256 of nothing under the key "timestamp, newline, secret", in Base64; timestamp in seconds."""
    return base64.b64encode(hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
