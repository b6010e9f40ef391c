"""Finds the people and groups behind the roles in which somebody is told, and nobody who may not see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from domain.actor import Role
from domain.channel.state import Channel
from domain.channel.values import BodyServed, CityServed, PersonServed, UnitServed
from domain.ladder import Recipient
from domain.notice.telling import Audience
from domain.preferences.values import USUAL, Preferences
from domain.principal.state import Principal
from domain.rulebook.rulebook import Rulebook
from services.handling.bounds import hears_of

_BODY = {Recipient.OFFICE: "office", Recipient.LEADING_GROUP: "leading_group"}
_ROLE = {Recipient.OFFICE: Role.OFFICE, Recipient.LEADING_GROUP: Role.LEADER}


@dataclass(frozen=True, slots=True)
class Place:
    """What decides who is behind a role: the unit meant, the area it lies in, the stream and its kind."""

    unit: str | None
    area: str | None
    stream_id: UUID
    kind: str = "item"


@dataclass(frozen=True)
class City:
    """Everybody who can be told, and how they want to be."""

    rules: Rulebook
    principals: Sequence[Principal] = ()
    channels: Sequence[Channel] = ()
    preferences: Mapping[str, Preferences] = field(default_factory=dict[str, Preferences])
    with_mail: frozenset[str] = frozenset()

    def wishes_of(self, principal_id: str) -> Preferences:
        """How somebody wants to be told."""
        return self.preferences.get(principal_id, USUAL)

    def people(self, audience: Sequence[Audience], place: Place) -> list[str]:
        """The ids of all people meant, each once."""
        found = (person for who in audience for person in self._people(who, place))
        return list(dict.fromkeys(person for person in found if self._may_see(person, place)))

    def groups(self, audience: Sequence[Audience], place: Place) -> list[Channel]:
        """The channels of all groups meant, each once."""
        found = [channel for who in audience for channel in self.channels if self._is_group(channel, who, place)]
        return list({channel.channel_id: channel for channel in found}.values())

    def own_channels(self, principal_id: str) -> list[Channel]:
        """The channels that serve this one person."""
        return [
            channel
            for channel in self.channels
            if isinstance(channel.serves, PersonServed) and channel.serves.principal == principal_id
        ]

    def _people(self, who: Audience, place: Place) -> Iterator[str]:
        match who:
            case Recipient.HANDLER:
                yield from self._handlers(place.unit)
            case Recipient.UNIT_HEAD:
                yield from self._head(place.unit)
            case Recipient.SPONSOR:
                yield from self._head(self._sponsor(place.area))
            case Recipient.OFFICE | Recipient.LEADING_GROUP:
                yield from (p.principal_id for p in self.principals if p.standing.role is _ROLE[who])
            case "city" | "channel":
                return

    def _handlers(self, unit: str | None) -> Iterator[str]:
        """Those of the unit; where it has none, of the nearest unit above that has some."""
        for here in (unit, *(self.rules.unit_lineage(unit) if unit else ())):
            found = self._handlers_by_unit.get(here or "", [])
            if found:
                yield from found
                return

    def _head(self, unit: str | None) -> Iterator[str]:
        found = self.rules.units.get(unit) if unit else None
        if found is not None and found.head is not None and found.head in self._by_id:
            yield found.head

    def _sponsor(self, area: str | None) -> str | None:
        """The unit that sponsors the area 包联, or the nearest one above it."""
        for here in self.rules.area_lineage(area) if area else ():
            found = self.rules.areas.get(here)
            if found is not None and found.sponsor is not None:
                return found.sponsor
        return None

    def _is_group(self, channel: Channel, who: Audience, place: Place) -> bool:
        match channel.serves:
            case _ if who == "channel":
                return channel.channel_id == place.stream_id
            case UnitServed(unit=unit):
                own = who in {Recipient.HANDLER, Recipient.UNIT_HEAD} and unit == place.unit
                return own or (who is Recipient.SPONSOR and unit == self._sponsor(place.area))
            case BodyServed(body=body):
                return isinstance(who, Recipient) and _BODY.get(who) == body
            case CityServed():
                return who == "city"
            case PersonServed():
                return False

    def _may_see(self, person: str, place: Place) -> bool:
        """Nobody hears of what does not exist for them."""
        known = self._by_id.get(person)
        return known is not None and hears_of(place.kind, place.unit, place.area, known.standing, self.rules)

    @cached_property
    def _by_id(self) -> Mapping[str | None, Principal]:
        return {principal.principal_id: principal for principal in self.principals}

    @cached_property
    def _handlers_by_unit(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for principal in self.principals:
            if principal.standing.role is Role.HANDLER and principal.standing.unit:
                found.setdefault(principal.standing.unit, []).append(principal.principal_id)
        return found
