"""Reads the states a rulebook is made of, and the one number that tells whether any of them has changed."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

_FINGERPRINT = "SELECT coalesce(sum(version), 0)::bigint FROM es.current_state WHERE kind = ANY ($1)"
_STATES = "SELECT kind, stream_id, state FROM es.current_state WHERE kind = ANY ($1)"


async def fingerprint(pool: asyncpg.Pool, kinds: Sequence[str]) -> int:
    """Sum the versions of all aggregates of the kinds: versions only grow, so an unchanged sum means no change."""
    return await pool.fetchval(_FINGERPRINT, list(kinds))


async def states_of(pool: asyncpg.Pool, kinds: Sequence[str]) -> dict[str, list[tuple[UUID, bytes]]]:
    """Load the current states of all aggregates of the kinds, as JSON with the stream of each, by kind."""
    found: dict[str, list[tuple[UUID, bytes]]] = {kind: [] for kind in kinds}
    for row in await pool.fetch(_STATES, list(kinds)):
        found[row["kind"]].append((row["stream_id"], row["state"]))
    return found
