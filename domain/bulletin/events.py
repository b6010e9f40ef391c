"""What happens to the bulletin of a week or month."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.bulletin.content import BulletinKind, Content
from domain.decider import Event


class BulletinPublished(Event):
    """通报 published: edition 1, and final."""

    type: Literal["bulletin.published.v1"] = "bulletin.published.v1"
    campaign_id: str | None = None
    kind: BulletinKind
    content: Content


class BulletinCorrected(Event):
    """更正: a new edition that names the one it replaces. The old one stands as it was."""

    type: Literal["bulletin.corrected.v1"] = "bulletin.corrected.v1"
    edition: int
    corrects: int
    reason: str
    content: Content


BulletinEvent = BulletinPublished | BulletinCorrected
BULLETIN_EVENTS: TypeAdapter[BulletinEvent] = TypeAdapter(Annotated[BulletinEvent, Field(discriminator="type")])
