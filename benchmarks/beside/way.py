"""What every alternative does with the same requests: keep a report, move the item that follows through its steps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5

# Which step a command leads from and to; anything else is refused.
STEPS: Mapping[str, tuple[str, str]] = {
    "accept": ("dispatched", "rectifying"),
    "submit": ("rectifying", "submitted"),
    "pass": ("submitted", "closed"),
}
LIMIT = timedelta(hours=8)
_ITEMS = UUID("0d8b6a7e-3f5c-5c55-9d53-2f6b1c7d9e10")


class NotThereError(Exception):
    """The item is not at the step from which the command leads on."""


class Way(Protocol):
    """One way of keeping items; what it returns from is on disk."""

    async def open(self) -> None:
        """Make what it needs."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...

    async def take(self, reports: Sequence[Mapping[str, Any]]) -> None:
        """Keep issue events, as items that are dispatched."""
        ...

    async def move(self, item: UUID, command: str) -> str:
        """Carry out a command; returns the step it led to, or raises NotThereError."""
        ...


def item_of(report: Mapping[str, Any]) -> UUID:
    """The id of the item that follows from a report."""
    return uuid5(_ITEMS, report["id"])
