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
class _Outside:
    """The newest checkpoint kept outside the database, as a note and opened."""

    note: str
    checkpoint: Checkpoint


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
        note = self.outside.newest()
        outside = None if note is None else _Outside(note, open_checkpoint(note, self.verifiers).checkpoint)
        await self._is_as_signed(size, last, outside)
        if outside is not None and (last is None or last.size < outside.checkpoint.size):
            last = await self._taken_over(outside)
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

    async def _is_as_signed(self, size: int, last: KeptCheckpoint | None, outside: _Outside | None) -> None:
        """The tree of today must begin with the last tree signed, that of the database and that kept outside."""
        signed = (last, outside and outside.checkpoint)
        # Mostly one and the same.
        for signed_size, signed_root in dict.fromkeys((each.size, each.root) for each in signed if each is not None):
            if signed_size > size:
                raise LogAlteredError("log_shorter_than_signed", signed_size)
            if merkle.root(signed_size, await self.tree.reader([(0, signed_size)])) != signed_root:
                raise LogAlteredError("log_differs_from_signed", signed_size)

    async def _taken_over(self, outside: _Outside) -> KeptCheckpoint | None:
        """Bring a newer checkpoint into the database: whoever signed it was stopped between the two."""
        newest = outside.checkpoint
        await self.tree.keep_keys(str(verifier) for verifier in self.verifiers)
        await self.tree.keep_checkpoint(newest.size, newest.root, without_cosignatures(outside.note))
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
