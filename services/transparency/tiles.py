"""Tiles by c2sp.org/tlog-tiles: where hashes and entries lie, and how bundles of entries are framed."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.transparency.merkle import HASH_BYTES, node_hash

WIDTH = 256
HEIGHT = 8
LEVELS = 64
_LENGTH_BYTES = 2
_INDEX = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_PARTIAL = re.compile(r"\.p/([1-9][0-9]{0,2})$")
_DECIMAL = re.compile(r"0|[1-9][0-9]?")


class TileError(ValueError):
    """A path or the content of a tile or bundle is not what the specification says. ``code`` says in which way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of hashes, ``level`` a number, or of entries, ``level`` None. ``width`` is 256 where it is full."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix: tile/<L>/<N>[.p/<W>]."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{index_path(self.index)}{partial}"


def index_path(index: int) -> str:
    """An index in path elements of three digits, all but the last behind an x."""
    groups = f"{index:03d}"
    groups = groups.zfill(-(-len(groups) // 3) * 3)
    elements = [groups[start : start + 3] for start in range(0, len(groups), 3)]
    return "/".join([*(f"x{element}" for element in elements[:-1]), elements[-1]])


def parse_tile(path: str) -> Tile:
    """Read a path such as tile/0/x001/067.p/112. Raises TileError: tile_path_malformed."""
    prefix, _, rest = path.partition("/")
    level, _, rest = rest.partition("/")
    partial = _PARTIAL.search(rest)
    index = rest[: partial.start()] if partial else rest
    width = int(partial[1]) if partial else WIDTH
    named = level == "entries" or (_DECIMAL.fullmatch(level) is not None and int(level) < LEVELS)
    if prefix != "tile" or not named or not _INDEX.fullmatch(index) or (partial and width >= WIDTH):
        raise TileError("tile_path_malformed")
    tile = Tile(None if level == "entries" else int(level), int(index.replace("x", "").replace("/", "")), width)
    if tile.path != path:
        raise TileError("tile_path_malformed")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of hashes of a tree, level by level, the partial one of each level last."""
    level, count = 0, size
    while count:
        whole, width = divmod(count, WIDTH)
        yield from (Tile(level, index) for index in range(whole))
        if width:
            yield Tile(level, whole, width)
        level, count = level + 1, whole


def bundles_of(size: int) -> Iterator[Tile]:
    """Every bundle of entries of a tree."""
    whole, width = divmod(size, WIDTH)
    yield from (Tile(None, index) for index in range(whole))
    if width:
        yield Tile(None, whole, width)


def has_tile(tile: Tile, size: int) -> bool:
    """Whether a tree of this size has the tile: a full one, or a partial one that is no wider than it is."""
    count = size if tile.level is None else size >> (HEIGHT * tile.level)
    return tile.index * WIDTH + tile.width <= count


def hashes_in(content: bytes, width: int) -> list[bytes]:
    """The hashes of a tile. Raises TileError: tile_length."""
    if len(content) != width * HASH_BYTES:
        raise TileError("tile_length")
    return [content[start : start + HASH_BYTES] for start in range(0, len(content), HASH_BYTES)]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of the whole subtree over a power of two of hashes."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level), 2)]
    return level[0]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Frame entries: each behind its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def entries_in(content: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. Raises TileError: bundle_truncated, bundle_length."""
    entries: list[bytes] = []
    place = 0
    while place < len(content):
        start = place + _LENGTH_BYTES
        place = start + int.from_bytes(content[place:start], "big")
        if place > len(content) or start > len(content):
            raise TileError("bundle_truncated")
        entries.append(content[start:place])
    if len(entries) != width:
        raise TileError("bundle_length")
    return entries
