"""What a command is answered with, now and whenever the same key comes again."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Receipt(BaseModel):
    """The aggregate after the command. ``events`` names what the command added; none where nothing was left to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID = Field(description="The aggregate's stream id; for an item, its id.")
    number: str | None = Field(
        description="The item's number, the unit's or area's code, the document's version; null while it has none.",
        examples=["2026-0000123"],
    )
    version: int = Field(description="How many events the aggregate has; usable in If-Match.", examples=[3])
    status: str | None = Field(description="The step it is in now.", examples=["dispatched"])
    due_at: datetime | None = Field(default=None, description="When the running clock runs out.")
    next_due_at: datetime | None = Field(default=None, description="When something follows by itself.")
    next_due: str | None = Field(default=None, description="What then follows: overdue, a rung, a review.")
    events: tuple[str, ...] = Field(
        description="Types of the events that followed.",
        examples=[["item.reported.v1", "item.registered.v1", "item.dispatched.v1"]],
    )
