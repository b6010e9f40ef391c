"""Signs a message as Standard Webhooks has it: once with every secret that is valid."""

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook as Signer

SECRET_PREFIX = "whsec_"  # noqa: S105 - tells what kind of secret follows
SECRET_BYTES = 32


def secret_text(secret: bytes) -> str:
    """A secret as it is shown once and as receivers' libraries take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


def signed_headers(message: UUID, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers. The id stays the same over all attempts; the time is that of this one."""
    text = body.decode()
    signatures = [Signer(secret).sign(str(message), at, text) for secret in secrets]
    return {
        "webhook-id": str(message),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
