"""A saved question as it stands."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from domain.instant import Instant
from domain.question.events import QuestionEvent, QuestionRemoved, QuestionSaved, Term


class Question(BaseModel):
    """A name and the terms under it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_id: UUID
    owner: str
    name: str
    terms: tuple[Term, ...]
    saved_at: Instant
    removed_at: datetime | None = None


class ImpossibleHistoryError(RuntimeError):
    """Something happened to a question before it was saved: the stored stream is damaged."""


def evolve(state: Question | None, event: QuestionEvent) -> Question:
    """Fold one event into the question."""
    match event:
        case QuestionSaved():
            return Question(
                question_id=event.question_id,
                owner=event.owner,
                name=event.name,
                terms=event.terms,
                saved_at=event.occurred_at,
            )
        case QuestionRemoved():
            if state is None:
                raise ImpossibleHistoryError(event.type)
            return state.model_copy(update={"removed_at": event.occurred_at})
        case _:
            assert_never(event)
