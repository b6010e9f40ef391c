"""Proofs for many events under one checkpoint: the tiles that they share are read once."""

import base64
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from services.store.audit_queries import AuditQueries
from services.store.log_tree import LogTree
from services.transparency.merkle import Subtree, inclusion_proof, inclusion_ranges, whole_subtrees
from services.transparency.proof import EntryProof
from services.transparency.tiles import HEIGHT, WIDTH, fold

_MOST_TILES = 512


class Proofs:
    """Proves events of a log of one size."""

    def __init__(self, tree: LogTree, size: int, checkpoint: str) -> None:
        self._tree = tree
        self._size = size
        self._checkpoint = checkpoint
        self._tiles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    async def of(self, queries: AuditQueries, positions: Sequence[int]) -> list[dict[str, Any]]:
        """For each position what is needed to check it offline: entry, salt and data, and the tlog-proof as a text."""
        return [
            {
                "position": position,
                "entry": entry.decode(),
                "salt": base64.b64encode(salt).decode(),
                "data": data.decode(),
                "proof": str(await self._proof(position)),
            }
            for position, (entry, salt, data) in zip(positions, await queries.entries(positions), strict=True)
        ]

    async def _proof(self, position: int) -> EntryProof:
        ranges = inclusion_ranges(position, self._size)
        wanted = {subtree for start, end in ranges for subtree in whole_subtrees(start, end)}
        known = {subtree: await self._subtree(subtree) for subtree in wanted}
        hashes = inclusion_proof(position, self._size, known.__getitem__)
        return EntryProof(position, tuple(hashes), self._checkpoint)

    async def _subtree(self, subtree: Subtree) -> bytes:
        level, within = divmod(subtree.level, HEIGHT)
        start, count = subtree.index << within, 1 << within
        place = start % WIDTH
        return fold((await self._tile(level, start // WIDTH))[place : place + count])

    async def _tile(self, level: int, index: int) -> list[bytes]:
        key = (level, index)
        if key not in self._tiles:
            first = index * WIDTH
            last = min(first + WIDTH, self._size >> (HEIGHT * level))
            self._tiles[key] = await self._tree.hashes(level, first, last)
            if len(self._tiles) > _MOST_TILES:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        return self._tiles[key]
