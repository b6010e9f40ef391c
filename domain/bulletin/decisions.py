"""Whether a bulletin may be published or corrected: once per period, and only the newest edition can be replaced."""

from typing import assert_never

from domain.actor import Actor, Role
from domain.bulletin.commands import BulletinCommand, CorrectBulletin, PublishBulletin
from domain.bulletin.content import Content
from domain.bulletin.events import BulletinCorrected, BulletinEvent, BulletinPublished
from domain.bulletin.state import Bulletin
from domain.decider import Command
from domain.errors import Forbidden, Invalid, Rejection
from domain.rulebook.rulebook import Rulebook


class BulletinAlreadyPublished(Rejection):
    """That campaign has a bulletin of this kind for this period; correct it instead."""

    code = "bulletin_already_published"


class NoSuchBulletin(Rejection):
    """There is nothing to correct."""

    code = "no_such_bulletin"


class EditionSuperseded(Rejection):
    """Another edition has replaced the one that was to be corrected."""

    code = "edition_superseded"


class PeriodNotBegun(Invalid):
    """The period lies ahead, or behind the moment that the figures are of; there is nothing to tell yet."""

    code = "period_not_begun"


class AnotherPeriod(Invalid):
    """A correction is about the period of the bulletin it corrects."""

    code = "another_period"


def check_permission(actor: Actor, command: type[BulletinCommand]) -> None:
    """Refuse whoever is not the campaign office."""
    if actor.role is not Role.OFFICE:
        raise Forbidden(role=actor.role, command=command.__name__)


def decide(command: BulletinCommand, state: Bulletin | None, _rules: Rulebook) -> tuple[BulletinEvent]:
    """Turn a command about one bulletin into its event."""
    check_permission(command.actor, type(command))
    _has_begun(command, command.content)
    match command:
        case PublishBulletin():
            if state is not None:
                raise BulletinAlreadyPublished(bulletin=state.number)
            published = BulletinPublished(
                occurred_at=command.at, campaign_id=command.campaign_id, kind=command.kind, content=command.content
            )
            return (published,)
        case CorrectBulletin():
            if state is None:
                raise NoSuchBulletin
            newest = state.newest
            if command.corrects != newest.edition:
                raise EditionSuperseded(edition=command.corrects, newest=newest.edition)
            if command.content.period != newest.content.period:
                raise AnotherPeriod(period=command.content.period.label, bulletin=state.number)
            corrected = BulletinCorrected(
                occurred_at=command.at,
                edition=newest.edition + 1,
                corrects=newest.edition,
                reason=command.reason,
                content=command.content,
            )
            return (corrected,)
        case _:
            assert_never(command)


def _has_begun(command: Command, content: Content) -> None:
    if content.period.starts_at >= min(command.at, content.as_of):
        raise PeriodNotBegun(period=content.period.label)
