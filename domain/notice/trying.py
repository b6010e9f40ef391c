"""How long a message is tried, and when again: exponential, capped, with a jitter that anybody can compute again."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

TRIED_FOR = timedelta(hours=24)
MOST_A_MINUTE = 20  # messages; what the chat platforms let a robot say
_FIRST_SECONDS = 5.0
_LONGEST_SECONDS = 1800.0
_RATE_LIMIT_SECONDS = 60.0
_MOST_DOUBLINGS = 20


def next_try(message_id: UUID, attempt: int, at: datetime, *, rate_limited: bool = False) -> datetime:
    """When to try again after the n-th attempt (from 1) came to nothing at an instant."""
    pause = min(_FIRST_SECONDS * 2 ** min(attempt - 1, _MOST_DOUBLINGS), _LONGEST_SECONDS)
    if rate_limited:
        pause = max(pause, _RATE_LIMIT_SECONDS)
    return at + timedelta(seconds=pause * _jitter(message_id, attempt))


def _jitter(message_id: UUID, attempt: int) -> float:
    """Between 1 and 1.5, so that what failed together does not come again together."""
    digest = hashlib.sha256(message_id.bytes + attempt.to_bytes(4, "big")).digest()
    return 1.0 + int.from_bytes(digest[:4], "big") / 2**33
