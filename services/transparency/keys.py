"""Signing keys of a log or a witness in a folder, readable by its owner alone; while one is replaced, two sign."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from services.transparency.note import Algorithm, NoteError, Signer, Verifier

_IN_FORCE = ".skey"
_RETIRED = ".retired"
_PUBLIC = ".vkey"
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class KeyFolderError(RuntimeError):
    """The folder of keys cannot be used as it is. ``code`` says why."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The keys of one log, which bear its origin as their name, or those of one witness."""

    path: Path
    algorithm: Algorithm = Algorithm.ED25519

    def signers(self) -> tuple[Signer, ...]:
        """The keys in force, oldest file first; none before `create`. Raises KeyFolderError."""
        files = sorted(self.path.glob(f"*{_IN_FORCE}"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        signers = tuple(self._read(file) for file in files)
        if len({signer.name for signer in signers}) > 1:
            raise KeyFolderError("keys_of_several_logs", str(self.path))
        return signers

    def verifiers(self) -> tuple[Verifier, ...]:
        """Every public key there ever was, the retired ones too: what older checkpoints are checked with."""
        return tuple(Verifier.parse(file.read_text(encoding="utf-8")) for file in sorted(self.path.glob(f"*{_PUBLIC}")))

    def drawn(self, origin: str | None = None) -> Signer:
        """One more key, not yet in force; the first names them all, at random where no name is given."""
        existing = self.signers()
        name = existing[0].name if existing else origin or f"duban.invalid/{secrets.token_hex(8)}"
        return Signer.new(name, self.algorithm)

    def put_in_force(self, signer: Signer) -> None:
        """Keep a key that was drawn; from then on it signs."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = signer.verifier.key_id.hex()
        self._write(self.path / f"{stem}{_PUBLIC}", f"{signer.verifier}\n", 0o644)
        self._write(self.path / f"{stem}{_IN_FORCE}", f"{signer.secret}\n", 0o600)

    def create(self, origin: str | None = None) -> Signer:
        """Draw one more key and put it in force at once."""
        signer = self.drawn(origin)
        self.put_in_force(signer)
        return signer

    def retire(self, key_id: str) -> None:
        """Sign with a key no more; another must stay in force. Its public half stays. Raises KeyFolderError."""
        file = self.retirable(key_id)
        file.rename(file.with_suffix(_RETIRED))

    def retirable(self, key_id: str) -> Path:
        """The file of a key that may be retired. Raises KeyFolderError: no_such_key, last_key."""
        file = self.path / f"{key_id}{_IN_FORCE}"
        if not _KEY_ID.fullmatch(key_id) or not file.is_file():
            raise KeyFolderError("no_such_key", key_id)
        if len(self.signers()) == 1:
            raise KeyFolderError("last_key", key_id)
        return file

    def _read(self, file: Path) -> Signer:
        if file.stat().st_mode & 0o077:
            raise KeyFolderError("key_readable_by_others", str(file))
        try:
            return Signer.parse(file.read_text(encoding="utf-8"))
        except NoteError as malformed:
            raise KeyFolderError(malformed.code, str(file)) from malformed

    def _write(self, file: Path, content: str, mode: int) -> None:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
