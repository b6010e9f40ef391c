"""The columns that lists filter and sort by, from the state of each kind of aggregate."""

from uuid import UUID

from domain.access.state import AccessDay
from domain.accountability.due import next_due as next_due_in_case
from domain.accountability.state import Case
from domain.accountability.state import running_clock as running_clock_of_case
from domain.accountability.values import Cause, HandCause, RankingCause, RungCause
from domain.bulk.state import Bulk, Working
from domain.bulletin.state import Bulletin
from domain.campaign.due import next_due as next_due_in_campaign
from domain.campaign.state import Campaign
from domain.channel.state import Channel
from domain.designation.state import Designation
from domain.document.state import IssuedDocument, Template
from domain.indicator.book import FormulaBook
from domain.item.due import next_due
from domain.item.state import OPEN_STATUSES, Item, assignment_of, running_clock
from domain.ladder import RUNGS
from domain.notice.state import Notice
from domain.obligation.due import next_due as next_due_on_obligation
from domain.obligation.state import Obligation
from domain.obligation.state import running_clock as running_clock_on_obligation
from domain.organisation.state import Area, Unit
from domain.person.state import Erased
from domain.preferences.state import PersonsPreferences
from domain.principal.state import Principal
from domain.question.state import Question
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.standard import Standard
from domain.supervision.due import next_due as next_due_on_act
from domain.supervision.state import Act
from domain.supervision.state import running_clock as running_clock_on_act
from domain.webhook.state import Webhook
from services.store.records import ListRow


def item_row(item: Item) -> ListRow:
    """The columns of an item."""
    file, assignment, clock, due = item.dossier, assignment_of(item), running_clock(item), next_due(item)
    return ListRow(
        number=file.number,
        status=item.status,
        open=item.status in OPEN_STATUSES,
        campaign_id=file.campaign_id,
        unit=assignment.unit if assignment else None,
        area=file.issue.area,
        category=file.issue.category,
        channel=file.issue.channel,
        source=file.issue.source,
        title=file.issue.title,
        reported_at=file.reported_at,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=(due.rung or due.what) if due else None,
        highest_rung=max((climb.rung for climb in file.climbs), key=RUNGS.index, default=None),
        supporting=(assignment.supporting or None) if assignment else None,
    )


def unit_row(unit: Unit) -> ListRow:
    """The columns of a unit."""
    return ListRow(
        number=unit.code, status="dissolved" if unit.dissolved else "active", unit=unit.code, title=unit.name.zh
    )


def area_row(area: Area) -> ListRow:
    """The columns of an area."""
    return ListRow(
        number=area.code, status="abolished" if area.abolished else "active", area=area.code, title=area.name.zh
    )


def principal_row(principal: Principal) -> ListRow:
    """The columns of a principal."""
    standing = principal.standing
    return ListRow(
        number=principal.principal_id,
        status="active" if principal.active else "deactivated",
        unit=standing.unit,
        area=standing.area,
    )


def person_row(person: Erased) -> ListRow:
    """The columns of an erased person."""
    return ListRow(number=person.person_id, status="erased")


def campaign_row(campaign: Campaign) -> ListRow:
    """The columns of a campaign."""
    plan, due = campaign.plan, next_due_in_campaign(campaign)
    return ListRow(
        number=plan.campaign_id,
        status=campaign.status,
        open=campaign.status in ("running", "paused"),
        campaign_id=plan.campaign_id,
        unit=plan.office,
        category=plan.title,
        title=plan.name.zh,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def obligation_row(obligation: Obligation) -> ListRow:
    """The columns of an obligation."""
    record, due = obligation.record, next_due_on_obligation(obligation)
    clock = running_clock_on_obligation(obligation)
    return ListRow(
        number=record.number,
        status=obligation.status,
        open=clock is not None,
        campaign_id=record.campaign_id,
        unit=record.unit,
        category=record.owed.kind,
        title=record.title.zh,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=(due.rung or due.what) if due else None,
        highest_rung=max((climb.rung for climb in record.climbs), key=RUNGS.index, default=None),
        supporting=(record.owed.supporting or None) if record.owed.kind == "task" else None,
    )


def case_row(case: Case) -> ListRow:
    """The columns of an accountability case. ``category``: what it was opened for, ``source``: that by its id."""
    opened, clock, due = case.record.opened, running_clock_of_case(case), next_due_in_case(case)
    source = _cause_id(opened.cause)
    return ListRow(
        number=opened.number.text,
        status=case.status,
        open=clock is not None,
        campaign_id=opened.campaign_id,
        unit=opened.unit,
        area=opened.area,
        category=opened.cause.kind,
        source=str(source) if source else None,
        title=opened.title.zh,
        reported_at=opened.occurred_at,
        due_at=clock.due_at if clock else None,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
    )


def act_row(act: Act) -> ListRow:
    """The columns of an act of supervision. ``source``: what gave rise to it, by its id. No number until it is issued.

    Open is what the service or the office still has to do something about; the unit's answer keeps nothing open.
    """
    file, clock, due = act.file, running_clock_on_act(act), next_due_on_act(act)
    planned, cause = file.planned, file.planned.cause
    source = _cause_id(cause)
    answer_by = planned.answer_by if act.status in ("issued", "published") and file.answered is None else None
    return ListRow(
        number=file.issued.number.text if file.issued else None,
        status=act.status,
        open=act.status in ("planned", "summoned"),
        campaign_id=planned.campaign_id,
        unit=planned.unit,
        area=planned.area,
        category=planned.kind,
        source=str(source) if source else None,
        title=planned.title.zh,
        reported_at=planned.occurred_at,
        due_at=clock.due_at if clock else answer_by,
        next_due_at=due.at if due else None,
        next_due=due.what if due else None,
        highest_rung=cause.rung if cause.kind == "rung" else None,
    )


def _cause_id(cause: Cause) -> UUID | None:
    """The item, obligation or bulletin that gave rise to an act or a case."""
    match cause:
        case RungCause():
            return cause.stream_id
        case RankingCause():
            return cause.bulletin_id
        case HandCause():
            return None


def designation_row(designation: Designation) -> ListRow:
    """The columns of a designation."""
    grant = designation.grant
    return ListRow(
        number=f"{grant.campaign_id}/{grant.designation}/{grant.area}",
        status=designation.status,
        campaign_id=grant.campaign_id,
        area=grant.area,
        category=grant.designation,
        reported_at=grant.granted_at,
    )


def bulk_row(bulk: Bulk) -> ListRow:
    """The columns of a bulk operation."""
    progress, working = bulk.progress, isinstance(bulk, Working)
    return ListRow(
        number=str(progress.operation_id),
        status=bulk.status,
        open=bulk.status in ("working", "paused"),
        campaign_id=progress.selection.campaign_id,
        category=progress.operation.kind,
        title=progress.reason,
        reported_at=progress.started_at,
        next_due_at=progress.updated_at if working else None,
        next_due="page" if working else None,
    )


def bulletin_row(bulletin: Bulletin) -> ListRow:
    """The columns of a bulletin."""
    return ListRow(
        number=bulletin.number,
        status="corrected" if bulletin.newest.corrects else "published",
        campaign_id=bulletin.campaign_id,
        category=bulletin.kind,
        reported_at=bulletin.editions[0].published_at,
    )


def channel_row(channel: Channel) -> ListRow:
    """The columns of a channel."""
    return ListRow(
        number=str(channel.channel_id),
        status="retired" if channel.retired else "active",
        unit=channel.serves.unit if channel.serves.kind == "unit" else None,
        category=channel.kind,
        title=channel.name,
    )


def notice_row(notice: Notice) -> ListRow:
    """The columns of a message's outcome."""
    return ListRow(number=str(notice.message_id), status=notice.status, category=notice.channel)


def preferences_row(preferences: PersonsPreferences) -> ListRow:
    """The columns of somebody's preferences."""
    return ListRow(number=preferences.principal_id, status="active")


def webhook_row(webhook: Webhook) -> ListRow:
    """The columns of a webhook."""
    return ListRow(
        number=str(webhook.webhook_id),
        status=webhook.status,
        title=webhook.host,
        source=str(webhook.principal),
        reported_at=webhook.registered_at,
    )


def question_row(question: Question) -> ListRow:
    """The columns of a saved question."""
    return ListRow(
        number=str(question.question_id),
        status="removed" if question.removed_at else "active",
        open=question.removed_at is None,
        title=question.name,
        source=question.owner,
        reported_at=question.saved_at,
    )


def document_row(document: Catalogue | Policy | CalendarDocument | Standard | FormulaBook) -> ListRow:
    """The columns of a published document."""
    return ListRow(number=document.ref, status="published")


def issued_document_row(document: IssuedDocument) -> ListRow:
    """The columns of a document that was issued on demand. ``source``: the id of what it is about."""
    about = document.about
    return ListRow(
        number=document.number,
        status="issued",
        campaign_id=document.campaign_id,
        unit=document.unit,
        area=document.area,
        category=document.kind,
        source=None if about.kind == "items" else str(about.stream_id),
        title=document.title,
        reported_at=document.issued_at,
    )


def template_row(template: Template) -> ListRow:
    """The columns of the templates of a kind of letter."""
    return ListRow(number=f"{template.kind}@{template.newest.version}", status="published", category=template.kind)


def access_row(_day: AccessDay) -> ListRow:
    """No list shows days of accesses; the access log is read event by event."""
    return ListRow()
