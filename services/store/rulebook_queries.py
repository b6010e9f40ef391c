"""Reads the states a rulebook is made of, and the one number that tells whether any of them has changed."""

from collections.abc import Sequence

import asyncpg

_FINGERPRINT = "SELECT coalesce(sum(version), 0)::bigint FROM es.current_state WHERE kind = ANY ($1)"
_STATES = "SELECT kind, state FROM es.current_state WHERE kind = ANY ($1)"


async def fingerprint(pool: asyncpg.Pool, kinds: Sequence[str]) -> int:
    """Sum the versions of all aggregates of the kinds: versions only grow, so an unchanged sum means no change."""
    return await pool.fetchval(_FINGERPRINT, list(kinds))


async def states_of(pool: asyncpg.Pool, kinds: Sequence[str]) -> dict[str, list[bytes]]:
    """Load the current states of all aggregates of the kinds, as JSON, by kind."""
    found: dict[str, list[bytes]] = {kind: [] for kind in kinds}
    for row in await pool.fetch(_STATES, list(kinds)):
        found[row["kind"]].append(row["state"])
    return found
