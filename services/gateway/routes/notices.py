"""One's own inbox and preferences; and, for those who answer for it, what was sent and how it went."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from domain.instant import Instant
from domain.notice.commands import AskForResend
from domain.notice.decisions import NoSuchNotice
from domain.preferences.commands import SetPreferences
from domain.preferences.state import PersonsPreferences
from domain.preferences.values import USUAL, Preferences
from services.gateway.answers import receipt_answer
from services.gateway.bodies import JsonBody
from services.gateway.cursors import cursor_of, place_in
from services.gateway.dependencies import AskedLanguage, CommandAsked, CurrentPrincipal, CurrentRulebook, Parts
from services.gateway.description import COMMANDING, READING, problems
from services.gateway.governing import governs_everywhere
from services.gateway.notice_views import (
    Inbox,
    InboxWanted,
    SentDetail,
    SentPage,
    SentWanted,
    notice_view,
    require_reader,
    sent_detail,
    sent_view,
)
from services.gateway.principal_handling import EmptyBody
from services.handling.aggregates import NOTICE, PREFERENCES
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.store.notice_queries import ListPlace, NoticeQueries

router = APIRouter(prefix="/v1", tags=["通知 notices"])

_WORKING_HOURS = {
    "channels": ["mail"],
    "quiet": {"starts": "18:30:00", "ends": "08:30:00"},
    "digest": {"kind": "daily", "hour": 9},
    "language": "zh",
}


class _Place(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Instant
    id: UUID


_PLACES = TypeAdapter(_Place)


@router.get("/notices", summary="收件箱 My inbox", responses=problems(*READING, "cursor_malformed"))
async def read_inbox(
    wanted: Annotated[InboxWanted, Query()],
    caller: CurrentPrincipal,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
) -> Inbox:
    """本人的通知，每件事只出现一次；不依赖任何渠道。 One's own, each thing once, whatever channels there are."""
    queries = NoticeQueries(parts.pool)
    found = await queries.inbox(caller.principal_id, wanted.unread, _after(wanted.cursor), wanted.limit + 1)
    page = found[: wanted.limit]
    more = len(found) > wanted.limit
    return Inbox(
        notices=[notice_view(row, rules, language) for row in page],
        unread=await queries.unread(caller.principal_id),
        next_cursor=cursor_of(_Place(at=page[-1].occurred_at, id=page[-1].notice_id)) if more else None,
    )


@router.post(
    "/notices/{notice_id}/read",
    status_code=204,
    summary="标为已读 Mark as read",
    responses=problems(*COMMANDING, "no_such_notice"),
)
async def mark_notice_read(
    notice_id: UUID,
    asked: CommandAsked,
    _body: Annotated[EmptyBody, Depends(JsonBody(EmptyBody, {}))],
    parts: Parts,
) -> None:
    """可重复执行，保留第一次的时间。 May be done again; the first time counts."""
    if not await NoticeQueries(parts.pool).mark_read(notice_id, asked.caller.principal_id, asked.at):
        raise NoSuchNotice


@router.get(
    "/notices/sent",
    summary="发送情况 What was sent",
    responses=problems(*READING, "role_not_allowed", "bound_to_area", "cursor_malformed"),
)
async def list_sent(
    wanted: Annotated[SentWanted, Query()], caller: CurrentPrincipal, parts: Parts, language: AskedLanguage
) -> SentPage:
    """创建办、管理员和审计可查看；未送达的用 state=failed 查找。 For office, administrators, auditors; newest first."""
    require_reader(caller)
    queries = NoticeQueries(parts.pool)
    target = f"channel:{wanted.channel}" if wanted.channel else None
    found = await queries.sent(wanted.state, target, _after(wanted.cursor), wanted.limit + 1)
    page = found[: wanted.limit]
    tried = await queries.tried([row.message_id for row in page])
    more = len(found) > wanted.limit
    return SentPage(
        messages=[sent_view(row, tried.get(row.message_id, 0), language) for row in page],
        next_cursor=cursor_of(_Place(at=page[-1].created_at, id=page[-1].message_id)) if more else None,
    )


@router.get(
    "/notices/sent/{message_id}",
    summary="查看消息 One message",
    responses=problems(*READING, "role_not_allowed", "bound_to_area", "no_such_notice"),
)
async def read_sent(message_id: UUID, caller: CurrentPrincipal, parts: Parts, language: AskedLanguage) -> SentDetail:
    """正文、每次尝试和平台的应答原文。 Its words, every attempt, and the platform's own answers."""
    require_reader(caller)
    queries = NoticeQueries(parts.pool)
    row = await queries.one_sent(message_id)
    if row is None:
        raise NoSuchNotice
    return sent_detail(row, await queries.attempts(message_id), language)


@router.post(
    "/notices/sent/{message_id}/resend",
    response_model=Receipt,
    summary="重发 Send again",
    responses=problems(*COMMANDING, "bound_to_area", "no_such_notice", "notice_did_not_fail"),
)
async def resend(
    message_id: UUID,
    asked: CommandAsked,
    _body: Annotated[EmptyBody, Depends(JsonBody(EmptyBody, {}))],
    parts: Parts,
) -> Response:
    """未送达的消息再尝试一天，编号不变。 A message that failed is tried for another day, under the same id."""
    governs_everywhere(asked.caller)
    command = AskForResend(**asked.fields)
    wish = Wish(NOTICE, message_id, command, expected_version=asked.expected_version)
    return receipt_answer(await parts.handler.handle(wish))


@router.get("/preferences", summary="通知偏好 My preferences", responses=problems(*READING))
async def read_preferences(caller: CurrentPrincipal, parts: Parts) -> Preferences:
    """本人的设置；未设置则为缺省值。 One's own; the defaults where nothing was set."""
    stored = await parts.store.state(PREFERENCES.stream(caller.principal_id))
    return PersonsPreferences.model_validate_json(stored.state).preferences if stored else USUAL


@router.put(
    "/preferences",
    response_model=Receipt,
    summary="设置通知偏好 Set my preferences",
    responses=problems(*COMMANDING),
)
async def set_preferences(
    asked: CommandAsked,
    body: Annotated[Preferences, Depends(JsonBody(Preferences, {"工作时间": _WORKING_HOURS}))],
    parts: Parts,
) -> Response:
    """渠道、免打扰时段（缺省 21:00 至 08:00）、汇总、语言。 Channels, quiet hours, digest, language.

    约谈、问责告知与决定不受免打扰和汇总限制；收件箱始终有效。 Summonses, notices and decisions of cases wait for no
    quiet hours and no digest; the inbox is always there.
    """
    mine = asked.caller.principal_id
    command = SetPreferences(**asked.fields, principal_id=mine, preferences=body)
    stream = PREFERENCES.stream(mine)
    return receipt_answer(await parts.handler.handle(Wish(PREFERENCES, stream, command)))


def _after(cursor: str | None) -> ListPlace | None:
    place = place_in(cursor, _PLACES)
    return ListPlace(place.at, place.id) if place else None
