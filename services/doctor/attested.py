"""Holds what witnesses and time-stamping authorities answered against checkpoints, and against what is kept outside."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.doctor.damage import Damage, Fault, Place
from services.store.integrity import IntegrityQueries
from services.transparency.checkpoint import Checkpoint, instant_of, without_cosignatures
from services.transparency.note import Note, NoteError, Verifier, cosigned_at
from services.transparency.timestamps import TimeStampError, time_of


async def check_attested(
    queries: IntegrityQueries, notes: Iterable[str], time_stamped: Sequence[int], damage: Damage
) -> list[tuple[int, datetime]]:
    """Every row must be of its checkpoint; what the files outside have, the database must have, too.

    Returns the sizes that somebody saw, and when.
    """
    seen: list[tuple[int, datetime]] = []
    lines: set[tuple[int, str]] = set()
    for size, witness, line, note in await queries.cosignatures():
        lines.add((size, line))
        at = None if note is None else _cosigned(note, line, witness)
        if at is not None:
            seen.append((size, at))
        else:
            damage.found(Fault.COSIGNATURE_WRONG, Place(detail=f"size {size} {witness}"))
    for size, name, line in cosignatures_in(notes):
        if (size, line) not in lines:
            damage.found(Fault.COSIGNATURE_MISSING, Place(detail=f"size {size} {name}"))
    stamped: set[int] = set()
    for size, answer, note in await queries.time_stamps():
        stamped.add(size)
        try:
            seen.append((size, time_of(answer, without_cosignatures(note or ""))))
        except (NoteError, TimeStampError) as wrong:
            damage.found(Fault.TIME_STAMP_WRONG, Place(detail=f"size {size} {wrong.code}"))
    for size in time_stamped:
        if size not in stamped:
            damage.found(Fault.TIME_STAMP_MISSING, Place(detail=f"size {size}"))
    return seen


def cosignatures_in(notes: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    """Size, name and line of every signature in notes that is not the log's own; what is no note is told elsewhere."""
    for content in notes:
        try:
            note = Note.parse(content)
            checkpoint = Checkpoint.parse(note.text)
        except NoteError:
            continue
        for each in note.signatures:
            if each.name != checkpoint.origin:
                yield checkpoint.size, each.name, each.line


def _cosigned(note: str, line: str, witness: str) -> datetime | None:
    """When the witness signed; None where it did not sign this."""
    try:
        verifier = Verifier.parse(witness)
        cosigned = Note.parse(f"{without_cosignatures(note)}{line}")
        cosigned.verified_by([verifier])
    except NoteError:
        return None
    return instant_of(cosigned_at(cosigned.signatures[-1].content))
