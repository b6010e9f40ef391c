"""What an import asks of the store before it writes: which records are known, which rows came in."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg


class ImportQueries:
    """Look-ups for whole batches, over a pool of the application role."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def known_items(self, item_ids: Sequence[UUID]) -> dict[UUID, str]:
        """The numbers of those items that exist."""
        rows = await self._pool.fetch(
            "SELECT stream_id, number FROM es.current_state WHERE stream_id = ANY ($1)", list(item_ids)
        )
        return {row["stream_id"]: row["number"] for row in rows}

    async def used_keys(self, keys: Sequence[str]) -> set[str]:
        """Those idempotency keys that were used."""
        rows = await self._pool.fetch(
            "SELECT idempotency_key FROM es.command WHERE idempotency_key = ANY ($1)", list(keys)
        )
        return {row["idempotency_key"] for row in rows}
