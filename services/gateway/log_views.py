"""What auditors are given of the log: tiles, entries and payloads as bytes, proofs with the checkpoint they lead to."""

from services.gateway.refusals import (
    BeyondTheLog,
    NoProofOfSize,
    NoSuchCheckpoint,
    NothingSigned,
    RangeReversed,
    TilePathMalformed,
)
from services.store.log_tree import KeptCheckpoint, LogTree
from services.transparency.merkle import consistency_proof, consistency_ranges, inclusion_proof, inclusion_ranges
from services.transparency.payloads import frame
from services.transparency.proof import EntryProof
from services.transparency.tiles import Tile, TileError, has_tile, parse_tile


async def newest_checkpoint(tree: LogTree) -> KeptCheckpoint:
    """The newest signed checkpoint; refused before the first."""
    newest = await tree.newest_checkpoint()
    if newest is None:
        raise NothingSigned
    return newest


async def checkpoint_of(tree: LogTree, size: int) -> KeptCheckpoint:
    """The checkpoint of a size; refused beyond what is signed, and otherwise where nobody signed just that."""
    found = await tree.checkpoint_of(size)
    if found is None:
        newest = await newest_checkpoint(tree)
        if size > newest.size:
            raise BeyondTheLog(size=newest.size)
        raise NoSuchCheckpoint(size=size, newest=newest.size)
    return found


async def tile_content(tree: LogTree, path: str) -> bytes:
    """The bytes of a tile or bundle below the newest checkpoint, by its path; refused where there is none."""
    return await tree.tile(await _tile(tree, path))


async def payload_content(tree: LogTree, path: str) -> bytes:
    """Salts and data of the events of a bundle, by the bundle's path; refused where there is none."""
    tile = await _tile(tree, path)
    return frame(await tree.payloads(tile.index, tile.width))


async def entry_proof(tree: LogTree, position: int) -> EntryProof:
    """The proof that an event stands at a position, under the first checkpoint that covers it."""
    checkpoint = await tree.checkpoint_covering(position)
    if checkpoint is None:
        raise BeyondTheLog(size=(await newest_checkpoint(tree)).size)
    reader = await tree.reader(inclusion_ranges(position, checkpoint.size))
    return EntryProof(position, tuple(inclusion_proof(position, checkpoint.size, reader)), checkpoint.note)


async def consistency(tree: LogTree, old: int, new: int) -> list[bytes]:
    """The proof that the log of one size is the beginning of that of another; refused beyond what is signed."""
    newest = await newest_checkpoint(tree)
    if old > new:
        raise RangeReversed
    if new > newest.size:
        raise NoProofOfSize(size=new, newest=newest.size)
    return consistency_proof(old, new, await tree.reader(consistency_ranges(old, new)))


async def _tile(tree: LogTree, path: str) -> Tile:
    try:
        tile = parse_tile(path)
    except TileError:
        raise TilePathMalformed(path=path[:100]) from None
    newest = await newest_checkpoint(tree)
    if not has_tile(tile, newest.size):
        raise BeyondTheLog(size=newest.size)
    return tile
