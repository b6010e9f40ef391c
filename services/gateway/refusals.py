"""What the edge itself refuses before any rule is asked: each with a status and a stable code, named as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault in the input: where it stands (JSON pointer, RFC 6901), its kind, and the values that explain it."""

    pointer: str
    code: str
    english: str
    facts: Mapping[str, str]


class Refusal(Exception):  # noqa: N818 - as a Rejection, a fact and not a fault of ours
    """The request cannot become a command. ``headers`` go into the answer."""

    status: ClassVar[int] = 400
    code: ClassVar[str]

    def __init__(
        self, *, faults: Sequence[FieldFault] = (), headers: Mapping[str, str] | None = None, **facts: str | int
    ) -> None:
        super().__init__(self.code)
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.facts = facts


class MalformedRequest(Refusal):
    """Not HTTP as this server understands it."""

    code = "malformed_request"


class MalformedJson(Refusal):
    """The body is not JSON: syntax, invalid UTF-8, a lone surrogate, or nested too deep."""

    code = "malformed_json"


class UnstorableText(Refusal):
    """A text contains U+0000, or bytes that are not UTF-8; no database column can hold it."""

    code = "unstorable_text"


class IdempotencyKeyMissing(Refusal):
    """Every command carries an Idempotency-Key header."""

    code = "idempotency_key_missing"


class IdempotencyKeyMalformed(Refusal):
    """The key has 1 to 128 visible ASCII characters."""

    code = "idempotency_key_malformed"


class IfMatchMalformed(Refusal):
    """If-Match is an ETag as given in an answer, such as "7"."""

    code = "if_match_malformed"


class CursorMalformed(Refusal):
    """The cursor is not one that this list gave."""

    code = "cursor_malformed"


class NotAuthenticated(Refusal):
    """No key, an unknown or revoked one, or its principal was deactivated: which of these is not told."""

    status = 401
    code = "not_authenticated"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="duban"'})


class UnknownPath(Refusal):
    """There is no such resource."""

    status = 404
    code = "not_found"


class BeyondTheLog(Refusal):
    """The log has no such position, tile or size yet. Facts: ``size``, how much there is of what was asked."""

    status = 404
    code = "beyond_the_log"


class NothingSigned(Refusal):
    """There is no checkpoint yet, so nothing can be handed out or proved under one."""

    status = 404
    code = "nothing_signed"


class NoSuchCheckpoint(Refusal):
    """The log had this size once, and nobody signed it then. Facts: ``size`` asked for, ``newest`` that is signed."""

    status = 404
    code = "no_such_checkpoint"


class NoProofOfSize(Refusal):
    """Nothing can be proved of a log larger than the signed one. Facts: ``size`` asked for, ``newest`` signed."""

    status = 404
    code = "no_proof_of_size"


class TilePathMalformed(Refusal):
    """Not a path as c2sp.org/tlog-tiles writes it."""

    code = "tile_path_malformed"


class RangeReversed(Refusal):
    """What should come first comes last."""

    code = "range_reversed"


class MethodNotAllowed(Refusal):
    """The resource exists, the method does not."""

    status = 405
    code = "method_not_allowed"


class BodyTooLarge(Refusal):
    """The body has more bytes than the server takes."""

    status = 413
    code = "body_too_large"


class WrongMediaType(Refusal):
    """The body is declared as something else than this resource takes."""

    status = 415
    code = "wrong_media_type"


class InputInvalid(Refusal):
    """Body, query or path do not have the shape the API describes; every fault is listed."""

    status = 422
    code = "input_invalid"


class InternalFault(Refusal):
    """A bug. What it was stands in the log, not in the answer."""

    status = 500
    code = "internal_fault"


class TemporarilyUnavailable(Refusal):
    """The database is away; sending the same request with the same key again is safe."""

    status = 503
    code = "temporarily_unavailable"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "2"})
