"""A webhook as deciding and sending need it; its address and its secrets are kept elsewhere."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.instant import Instant

WebhookStatus = Literal["active", "paused", "disabled", "retired"]


class Webhook(BaseModel):
    """``principal`` is the back-office system that is told; no ``types`` means all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_id: UUID
    principal: UUID
    host: str
    types: tuple[str, ...] = ()
    status: WebhookStatus = "active"
    registered_at: Instant
    previous_until: Instant | None = None

    def wants(self, outcome: str) -> bool:
        """Whether it is to be told of events of this type; what it is sent for a test, it always is."""
        return not self.types or outcome in self.types
