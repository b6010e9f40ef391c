"""What a store of keys must do, wherever it lies: it sees wrapped keys only, and the master keys that wrap them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class PeopleKeysError(RuntimeError):
    """The store of keys cannot be used as it is. ``code`` says why."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Master:
    """A key that wraps others. ``key`` is None where it is lost, and with it everything it wrapped."""

    master_id: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key of one person, wrapped."""

    key_id: bytes
    master_id: str
    wrapped: bytes


class KeyRows(Protocol):
    """Each method is one transaction, on disk when it returns; any number of processes may work at once."""

    async def in_force(self) -> Master | None:
        """The master key that new keys are wrapped by; None in a new store."""
        ...

    async def masters(self) -> Mapping[str, bytes]:
        """Every master key there is, by id."""
        ...

    async def put_in_force(self, master_id: str, key: bytes, instead_of: str | None) -> bool:
        """Add a master key and put it in force; False where another than the one named is in force by now."""
        ...

    async def drop_masters(self) -> int:
        """Destroy the master keys that wrap nothing and are not in force; how many."""
        ...

    async def add(self, keys: Sequence[WrappedKey]) -> bool:
        """Add keys wrapped by one master; False where it is no longer in force. A key that is there stays."""
        ...

    async def read(self, key_ids: Sequence[bytes]) -> list[WrappedKey]:
        """The keys that exist among these."""
        ...

    async def delete(self, key_ids: Sequence[bytes]) -> None:
        """Destroy keys, whether they exist or not."""
        ...

    async def wrapped_by_others(self, master_id: str, after: bytes, limit: int) -> list[WrappedKey]:
        """Keys that another master wraps, in the order of their ids."""
        ...

    async def rewrap(self, keys: Sequence[WrappedKey]) -> bool:
        """Replace how keys are wrapped, by one master; False where it is no longer in force.

        What is wrapped by a master that was replaced is lost with it. Keys destroyed meanwhile stay so.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
