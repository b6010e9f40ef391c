"""Asks the store what auditors want to know, page by page, of a log of one size."""

from collections.abc import AsyncGenerator

from domain.actor import Role
from domain.campaign.rejections import NoSuchCampaign
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook
from services.gateway.access import AccessTrail
from services.gateway.audit_rights import AuditScope
from services.gateway.audit_views import AuditPage, audit_events
from services.gateway.audit_wanted import Cursor, EventsWanted, QuestionAsked, cursor_in
from services.gateway.refusals import BeyondTheLog, Refusal
from services.gateway.wiring import Gateway
from services.messages.catalogue import Language
from services.store.audit_filter import AuditFilter, Order
from services.store.audit_queries import AuditQueries, QuestionTooWideError
from services.store.records import StoredEvent
from services.store.words import WordsBehindError


class QuestionTooWide(Refusal):
    """Too much would have to be walked through: another filter, or a time, narrows it."""

    status = 422
    code = "question_too_wide"


class WordsBehind(Refusal):
    """After an upgrade or an outage of the projector, what people wrote is being made searchable."""

    status = 503
    code = "words_behind"


async def ask(
    parts: Gateway, wanted: EventsWanted, scope: AuditScope, rules: Rulebook, language: Language, trail: AccessTrail
) -> AuditPage:
    """One page, once the access log says so. Refuses what `checked` refuses, foreign cursors, and QuestionTooWide."""
    if not scope.content and (wanted.json_data or wanted.text is not None):
        raise Forbidden(role=Role.ADMINISTRATOR, command="ReadPayloads")
    queries = AuditQueries(parts.pool)
    size = await queries.log_size()
    cursor = cursor_in(wanted.cursor, wanted, size)
    size = cursor.size if cursor else size
    after = cursor.position if cursor else None
    question = await checked(queries, wanted, scope, rules, size)
    found = await page_of(queries, question, size, wanted.order, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    events = await audit_events(queries, shown, rules, language, content=scope.content, json=wanted.json_data)
    await trail.history_read(wanted.told(), wanted.persons, with_data=wanted.json_data)
    following = None
    if len(found) > wanted.limit:
        following = Cursor(position=shown[-1].position or 0, size=size).word(wanted)
    return AuditPage(log_size=size, events=events, next_cursor=following)


async def checked(
    queries: AuditQueries, wanted: QuestionAsked, scope: AuditScope, rules: Rulebook, size: int
) -> AuditFilter:
    """The filter of a question of a log of a size; refuses what `filter` refuses, and NoSuchCampaign."""
    found = wanted.filter(scope, rules, size)
    for campaign_id in wanted.campaign or ():
        if not await queries.knows_campaign(campaign_id):
            raise NoSuchCampaign(campaign=campaign_id)
    return found


async def page_of(
    queries: AuditQueries, wanted: AuditFilter, size: int, order: Order, after: int | None, limit: int
) -> list[StoredEvent]:
    """A page of events as they are stored; refuses QuestionTooWide and WordsBehind."""
    try:
        return await queries.page(wanted, size=size, order=order, after=after, limit=limit)
    except QuestionTooWideError:
        raise QuestionTooWide from None
    except WordsBehindError as error:
        raise WordsBehind(headers={"Retry-After": "10"}, position=error.position + 1, size=error.size) from None


async def every_page(
    queries: AuditQueries, wanted: AuditFilter, size: int, order: Order, after: int | None
) -> AsyncGenerator[list[StoredEvent]]:
    """All pages after a position, one after the other; refuses BeyondTheLog, and QuestionTooWide."""
    if after is not None and after >= size:
        raise BeyondTheLog(size=size)
    while page := await page_of(queries, wanted, size, order, after, _AT_ONCE):
        yield page
        if len(page) < _AT_ONCE:
            return
        after = page[-1].position


_AT_ONCE = 1000
