"""The types of messages that a webhook can ask for: one for each thing that can happen to an item."""

from typing import get_args

from domain.item.events import ItemEvent

PREFIX = "duban."
PING = "duban.webhook.ping.v1"
OUTCOMES: frozenset[str] = frozenset(PREFIX + event.model_fields["type"].default for event in get_args(ItemEvent))


def outcome_type(event_type: str) -> str:
    """The type under which an event goes out."""
    return PREFIX + event_type
