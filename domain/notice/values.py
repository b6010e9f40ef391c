"""What a message's outcome is told with."""

from typing import Annotated, Literal

from pydantic import Field

# What the platform calls its answer: errcode 0, 45009, or SMTP's 250; a word of ours where nobody answered.
PlatformCode = Annotated[str, Field(min_length=1, max_length=40)]
# gave_up: tried for as long as messages are tried. refused: it can never be taken. no_address: there is none any more.
FailureReason = Literal["gave_up", "refused", "no_address"]
