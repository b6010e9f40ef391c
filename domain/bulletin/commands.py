"""What the campaign office can ask of a bulletin. The figures are computed by whoever gives the command."""

from typing import Annotated

from pydantic import Field

from domain.bulletin.content import BulletinKind, Content
from domain.decider import Command, Reason


class PublishBulletin(Command):
    """Publish the bulletin of a campaign's week or month, or of the whole city's."""

    campaign_id: str | None = None
    kind: BulletinKind
    content: Content


class CorrectBulletin(Command):
    """Publish a new edition in place of the newest one, which ``corrects`` names."""

    corrects: Annotated[int, Field(ge=1)]
    reason: Reason
    content: Content


BulletinCommand = PublishBulletin | CorrectBulletin
