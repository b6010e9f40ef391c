"""Holds the tree over the log against the kept hashes, and the checkpoints in the database and outside of it."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from services.doctor.damage import Damage, Fault, Place
from services.transparency.checkpoint import Checkpoint, open_checkpoint
from services.transparency.merkle import Growing
from services.transparency.note import NoteError, Verifier
from services.transparency.tiles import WIDTH, fold


@dataclass(frozen=True, slots=True)
class Signed:
    """A root that was signed over the log when it had a size; ``fault`` is what it means where it differs now."""

    size: int
    root: bytes
    fault: Fault


def signed_in_database(
    kept: Iterable[tuple[int, bytes, str]], verifiers: Sequence[Verifier], damage: Damage
) -> list[Signed]:
    """The checkpoints of the database. One that is not signed, or is not over what its row says, is damage itself."""
    signed: list[Signed] = []
    for size, root, note in kept:
        opened = opened_note(note, verifiers)
        if opened is None or (opened.size, opened.root) != (size, root):
            damage.found(Fault.CHECKPOINT_NOT_SIGNED, Place(detail=f"size {size}"))
        signed.append(Signed(size, root, Fault.LOG_DIFFERS_FROM_SIGNED))
    return signed


def signed_outside(notes: Iterable[str], verifiers: Sequence[Verifier], damage: Damage) -> list[Signed]:
    """The checkpoints kept outside."""
    signed: list[Signed] = []
    for note in notes:
        opened = opened_note(note, verifiers)
        if opened is None:
            first = note.splitlines()[:2]
            damage.found(Fault.CHECKPOINT_NOT_SIGNED, Place(detail=f"outside: {' '.join(first)}"))
        else:
            signed.append(Signed(opened.size, opened.root, Fault.LOG_DIFFERS_FROM_KEPT))
    return signed


def opened_note(note: str, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    """The checkpoint of a note, None where no key of the log has signed it."""
    try:
        return open_checkpoint(note, verifiers).checkpoint
    except NoteError:
        return None


class Roots:
    """Compares roots while the log is read from its beginning; says where it stopped being the same."""

    def __init__(self, signed: Iterable[Signed], size: int, damage: Damage) -> None:
        self._damage = damage
        self._growing = Growing()
        self._agreed: dict[Fault, int] = {}
        self._differed: set[Fault] = set()
        self._signed: dict[int, set[tuple[bytes, Fault]]] = {}
        for each in signed:
            if each.size > size:
                damage.found(Fault.LOG_SHORTER_THAN_SIGNED, Place(size, last=each.size - 1, detail=f"size {each.size}"))
            else:
                self._signed.setdefault(each.size, set()).add((each.root, each.fault))

    def extend(self, start: int, hashes: Sequence[bytes]) -> None:
        """Go on with the leaves from a position."""
        here, end = start, start + len(hashes)
        for size in sorted(size for size in self._signed if start < size <= end):
            self._growing.extend(hashes[here - start : size - start])
            here = size
            self._compare(size)
        self._growing.extend(hashes[here - start :])

    def _compare(self, size: int) -> None:
        root = self._growing.root()
        for signed, fault in sorted(self._signed[size]):
            if signed == root:
                self._agreed[fault] = size
            elif fault not in self._differed:
                # All that follow differ as well: the first says where.
                self._differed.add(fault)
                self._damage.found(fault, Place(self._agreed.get(fault, 0), last=size - 1, detail=f"checkpoint {size}"))


class Nodes:
    """Compares kept hashes, level by level, with what they are computed from."""

    def __init__(self, damage: Damage) -> None:
        self._damage = damage
        self._computed: list[bytes] = []

    def extend(self, nodes: Iterable[bytes]) -> None:
        """Go on with the hashes of whole tiles of leaves."""
        self._computed += nodes

    async def compare(self, level: int, kept: AsyncIterator[tuple[int, bytes]], signed_size: int) -> bool:
        """Compare a level and make ready for the next; False where there is none. Only what is signed must be kept."""
        width = WIDTH**level
        expected = 0
        async for index, kept_hash in kept:
            for missing in range(expected, min(index, len(self._computed))):
                self._missing(level, missing, width)
            if index < len(self._computed) and self._computed[index] != kept_hash:
                place = Place(index * width, last=(index + 1) * width - 1, detail=f"level {level} index {index}")
                self._damage.found(Fault.NODE_DIFFERS, place)
            expected = index + 1
        for missing in range(expected, signed_size // width):
            self._missing(level, missing, width)
        whole = len(self._computed) - len(self._computed) % WIDTH
        self._computed = [fold(self._computed[place : place + WIDTH]) for place in range(0, whole, WIDTH)]
        return bool(self._computed)

    def _missing(self, level: int, index: int, width: int) -> None:
        place = Place(index * width, last=(index + 1) * width - 1, detail=f"level {level} index {index}")
        self._damage.found(Fault.NODE_MISSING, place)
