"""Time stamps by RFC 3161: an authority's signed word that a checkpoint existed at a time."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    TimeStampTokenInfo,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

QUERY_TYPE = "application/timestamp-query"
_SHA256 = "2.16.840.1.101.3.4.2.1"


class TimeStampError(ValueError):
    """An answer is no time stamp of what was asked for. ``code`` says in which way."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".rstrip())
        self.code = code


def request_for(note: str) -> TimeStampRequest:
    """The request for a note: its SHA-256, a nonce, and that the answer bring its certificates."""
    builder = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def answers(content: bytes, request: TimeStampRequest, note: str) -> datetime:
    """The time in an answer to this very request. Raises TimeStampError; the signature is checked by `time_of`."""
    response, info = _granted(content, note)
    del response
    if info.nonce != request.nonce:
        raise TimeStampError("time_stamp_of_another_request")
    return info.gen_time


def time_of(content: bytes, note: str, roots: Sequence[Certificate] = ()) -> datetime:
    """The time at which an authority saw the note; signed by one below these roots, where any are given.

    Raises TimeStampError. Without roots the time is no more than a claim.
    """
    response, info = _granted(content, note)
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(response, note.encode())
        except (VerificationError, ValueError) as wrong:
            raise TimeStampError("time_stamp_not_signed", str(wrong)) from wrong
    return info.gen_time


def _granted(content: bytes, note: str) -> tuple[TimeStampResponse, TimeStampTokenInfo]:
    try:
        response = decode_timestamp_response(content)
        status = response.status
        info = response.tst_info if status == PKIStatus.GRANTED else None
    except ValueError as malformed:
        raise TimeStampError("time_stamp_malformed", str(malformed)) from malformed
    if info is None:
        raise TimeStampError("time_stamp_refused", f"status {status} {' '.join(response.status_string)}")
    imprint = info.message_imprint
    if imprint.hash_algorithm.dotted_string != _SHA256 or imprint.message != hashlib.sha256(note.encode()).digest():
        raise TimeStampError("time_stamp_of_something_else")
    return response, info
