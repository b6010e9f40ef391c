"""Asks a witness for its cosignature under each checkpoint, so that the log cannot show two histories."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import httpx

from services.notary.outside import OutsideCheckpoints
from services.store.log_tree import KeptCheckpoint, LogTree
from services.transparency import merkle
from services.transparency.checkpoint import without_cosignatures
from services.transparency.note import Note, NoteError
from services.transparency.witnessing import SIZE_TYPE, CosignatureRequest, WitnessAddress, read_size

_ATTEMPTS = 3


class Finding(StrEnum):
    """Why there is no cosignature. The values are stable."""

    UNREACHABLE = "witness_unreachable"
    ANSWER_MALFORMED = "witness_answer_malformed"
    LOG_UNKNOWN = "witness_does_not_know_the_log"
    KEY_UNKNOWN = "witness_does_not_know_the_key"
    REQUEST_REFUSED = "witness_refused"
    # The rest says that what the witness has seen is not how this log begins: it was rewritten, forked or restored.
    AHEAD = "witness_has_seen_a_larger_log"
    ROOT_DIFFERS = "witness_has_seen_another_log"
    PROOF_REFUSED = "witness_refuses_the_proof"

    @property
    def contradicts(self) -> bool:
        """Whether somebody should look at the log, and not only at the way to the witness."""
        return self in {Finding.AHEAD, Finding.ROOT_DIFFERS, Finding.PROOF_REFUSED}


class NotCosignedError(RuntimeError):
    """A witness did not cosign."""

    def __init__(self, finding: Finding, detail: str) -> None:
        super().__init__(f"{finding}: {detail}")
        self.finding = finding


_REFUSALS: dict[int, Finding] = {
    HTTPStatus.NOT_FOUND: Finding.LOG_UNKNOWN,
    HTTPStatus.FORBIDDEN: Finding.KEY_UNKNOWN,
    HTTPStatus.UNPROCESSABLE_ENTITY: Finding.PROOF_REFUSED,
    HTTPStatus.BAD_REQUEST: Finding.REQUEST_REFUSED,
}


@dataclass(slots=True)
class WitnessRequests:
    """Keeps one witness up to date with the log."""

    witness: WitnessAddress
    tree: LogTree
    outside: OutsideCheckpoints
    client: httpx.AsyncClient
    _seen: int | None = None

    @property
    def name(self) -> str:
        """The name of the witness."""
        return self.witness.verifier.name

    async def follow(self) -> None:
        """Have the newest checkpoint cosigned, unless it is already. Raises NotCosignedError."""
        vkey = str(self.witness.verifier)
        if self._seen is None:
            self._seen = await self.tree.cosigned_size(vkey)
        newest = await self.tree.newest_checkpoint()
        if newest is None or newest.size == self._seen:
            return
        line = await self._cosignature(newest)
        self.outside.keep_cosignature(newest.size, line)
        await self.tree.keep_cosignature(newest.size, vkey, line)
        self._seen = newest.size

    async def _cosignature(self, newest: KeptCheckpoint) -> str:
        """Ask, from the size that the witness knows; where it knows another one, it says so, and is asked again."""
        old, note = self._seen or 0, without_cosignatures(newest.note)
        for _ in range(_ATTEMPTS):
            if old > newest.size:
                raise NotCosignedError(Finding.AHEAD, f"{old}, and the log was signed at {newest.size}")
            answer = await self._ask(CosignatureRequest(old, await self._proof(old, newest.size), note))
            if answer.status_code == HTTPStatus.OK:
                return self._line(note, answer.text)
            if answer.status_code != HTTPStatus.CONFLICT:
                finding = _REFUSALS.get(answer.status_code, Finding.UNREACHABLE)
                raise NotCosignedError(finding, f"HTTP {answer.status_code} to {old}..{newest.size}")
            known = read_size(answer.text.removesuffix("\n")) if _is_size(answer) else None
            if known is None or known == old:
                raise NotCosignedError(Finding.ROOT_DIFFERS, f"at size {old}")
            old = known
        raise NotCosignedError(Finding.REQUEST_REFUSED, "it names another size each time")

    async def _proof(self, old: int, new: int) -> tuple[bytes, ...]:
        reader = await self.tree.reader(merkle.consistency_ranges(old, new))
        return tuple(merkle.consistency_proof(old, new, reader))

    async def _ask(self, request: CosignatureRequest) -> httpx.Response:
        try:
            return await self.client.post(
                self.witness.submission, content=str(request).encode(), headers={"Content-Type": "text/plain"}
            )
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise NotCosignedError(Finding.UNREACHABLE, repr(failed)) from failed

    def _line(self, note: str, answer: str) -> str:
        """The line by the key we know; a witness may answer with others too. Raises NotCosignedError."""
        verifier = self.witness.verifier
        try:
            answered = Note.parse(note + answer)
            answered.verified_by([verifier])
        except NoteError as wrong:
            raise NotCosignedError(Finding.ANSWER_MALFORMED, wrong.code) from wrong
        mark = (verifier.name, verifier.key_id)
        return next(each.line for each in answered.signatures if (each.name, each.key_id) == mark)


def _is_size(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() == SIZE_TYPE
