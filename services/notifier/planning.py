"""Decides for each event of the log who is told, where, and from when on; each recipient hears of each event once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from domain.channel.values import ChannelKind
from domain.notice.events import ResendAsked
from domain.notice.telling import TOLD, Telling, telling
from domain.notice.trying import TRIED_FOR
from domain.preferences.values import USUAL, Immediately, goes_out_at
from services.handling.aggregates import AGGREGATES
from services.messages.notice_texts import timezone_of
from services.notifier.audience import City, Place
from services.store.notice_planning import NoticeRow, ResendRow, ToldOf, WaitingRow

_NOTICES = UUID("3d1f6a52-8c0e-5b7a-9e41-6d2c7f80b913")
_RESEND: str = ResendAsked.model_fields["type"].default
READ = (*TOLD, _RESEND)
# Whoever was away longer finds it in the inbox: old news on every channel at once would help nobody.
SENT_UNTIL = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a page of the log leads to."""

    notices: tuple[NoticeRow, ...]
    waiting: tuple[WaitingRow, ...]
    again: tuple[ResendRow, ...]


def plan(events: Sequence[ToldOf], city: City, now: datetime, *, mail: bool) -> Plan:
    """Who is told of what. ``mail``: whether there is a mail server."""
    notices: list[NoticeRow] = []
    waiting: list[WaitingRow] = []
    again: list[ResendRow] = []
    for event in events:
        if event.type == _RESEND:
            until = event.occurred_at + TRIED_FOR
            again += [ResendRow(event.stream_id, now, until)] if now < until else []
            continue
        told = telling(AGGREGATES[event.kind].events.validate_json(event.data))
        if told is None:
            continue
        place = Place(told.unit or event.unit, event.area, event.stream_id, event.kind)
        facts = _facts(told, event, place)
        late = now - event.occurred_at > SENT_UNTIL
        for person in city.people(told.to, place):
            notice = _notice(person, told, event, facts)
            notices.append(notice)
            waiting += [] if late else _for_person(notice, person, city, now, mail=mail)
        for channel in city.groups(told.to, place):
            target = channel_target(channel.channel_id)
            notice = _notice(target, told, event, facts)
            notices.append(notice)
            if not late:
                at = goes_out_at(USUAL, now, timezone_of(city.rules), urgent=told.urgent)
                row = WaitingRow(
                    target=target,
                    notice_id=notice.notice_id,
                    not_before=at,
                    bundled=False,
                    language=channel.language,
                )
                waiting.append(row)
    return Plan(tuple(notices), tuple(waiting), tuple(again))


def channel_target(channel_id: UUID) -> str:
    """Where a channel's messages go."""
    return f"channel:{channel_id}"


def mail_target(principal_id: str) -> str:
    """Where one person's mail goes: to the address that is known when it is sent."""
    return f"mail:{principal_id}"


def _for_person(notice: NoticeRow, person: str, city: City, now: datetime, *, mail: bool) -> list[WaitingRow]:
    wishes = city.wishes_of(person)
    targets = [channel_target(each.channel_id) for each in city.own_channels(person) if wishes.wants(each.kind)]
    if mail and person in city.with_mail and wishes.wants(ChannelKind.MAIL):
        targets.append(mail_target(person))
    at = goes_out_at(wishes, now, timezone_of(city.rules), urgent=notice.urgent)
    return [
        WaitingRow(
            target=target,
            notice_id=notice.notice_id,
            not_before=at,
            bundled=not notice.urgent and not isinstance(wishes.digest, Immediately),
            language=wishes.language,
        )
        for target in targets
    ]


def _notice(recipient: str, told: Telling, event: ToldOf, facts: Mapping[str, Any]) -> NoticeRow:
    return NoticeRow(
        notice_id=uuid5(_NOTICES, f"{event.event_id}\n{recipient}"),
        recipient=recipient,
        event_id=event.event_id,
        stream_id=event.stream_id,
        kind=event.kind,
        topic=told.topic,
        facts=orjson.dumps(facts),
        urgent=told.urgent,
        weight=told.weight,
        occurred_at=event.occurred_at,
    )


def _facts(told: Telling, event: ToldOf, place: Place) -> dict[str, Any]:
    known = {
        "number": event.number,
        "title": event.title,
        "english_title": event.english_title,
        "unit": place.unit,
    }
    return {name: value for name, value in known.items() if value is not None} | dict(told.facts)
