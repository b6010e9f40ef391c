"""Puts due notices together into messages: one each while there is room for so many, the rest in a digest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from domain.instant import MICROSECOND
from domain.notice.trying import MOST_A_MINUTE, TRIED_FOR
from domain.rulebook.rulebook import Rulebook
from services.messages.catalogue import Language
from services.messages.notice_texts import letter_of, line_of
from services.store.notice_sending import DueNotice, NewMessage, NoticeSending

MOST_TOGETHER = 2000
_MESSAGES = UUID("b85e0d1c-4f27-5d93-a6c8-0e7d21f49a36")
_REFERENCE_CHARACTERS = 8


async def compose(
    sending: NoticeSending, target: str, channel: str, rules: Rulebook, now: datetime, *, most_bytes: int
) -> int:
    """Make messages of what is due for a target, as many as may be said this minute; returns how many."""
    room = MOST_A_MINUTE - await sending.said_within_a_minute(target, now) - await sending.unsent(target)
    if room <= 0:
        return 0  # what comes meanwhile goes into the next digest
    due = await sending.due(target, now, MOST_TOGETHER)
    parts = divide(due, room)
    messages = [
        replace(_message(part, target, channel, rules, now, most_bytes), created_at=now + number * MICROSECOND)
        for number, part in enumerate(parts)
    ]
    await sending.compose(messages)
    return len(messages)


def divide(due: Sequence[DueNotice], room: int) -> list[list[DueNotice]]:
    """Share notices out over messages: at most ``room``, digests of one language each, the weightiest first.

    What somebody wants bundled is bundled; of the rest as many as there is room for go alone.
    """
    alone = [notice for notice in due if not notice.bundled]
    together = [notice for notice in due if notice.bundled]
    languages = len({notice.language for notice in due})
    space = room - (languages if together else 0)
    if len(alone) > space:
        space = max(room - languages, 0)
        together, alone = [*alone[space:], *together], alone[:space]
    parts = [[notice] for notice in alone]
    for language in sorted({notice.language for notice in together}):
        parts += [[notice for notice in together if notice.language == language]]
    return parts[: max(room, 1)]


def _message(
    part: Sequence[DueNotice], target: str, channel: str, rules: Rulebook, now: datetime, most_bytes: int
) -> NewMessage:
    language: Language = "en" if part[0].language == "en" else "zh"
    notices = tuple(notice.notice_id for notice in part)
    message_id = uuid5(_MESSAGES, "\n".join([target, *map(str, notices)]))
    # The event's own mark where there is one event: then inbox, robots and mail show the same.
    reference = str(part[0].event_id if len(part) == 1 else message_id)[:_REFERENCE_CHARACTERS]
    lines = [line_of(notice.topic, _facts(notice), rules, language) for notice in part]
    letter = letter_of(lines, reference, language, most_bytes)
    return NewMessage(
        message_id=message_id,
        target=target,
        channel=channel,
        reference=reference,
        title=letter.title,
        body=letter.body,
        language=language,
        notices=notices,
        urgent=any(notice.urgent for notice in part),
        created_at=now,
        next_at=now,
        give_up_at=now + TRIED_FOR,
    )


def _facts(notice: DueNotice) -> dict[str, Any]:
    return orjson.loads(notice.facts)
