"""The Merkle tree over the log as the database keeps it: its hashes, entries and checkpoints."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.transparency.merkle import Reader, Subtree, whole_subtrees
from services.transparency.tiles import HEIGHT, WIDTH, Tile, bundle, fold

_LEAVES = "SELECT leaf_hash FROM es.log WHERE pos >= $1 AND pos < $2 ORDER BY pos"
_NODES = "SELECT hash FROM es.tree_node WHERE level = $1 AND index >= $2 AND index < $3 ORDER BY index"
_ENTRIES = """
    SELECT e.entry FROM es.log l CROSS JOIN LATERAL (SELECT entry FROM es.event WHERE seq = l.seq) e
     WHERE l.pos >= $1 AND l.pos < $2 ORDER BY l.pos"""
_PAYLOADS = """
    SELECT e.salt, e.data FROM es.log l CROSS JOIN LATERAL (SELECT salt, data FROM es.event WHERE seq = l.seq) e
     WHERE l.pos >= $1 AND l.pos < $2 ORDER BY l.pos"""
_KEPT = "SELECT coalesce(max(index) + 1, 0) FROM es.tree_node WHERE level = $1"
_CHECKPOINT = "SELECT size, root, note, signed_at FROM es.checkpoint"
_COSIGNATURES = "SELECT line FROM es.cosignature WHERE size = $1 ORDER BY witness"
_TIME_STAMPS = (
    "SELECT size, answer, extract(epoch FROM clock_timestamp() - stamped_at)::float8, stamped_at FROM es.time_stamp"
)
_SIZE = "SELECT size FROM es.sequencer"
_KEY_CHANGES = """
    SELECT data->>'change' AS change, data->>'key' AS key
      FROM (SELECT seq, convert_from(data, 'UTF8')::jsonb AS data FROM es.event
             WHERE kind = 'access' AND type = 'access.log_key_changed.v1') e ORDER BY seq"""

_AT_WORK = "SELECT pg_try_advisory_lock(hashtextextended('duban notary', 0))"


class TreeDamagedError(RuntimeError):
    """The database lacks hashes that the log's size promises."""


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint as it was signed; ``note`` with the cosignatures there are."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class KeptTimeStamp:
    """An authority's answer over the checkpoint of a size, when it came, and how long ago that is, in seconds."""

    size: int
    answer: bytes
    age: float
    stamped_at: datetime


class LogTree:
    """Reads the tree, over a pool or one connection of it."""

    def __init__(self, pool: asyncpg.Pool | PoolConnectionProxy | asyncpg.Connection) -> None:
        self._pool = pool

    async def take_turn(self) -> bool:
        """Become the one who signs, for as long as this connection lasts; False where another one does."""
        return await self._pool.fetchval(_AT_WORK)

    async def log_size(self) -> int:
        """How many events have a position."""
        return await self._pool.fetchval(_SIZE)

    async def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """The hashes of tile level ``level`` from an index to another (exclusive). Raises TreeDamagedError."""
        query, arguments = (_LEAVES, (start, end)) if level == 0 else (_NODES, (level, start, end))
        found = [row[0] for row in await self._pool.fetch(query, *arguments)]
        if len(found) != end - start:
            raise TreeDamagedError(f"level {level}: {len(found)} of {end - start} hashes from {start}")
        return found

    async def tile(self, tile: Tile) -> bytes:
        """The content of a tile of hashes or of a bundle of entries. Raises TreeDamagedError."""
        start = tile.index * WIDTH
        if tile.level is not None:
            return b"".join(await self.hashes(tile.level, start, start + tile.width))
        entries = [row[0] for row in await self._pool.fetch(_ENTRIES, start, start + tile.width)]
        if len(entries) != tile.width:
            raise TreeDamagedError(f"{len(entries)} of {tile.width} entries from {start}")
        return bundle(entries)

    async def payloads(self, index: int, width: int) -> list[tuple[bytes, bytes]]:
        """Salt and data of the events of a bundle, in order."""
        start = index * WIDTH
        rows = await self._pool.fetch(_PAYLOADS, start, start + width)
        return [(row["salt"], row["data"]) for row in rows]

    async def reader(self, ranges: Iterable[tuple[int, int]]) -> Reader:
        """Read ahead what hashes of these ranges of leaves are computed from, and return how to look it up."""
        wanted = {subtree for start, end in ranges for subtree in whole_subtrees(start, end)}
        known = {subtree: await self._subtree(subtree) for subtree in sorted(wanted)}
        return known.__getitem__

    async def _subtree(self, subtree: Subtree) -> bytes:
        level, within = divmod(subtree.level, HEIGHT)
        start = subtree.index << within
        return fold(await self.hashes(level, start, start + (1 << within)))

    async def kept_nodes(self, level: int) -> int:
        """How many hashes of a tile level above 0 are kept; they are kept from the left without a gap."""
        return await self._pool.fetchval(_KEPT, level)

    async def keep_nodes(self, level: int, first: int, hashes: Sequence[bytes]) -> None:
        """Keep hashes of a tile level, from an index on; as the sequencer's role."""
        await self._pool.executemany(
            "INSERT INTO es.tree_node (level, index, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(level, first + place, each) for place, each in enumerate(hashes)],
        )

    async def newest_checkpoint(self) -> KeptCheckpoint | None:
        """The largest checkpoint that was signed; None before the first."""
        row = await self._pool.fetchrow(f"{_CHECKPOINT} ORDER BY size DESC LIMIT 1")
        return None if row is None else await self._with_cosignatures(row)

    async def checkpoint_of(self, size: int) -> KeptCheckpoint | None:
        """The checkpoint of a size; None where none was signed."""
        row = await self._pool.fetchrow(f"{_CHECKPOINT} WHERE size = $1", size)
        return None if row is None else await self._with_cosignatures(row)

    async def checkpoint_covering(self, position: int) -> KeptCheckpoint | None:
        """The first checkpoint whose tree has a position; None where none has."""
        row = await self._pool.fetchrow(f"{_CHECKPOINT} WHERE size > $1 ORDER BY size LIMIT 1", position)
        return None if row is None else await self._with_cosignatures(row)

    async def checkpoints(self, after: int, limit: int) -> list[KeptCheckpoint]:
        """Checkpoints in the order of their sizes, after one."""
        rows = await self._pool.fetch(f"{_CHECKPOINT} WHERE size > $1 ORDER BY size LIMIT $2", after, limit)
        return [await self._with_cosignatures(row) for row in rows]

    async def keep_checkpoint(self, size: int, root: bytes, note: str) -> None:
        """Keep a signed checkpoint; as the sequencer's role."""
        await self._pool.execute("INSERT INTO es.checkpoint (size, root, note) VALUES ($1, $2, $3)", size, root, note)

    async def keep_cosignature(self, size: int, witness: str, line: str) -> None:
        """Keep a witness's line under a checkpoint; as the sequencer's role."""
        await self._pool.execute(
            "INSERT INTO es.cosignature (size, witness, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            size,
            witness,
            line,
        )

    async def cosigned_size(self, witness: str) -> int:
        """The largest checkpoint that a witness has cosigned; 0 where none."""
        query = "SELECT coalesce(max(size), 0) FROM es.cosignature WHERE witness = $1"
        return await self._pool.fetchval(query, witness)

    async def newest_time_stamp(self) -> KeptTimeStamp | None:
        """The time stamp of the largest checkpoint that has one; None before the first."""
        row = await self._pool.fetchrow(f"{_TIME_STAMPS} ORDER BY size DESC LIMIT 1")
        return None if row is None else KeptTimeStamp(*row)

    async def time_stamps(self, after: int, limit: int) -> list[KeptTimeStamp]:
        """Time stamps in the order of their checkpoints' sizes, after one."""
        rows = await self._pool.fetch(f"{_TIME_STAMPS} WHERE size > $1 ORDER BY size LIMIT $2", after, limit)
        return [KeptTimeStamp(*row) for row in rows]

    async def keep_time_stamp(self, size: int, authority: str, answer: bytes) -> None:
        """Keep an authority's answer; as the sequencer's role."""
        query = "INSERT INTO es.time_stamp (size, authority, answer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        await self._pool.execute(query, size, authority, answer)

    async def keys(self) -> list[str]:
        """The vkeys the log was ever signed with, oldest first."""
        return [row["vkey"] for row in await self._pool.fetch("SELECT vkey FROM es.log_key ORDER BY added_at, vkey")]

    async def key_changes(self) -> list[tuple[str, str]]:
        """The changes of keys that events tell of, oldest first: what changed, and the vkey or its id."""
        return [(row["change"], row["key"]) for row in await self._pool.fetch(_KEY_CHANGES)]

    async def keep_keys(self, vkeys: Iterable[str]) -> None:
        """Keep public keys; as the sequencer's role."""
        query = "INSERT INTO es.log_key (vkey) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING"
        await self._pool.execute(query, list(vkeys))

    async def _with_cosignatures(self, row: asyncpg.Record) -> KeptCheckpoint:
        lines = [each["line"] for each in await self._pool.fetch(_COSIGNATURES, row["size"])]
        return KeptCheckpoint(row["size"], row["root"], row["note"] + "".join(lines), row["signed_at"])
