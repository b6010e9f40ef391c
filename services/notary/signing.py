"""Signs the log as far as it has come, if that is consistent with everything that was signed before."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.notary.outside import OutsideCheckpoints
from services.store.log_tree import KeptCheckpoint, LogTree
from services.transparency import merkle
from services.transparency.checkpoint import Checkpoint, open_checkpoint, without_cosignatures
from services.transparency.note import Signer, Verifier
from services.transparency.tiles import WIDTH, fold

_TILES_AT_ONCE = 64


class LogAlteredError(RuntimeError):
    """The log no longer begins with what was signed. Nothing more is signed until people have looked. See ``code``."""

    def __init__(self, code: str, size: int) -> None:
        super().__init__(f"{code} at size {size}")
        self.code = code
        self.size = size


@dataclass(frozen=True, slots=True)
class Signing:
    """What one signature takes: the tree, the keys in force, every public key there was, the notes kept outside."""

    tree: LogTree
    signers: Sequence[Signer]
    verifiers: Sequence[Verifier]
    outside: OutsideCheckpoints

    async def sign(self) -> KeptCheckpoint | None:
        """Sign the log if it has grown; None where it has not. Raises LogAlteredError."""
        size = await self.tree.log_size()
        last = await self.tree.newest_checkpoint()
        await self._is_as_signed(size, last)
        last = await self._taken_over(last)
        if size == (last.size if last else 0):
            return None
        await self._keep_nodes(size)
        await self.tree.keep_keys(str(verifier) for verifier in self.verifiers)
        root = merkle.root(size, await self.tree.reader([(0, size)]))
        note = Checkpoint(self.signers[0].name, size, root).signed(self.signers)
        # Outside first: what the database has lost must never be smaller than what is known outside.
        self.outside.keep(size, note)
        await self.tree.keep_checkpoint(size, root, note)
        return await self.tree.checkpoint_of(size)

    async def _is_as_signed(self, size: int, last: KeptCheckpoint | None) -> None:
        """The tree of today must begin with the last tree signed, that of the database and that kept outside."""
        known: list[tuple[int, bytes]] = [] if last is None else [(last.size, last.root)]
        outside = self.outside.newest()
        if outside is not None:
            opened = open_checkpoint(outside, self.verifiers).checkpoint
            known.append((opened.size, opened.root))
        for signed_size, signed_root in known:
            if signed_size > size:
                raise LogAlteredError("log_shorter_than_signed", signed_size)
            if merkle.root(signed_size, await self.tree.reader([(0, signed_size)])) != signed_root:
                raise LogAlteredError("log_differs_from_signed", signed_size)

    async def _taken_over(self, last: KeptCheckpoint | None) -> KeptCheckpoint | None:
        """Bring the newest checkpoint into the database where whoever signed it was stopped between the two."""
        outside = self.outside.newest()
        if outside is None:
            return last
        checkpoint = open_checkpoint(outside, self.verifiers).checkpoint
        if last is not None and checkpoint.size <= last.size:
            return last
        await self.tree.keep_keys(str(verifier) for verifier in self.verifiers)
        await self.tree.keep_checkpoint(checkpoint.size, checkpoint.root, without_cosignatures(outside))
        return await self.tree.newest_checkpoint()

    async def _keep_nodes(self, size: int) -> None:
        """Keep the hashes of whole tiles, level by level."""
        level, count = 1, size // WIDTH
        while count:
            kept = await self.tree.kept_nodes(level)
            for first in range(kept, count, _TILES_AT_ONCE):
                end = min(first + _TILES_AT_ONCE, count)
                below = await self.tree.hashes(level - 1, first * WIDTH, end * WIDTH)
                tiles = [below[start : start + WIDTH] for start in range(0, len(below), WIDTH)]
                await self.tree.keep_nodes(level, first, [fold(tile) for tile in tiles])
            level, count = level + 1, count // WIDTH
