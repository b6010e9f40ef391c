"""Whether it is night for a target: what was held up or is tried again waits for the morning as everything does."""

from datetime import datetime
from uuid import UUID

from domain.channel.state import Channel
from domain.channel.values import PersonServed
from domain.preferences.state import PersonsPreferences
from domain.preferences.values import USUAL, Immediately, Preferences, goes_out_at
from services.handling.aggregates import PREFERENCES
from services.store.notice_sending import NoticeSending


async def quiet_until(sending: NoticeSending, target: str, timezone: str, now: datetime) -> datetime:
    """When the quiet hours of a target end; now where there are none. Groups keep the usual ones."""
    preferences = await _preferences(sending, target)
    return goes_out_at(preferences.model_copy(update={"digest": Immediately()}), now, timezone, urgent=False)


async def _preferences(sending: NoticeSending, target: str) -> Preferences:
    place, _, name = target.partition(":")
    person = name if place == "mail" else await _served(sending, UUID(name))
    if person is None:
        return USUAL
    state = await sending.state(PREFERENCES.stream(person))
    return USUAL if state is None else PersonsPreferences.model_validate_json(state).preferences


async def _served(sending: NoticeSending, channel_id: UUID) -> str | None:
    """The person a channel serves, where it serves one alone."""
    state = await sending.state(channel_id)
    serves = Channel.model_validate_json(state).serves if state is not None else None
    return serves.principal if isinstance(serves, PersonServed) else None
