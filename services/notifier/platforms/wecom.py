"""WeCom 企业微信 group robots: the key in the address is all there is; errcode 0 is the only success.

Neither the request nor the answer knows an id of the message, so a message that is sent twice is shown twice.
"""

from dataclasses import dataclass

import httpx

from services.notifier.platforms.robots import post
from services.notifier.port import Answer, Outgoing

MOST_BYTES = 2000  # a text may have 2,048 bytes
_TOO_FAST = frozenset({"45009", "45033"})  # calls within a minute, calls at the same time


@dataclass(frozen=True, slots=True)
class WeCom:
    """A robot of one group."""

    client: httpx.AsyncClient
    url: str

    async def send(self, message: Outgoing) -> Answer:
        """Send a text message."""
        body = {"msgtype": "text", "text": {"content": message.body}}
        return await post(self.client, self.url, body, code=("errcode",), limits=_TOO_FAST)
