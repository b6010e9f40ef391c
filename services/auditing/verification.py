"""Checks a whole log: every checkpoint, every entry, every tile, every payload; says what is wrong and where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.auditing.entries import Entries, payload_pairs
from services.auditing.findings import Fault, Report
from services.auditing.sources import CHECKPOINT, PAYLOADS, Source
from services.auditing.stamps import check_time_stamps
from services.auditing.trust import Trust
from services.transparency import payloads, tiles
from services.transparency.checkpoint import Checkpoint, SignedCheckpoint, open_checkpoint
from services.transparency.merkle import Growing, leaf_hash
from services.transparency.note import Note, NoteError, name_of
from services.transparency.recorded import RecordedTimes
from services.transparency.tiles import WIDTH, Tile, TileError

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Verification:
    """One check of one log, from its first entry to its newest checkpoint.

    ``known``: checkpoints that were kept elsewhere, such as the auditor's own of last year; the log must still agree.
    """

    source: Source
    trust: Trust
    with_payloads: bool = True
    known: Sequence[bytes] = ()
    progress: Progress = lambda _done, _all: None
    report: Report = field(default_factory=Report)
    _growing: Growing = field(default_factory=Growing)
    _levels: list[list[bytes]] = field(default_factory=list[list[bytes]])
    _unbridged: bool = False
    _cosigned: list[tuple[int, datetime]] = field(default_factory=list[tuple[int, datetime]])

    def run(self) -> Report:
        """Check everything. Raises UnreadableError where the place cannot be read at all."""
        newest = self._newest()
        if newest is None:
            return self.report
        self.report.size = newest.size
        signed = self._signed(newest)
        seen = [*self._cosigned, *check_time_stamps(self.source, self.trust, self.report)]
        entries = Entries(self.report, RecordedTimes(seen, datetime.now(UTC)))
        for bundle in tiles.bundles_of(newest.size):
            self._bundle(bundle, signed, entries)
            self.progress(min(newest.size, (bundle.index + 1) * WIDTH), newest.size)
        self._inner_tiles(newest.size)
        self.report.streams = entries.streams
        return self.report

    def _newest(self) -> Checkpoint | None:
        content = self.source.read(CHECKPOINT)
        if content is None:
            self.report.found(Fault.CHECKPOINT_MISSING, CHECKPOINT)
            return None
        try:
            opened = open_checkpoint(content.decode(), self.trust.logs, self.trust.witnesses)
        except (NoteError, UnicodeDecodeError) as invalid:
            detail = f"{_code(invalid)}: {_signers(content)}"
            self.report.found(Fault.CHECKPOINT_INVALID, CHECKPOINT, detail=detail)
            return None
        self.report.signed_by = tuple(name_of(verifier) for verifier in opened.signed_by)
        self._witnessed(opened)
        return opened.checkpoint

    def _witnessed(self, opened: SignedCheckpoint) -> None:
        witnesses = {name_of(verifier) for verifier in self.trust.witnesses}
        for name in witnesses.intersection(name_of(verifier) for verifier in opened.signed_by):
            self.report.witnessed[name] = max(opened.checkpoint.size, self.report.witnessed.get(name, 0))
        self._cosigned += opened.cosigned

    def _signed(self, newest: Checkpoint) -> dict[int, set[bytes]]:
        """The roots that were signed, by size, of this log and of the checkpoints the checker brought along."""
        roots: dict[int, set[bytes]] = {newest.size: {newest.root}}
        for place, content in enumerate((*self.source.checkpoints(), *self.known), start=1):
            try:
                opened = open_checkpoint(content.decode(), self.trust.logs, self.trust.witnesses)
            except (NoteError, UnicodeDecodeError) as invalid:
                self.report.found(Fault.CHECKPOINT_INVALID, f"checkpoint {place}", detail=_code(invalid))
                continue
            checkpoint = opened.checkpoint
            self.report.checkpoints += 1
            self._witnessed(opened)
            if checkpoint.size > newest.size:
                where = f"checkpoint of size {checkpoint.size}"
                self.report.found(Fault.CHECKPOINT_AHEAD, where, newest.size, f"the newest is of size {newest.size}")
            else:
                roots.setdefault(checkpoint.size, set()).add(checkpoint.root)
        for witness in self.trust.witnesses:
            if name_of(witness) not in self.report.witnessed:
                self.report.found(Fault.NOT_WITNESSED, name_of(witness))
        return roots

    def _bundle(self, bundle: Tile, signed: dict[int, set[bytes]], entries: Entries) -> None:
        start = bundle.index * WIDTH
        found = self._entries(bundle)
        if found is None:
            # What is missing is bridged by its hashes, so that what follows can still be checked.
            known = self._hashes(Tile(0, bundle.index, bundle.width))
            # Where these are missing too, no root can be had any more, and none is said to be wrong.
            self._unbridged = self._unbridged or known is None
            hashes = known or [b""] * bundle.width
            entries.skip()
        else:
            hashes = [leaf_hash(entry) for entry in found]
            self._compare(Tile(0, bundle.index, bundle.width), hashes)
            for place, (entry, payload) in enumerate(zip(found, self._payloads(bundle), strict=True)):
                entries.check(start + place, entry, payload)
            self.report.entries += len(found)
        self._grow(start, hashes, signed)
        self._keep(0, hashes)

    def _grow(self, start: int, hashes: Sequence[bytes], signed: dict[int, set[bytes]]) -> None:
        """Append leaves, stopping at every size that was signed to compare the root."""
        here = start
        for size in sorted(size for size in signed if start < size <= start + len(hashes)):
            self._growing.extend(hashes[here - start : size - start])
            here = size
            if not self._unbridged and signed[size] != {self._growing.root()}:
                fault = Fault.ROOT_DIFFERS if size == self.report.size else Fault.CHECKPOINT_INCONSISTENT
                self.report.found(fault, f"checkpoint of size {size}", size)
        self._growing.extend(hashes[here - start :])

    def _entries(self, bundle: Tile) -> list[bytes] | None:
        content = self.source.read(bundle.path)
        if content is None:
            self.report.found(Fault.BUNDLE_MISSING, bundle.path, bundle.index * WIDTH)
            return None
        try:
            return tiles.entries_in(content, bundle.width)
        except TileError as damage:
            self.report.found(Fault.BUNDLE_DAMAGED, bundle.path, bundle.index * WIDTH, damage.code)
            return None

    def _payloads(self, bundle: Tile) -> Sequence[tuple[bytes, bytes] | None]:
        if not self.with_payloads:
            return payload_pairs(None, bundle.width)
        path = f"{PAYLOADS}/{bundle.path.removeprefix('tile/')}"
        content = self.source.read(path)
        if content is None:
            self.report.found(Fault.PAYLOADS_MISSING, path, bundle.index * WIDTH)
            return payload_pairs(None, bundle.width)
        try:
            return payload_pairs(payloads.unframe(content, bundle.width), bundle.width)
        except TileError as damage:
            self.report.found(Fault.PAYLOADS_DAMAGED, path, bundle.index * WIDTH, damage.code)
            return payload_pairs(None, bundle.width)

    def _hashes(self, tile: Tile) -> list[bytes] | None:
        content = self.source.read(tile.path)
        start = tile.index * WIDTH ** ((tile.level or 0) + 1)
        if content is None:
            self.report.found(Fault.TILE_MISSING, tile.path, start)
            return None
        try:
            return tiles.hashes_in(content, tile.width)
        except TileError as damage:
            self.report.found(Fault.TILE_DAMAGED, tile.path, start, damage.code)
            return None

    def _compare(self, tile: Tile, computed: Sequence[bytes]) -> None:
        """A tile must hold what the entries below it hash to."""
        hashes = self._hashes(tile)
        if hashes is None or hashes == list(computed):
            return
        place = next(place for place, pair in enumerate(zip(hashes, computed, strict=True)) if pair[0] != pair[1])
        below = WIDTH ** (tile.level or 0)
        position = (tile.index * WIDTH + place) * below
        self.report.found(Fault.TILE_DIFFERS, tile.path, position, f"hash {place}")

    def _keep(self, level: int, hashes: Sequence[bytes]) -> None:
        """Fold whole tiles into the levels above."""
        if len(hashes) < WIDTH:
            return
        while len(self._levels) <= level:
            self._levels.append([])
        above = self._levels[level]
        above.append(tiles.fold(hashes))
        if len(above) % WIDTH == 0:
            self._keep(level + 1, above[-WIDTH:])

    def _inner_tiles(self, size: int) -> None:
        for tile in tiles.tiles_of(size):
            if tile.level and not self._unbridged:
                computed = self._levels[tile.level - 1][tile.index * WIDTH :][: tile.width]
                self._compare(tile, computed)


def _signers(content: bytes) -> str:
    """Whose signatures a note bears, as it says itself: what somebody who has another key at hand compares."""
    try:
        signatures = Note.parse(content.decode(errors="replace")).signatures
    except NoteError:
        return "no signed note"
    return ", ".join(f"{each.name}+{each.key_id.hex()}" for each in signatures)


def _code(problem: NoteError | UnicodeDecodeError) -> str:
    return problem.code if isinstance(problem, NoteError) else "not_utf8"
