"""How somebody wants to be told, and when a message may therefore go out."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, WithJsonSchema, model_validator

from domain.channel.values import ChannelKind
from domain.item.values import Value

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


# JSON schema's own format of times wants an offset, which these refuse.
LocalTime = Annotated[
    time,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?$",
            "examples": ["21:00:00"],
        }
    ),
]


class QuietHours(Value):
    """No message goes out from ``starts`` until ``ends``, local time; across midnight where that is earlier."""

    starts: LocalTime = time(21)
    ends: LocalTime = time(8)

    @model_validator(mode="after")
    def _end(self) -> Self:
        if self.starts == self.ends:
            raise ValueError("quiet hours end at another time than they start")
        if self.starts.tzinfo is not None or self.ends.tzinfo is not None:
            raise ValueError("quiet hours are local times without an offset")
        return self

    def cover(self, moment: time) -> bool:
        """Whether a local time lies in them."""
        if self.starts < self.ends:
            return self.starts <= moment < self.ends
        return moment >= self.starts or moment < self.ends


class Immediately(Value):
    """Each message for itself, as soon as it is due."""

    kind: Literal["immediate"] = "immediate"


class Hourly(Value):
    """Once an hour, on the hour, all in one."""

    kind: Literal["hourly"] = "hourly"


class Daily(Value):
    """Once a day at an hour, all in one."""

    kind: Literal["daily"] = "daily"
    hour: Annotated[int, Field(strict=True, ge=0, le=23)] = 8


Digest = Annotated[Immediately | Hourly | Daily, Field(discriminator="kind")]


class Preferences(Value):
    """``channels``: the kinds wanted beside the inbox; None: all there are. ``quiet`` None: at any hour."""

    channels: Annotated[tuple[ChannelKind, ...], Field(max_length=len(ChannelKind))] | None = None
    quiet: QuietHours | None = QuietHours()
    digest: Digest = Immediately()
    language: Literal["zh", "en"] = "zh"

    def wants(self, kind: ChannelKind) -> bool:
        """Whether messages of this kind are wanted."""
        return self.channels is None or kind in self.channels


USUAL = Preferences()


def goes_out_at(preferences: Preferences, now: datetime, timezone: str, *, urgent: bool) -> datetime:
    """The instant from which a message may go out: now where it is urgent, else after digest and quiet hours."""
    if urgent:
        return now
    local = now.astimezone(ZoneInfo(timezone))
    match preferences.digest:
        case Immediately():
            pass
        case Hourly():
            local = local.replace(minute=0, second=0, microsecond=0) + _HOUR
        case Daily(hour=hour):
            today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
            local = today if today > local else today + _DAY
    quiet = preferences.quiet
    if quiet is not None and quiet.cover(local.time()):
        end = local.replace(hour=quiet.ends.hour, minute=quiet.ends.minute, second=quiet.ends.second, microsecond=0)
        local = end if end > local else end + _DAY
    return local.astimezone(now.tzinfo)
