"""A bulletin with all its editions, and how events add to them."""

from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field

from domain.bulletin.content import BulletinKind, Content
from domain.bulletin.events import BulletinCorrected, BulletinEvent, BulletinPublished
from domain.instant import Instant


class Edition(BaseModel):
    """One edition; ``corrects`` and ``reason`` where it replaces another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: Annotated[int, Field(ge=1)]
    published_at: Instant
    corrects: int | None = None
    reason: str | None = None
    content: Content


class Bulletin(BaseModel):
    """The bulletin of one campaign, kind and period. The last edition is the one that holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign_id: str | None = None
    kind: BulletinKind
    editions: tuple[Edition, ...]

    @property
    def newest(self) -> Edition:
        """The edition that holds."""
        return self.editions[-1]

    @property
    def number(self) -> str:
        """What people call it, such as ``weekly/2026-W47``, after the campaign where it has one."""
        return "/".join(part for part in (self.campaign_id, self.kind, self.newest.content.period.label) if part)


class ImpossibleHistoryError(RuntimeError):
    """A correction of nothing: the stored stream is damaged."""


def evolve(state: Bulletin | None, event: BulletinEvent) -> Bulletin:
    """Fold one event into the bulletin."""
    match event:
        case BulletinPublished():
            first = Edition(edition=1, published_at=event.occurred_at, content=event.content)
            return Bulletin(campaign_id=event.campaign_id, kind=event.kind, editions=(first,))
        case BulletinCorrected():
            if state is None:
                raise ImpossibleHistoryError(event.type)
            edition = Edition(
                edition=event.edition,
                published_at=event.occurred_at,
                corrects=event.corrects,
                reason=event.reason,
                content=event.content,
            )
            return state.model_copy(update={"editions": (*state.editions, edition)})
        case _:
            assert_never(event)
