"""Decides whether a checkpoint may be cosigned, with the answers that c2sp.org/tlog-witness prescribes."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from services.transparency import merkle
from services.transparency.checkpoint import Checkpoint, without_cosignatures
from services.transparency.note import Note, NoteError, Signer, Verifier
from services.transparency.witnessing import SIZE_TYPE, CosignatureRequest
from services.witness.records import Records

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the log."""

    status: HTTPStatus
    content: str = ""
    media_type: str = PLAIN


class Witness:
    """Cosigns checkpoints of the logs it was given keys of; a log's name is the name of its keys."""

    def __init__(
        self,
        signers: Callable[[], Sequence[Signer]],
        logs: Iterable[Verifier],
        records: Records,
        now: Callable[[], int],
    ) -> None:
        """``now``: the POSIX time in seconds. ``signers`` are asked for anew each time, so that keys may be rotated."""
        self._signers = signers
        self._logs: dict[str, list[Verifier]] = {}
        for verifier in logs:
            self._logs.setdefault(verifier.name, []).append(verifier)
        self._records = records
        self._now = now
        self._one_at_a_time = threading.Lock()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Check, remember, cosign. Raises NoteError where our own record is damaged: then nothing may be signed."""
        try:
            request = CosignatureRequest.parse(body.decode())
            note = Note.parse(request.checkpoint)
            checkpoint = Checkpoint.parse(note.text)
        except (NoteError, UnicodeDecodeError):
            return Answer(HTTPStatus.BAD_REQUEST, "malformed\n")
        verifiers = self._logs.get(checkpoint.origin)
        if verifiers is None:
            return Answer(HTTPStatus.NOT_FOUND, "unknown log\n")
        try:
            note.verified_by(verifiers)
        except NoteError:
            return Answer(HTTPStatus.FORBIDDEN, "not signed by a key of this log\n")
        if request.old > checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint\n")
        # Checking and remembering are one step: two requests at once must not take the record back.
        with self._one_at_a_time:
            return self._continue(request, checkpoint)

    def _continue(self, request: CosignatureRequest, checkpoint: Checkpoint) -> Answer:
        latest = self._records.latest(checkpoint.origin)
        known = latest.size if latest else 0
        if request.old != known:
            return Answer(HTTPStatus.CONFLICT, f"{known}\n", SIZE_TYPE)
        if latest is not None and latest.size == checkpoint.size and latest.root != checkpoint.root:
            self._records.keep_evidence(str(request))
            return Answer(HTTPStatus.CONFLICT, "another root of the same size\n")
        try:
            _prove(request, latest, checkpoint)
        except merkle.ProofError:
            self._records.keep_evidence(str(request))
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not verify\n")
        now = self._now()
        lines = "".join(signer.cosignature_line(checkpoint.text, now) for signer in self._signers())
        self._records.keep(checkpoint.origin, without_cosignatures(request.checkpoint) + lines)
        return Answer(HTTPStatus.OK, lines)


def _prove(request: CosignatureRequest, latest: Checkpoint | None, checkpoint: Checkpoint) -> None:
    """Check that the checkpoint continues the latest one. Raises ProofError."""
    if checkpoint.size == 0 and checkpoint.root != merkle.EMPTY_ROOT:
        raise merkle.ProofError("root_differs")
    old_root = latest.root if latest else merkle.EMPTY_ROOT
    merkle.verify_consistency(request.old, old_root, checkpoint.size, checkpoint.root, request.proof)
