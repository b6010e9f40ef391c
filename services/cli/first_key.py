"""Makes the first administrator's key and keeps it where only the data folder's owner can read it."""

import os

from services.gateway.administrator import ensure_administrator
from services.settings import Settings

FILE_NAME = "administrator.key"


async def first_key(settings: Settings) -> str | None:
    """Create the first administrator; returns the key, which is also written to the data folder, or None."""
    key = await ensure_administrator(settings)
    if key is not None:
        file = settings.layout.root / FILE_NAME
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as written:
            written.write(f"{key}\n")
    return key
