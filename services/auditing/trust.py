"""Whom somebody who checks a log believes: everything they brought along, and nothing out of the log itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate

from services.transparency.note import Verifier


class UnusableKeyError(ValueError):
    """What was given as a key is none, and no file with one."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The log's keys, those of witnesses, and the roots of time-stamping authorities."""

    logs: Sequence[Verifier]
    witnesses: Sequence[Verifier] = ()
    authorities: Sequence[Certificate] = ()
