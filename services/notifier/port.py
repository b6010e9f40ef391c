"""The port through which messages leave, and what an answer is: the platform's own words, never a status alone."""

import hashlib
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

MOST_KEPT = 2000  # characters of an answer


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in words. ``message_id`` is the same however often it is sent."""

    message_id: UUID
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. ``code`` and ``text`` are the platform's, or a word of ours where it said nothing.

    ``uncertain``: it may have been taken all the same. ``final``: it will never be taken. ``rate_limited``: wait.
    ``about_platform``: not this message's fault, so others of the same channel need not be tried before the next one.
    """

    accepted: bool
    code: str
    text: str = ""
    body: str = ""
    http_status: int | None = None
    uncertain: bool = False
    final: bool = False
    rate_limited: bool = False
    about_platform: bool = False

    @property
    def sha256(self) -> str:
        """What the answer's event holds of it."""
        content = f"{self.http_status or ''}\n{self.code}\n{self.text}\n{self.body}"
        return hashlib.sha256(content.encode()).hexdigest()


class Sender(Protocol):
    """One channel, ready to be spoken to."""

    async def send(self, message: Outgoing) -> Answer:
        """Send once. Whatever goes wrong is an answer; only bugs are raised."""
        ...


def kept(text: str) -> str:
    """As much of a text as is kept, without what no column can hold."""
    return text.replace("\x00", "")[:MOST_KEPT]
