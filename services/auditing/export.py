"""Writes the log into a folder that checks without us; where it was broken off, it goes on."""

import os
from collections.abc import Callable
from pathlib import Path

from services.auditing.sources import CHECKPOINT, CHECKPOINTS, PAYLOADS, TIME_STAMPS
from services.store.log_tree import LogTree
from services.transparency import payloads, tiles
from services.transparency.tiles import WIDTH, Tile

_CHECKPOINTS_A_PAGE = 1000


class NothingSignedError(RuntimeError):
    """There is no checkpoint yet, so nothing could be checked: let the notary run."""


async def export_log(
    tree: LogTree, folder: Path, *, with_payloads: bool = True, progress: Callable[[int, int], None] | None = None
) -> int:
    """Write the log up to its newest checkpoint and return its size; full files that are there already stay.

    The checkpoint is written last: a folder without it is an export that did not come to its end.
    """
    newest = await tree.newest_checkpoint()
    if newest is None:
        raise NothingSignedError
    (folder / CHECKPOINT).unlink(missing_ok=True)
    for tile in tiles.tiles_of(newest.size):
        await _write_tile(tree, folder, tile)
    for bundle in tiles.bundles_of(newest.size):
        await _write_tile(tree, folder, bundle)
        if with_payloads:
            path = folder / PAYLOADS / bundle.path.removeprefix("tile/")
            if not path.is_file():
                _write(path, payloads.frame(await tree.payloads(bundle.index, bundle.width)))
        if progress:
            progress(min(newest.size, (bundle.index + 1) * WIDTH), newest.size)
    await _write_signed(tree, folder, newest.size)
    _write(folder / CHECKPOINT, newest.note.encode())
    return newest.size


async def _write_signed(tree: LogTree, folder: Path, size: int) -> None:
    """Checkpoints up to a size, and their time stamps."""
    after = 0
    while page := await tree.checkpoints(after, _CHECKPOINTS_A_PAGE):
        for kept in page:
            if kept.size <= size:
                _write(folder / CHECKPOINTS / str(kept.size), kept.note.encode())
        after = page[-1].size
    after = 0
    while stamps := await tree.time_stamps(after, _CHECKPOINTS_A_PAGE):
        for stamp in stamps:
            if stamp.size <= size:
                _write(folder / TIME_STAMPS / f"{stamp.size}.tsr", stamp.answer)
        after = stamps[-1].size


async def _write_tile(tree: LogTree, folder: Path, tile: Tile) -> None:
    path = folder / tile.path
    if not path.is_file():
        _write(path, await tree.tile(tile))


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: what is there counts as done when the export goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
