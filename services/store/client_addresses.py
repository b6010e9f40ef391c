"""Keeps where requests came from under opaque ids, so that the access log names no address and one can be erased."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import asyncpg

# Sorted, so that two processes that see the same addresses lock them in one order.
_SEEN = """
    INSERT INTO private.client_address AS known (address, first_seen, last_seen)
    SELECT seen, $2, $2 FROM unnest($1::text[]) AS s (seen) ORDER BY seen
    ON CONFLICT (address) DO UPDATE SET last_seen = greatest(known.last_seen, excluded.last_seen)
    RETURNING address, origin"""
_ADDRESSES = "SELECT origin, address FROM private.client_address WHERE origin = ANY ($1)"
_ORIGIN = "SELECT origin FROM private.client_address WHERE address = $1"
_ERASE = "DELETE FROM private.client_address WHERE last_seen < $1"
_MOST_REMEMBERED = 10_000


class ClientAddresses:
    """Addresses and their ids, over a pool on the application's role. Ids of today are remembered."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._remembered: dict[str, tuple[date, UUID]] = {}

    async def origins(self, addresses: Sequence[str], day: date) -> dict[str, UUID]:
        """Give the id of each address, drawing one for those never seen, and note that they were seen on this day."""
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.clear()
        unknown = {address for address in addresses if self._remembered.get(address, (None,))[0] != day}
        if unknown:
            for row in await self._pool.fetch(_SEEN, list(unknown), day):
                self._remembered[row["address"]] = (day, row["origin"])
        return {address: self._remembered[address][1] for address in addresses}

    async def addresses(self, origins: Sequence[UUID]) -> dict[UUID, str]:
        """Find the addresses behind ids; those that were erased are absent."""
        rows = await self._pool.fetch(_ADDRESSES, list(origins))
        return {row["origin"]: row["address"] for row in rows}

    async def origin(self, address: str) -> UUID | None:
        """Find the id of an address that was seen."""
        return await self._pool.fetchval(_ORIGIN, address)

    async def erase_not_seen_since(self, day: date) -> int:
        """Erase addresses last seen before a day; their ids mean nothing from then on. Returns how many."""
        status = await self._pool.execute(_ERASE, day)
        self._remembered.clear()
        return int(status.rpartition(" ")[2])
