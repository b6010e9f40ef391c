"""What happens to a saved question."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.decider import Event
from domain.text import Line


class Term(BaseModel):
    """One parameter of the search, as it stands in its address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    value: Annotated[Line, Field(min_length=1, max_length=200)]


MOST_TERMS = 200
Terms = Annotated[tuple[Term, ...], Field(max_length=MOST_TERMS)]
Name = Annotated[Line, Field(min_length=1, max_length=100)]


class QuestionSaved(Event):
    """A question was given a name."""

    type: Literal["question.saved.v1"] = "question.saved.v1"
    question_id: UUID
    owner: str
    name: str
    terms: tuple[Term, ...]


class QuestionRemoved(Event):
    """Its owner does not need it any more."""

    type: Literal["question.removed.v1"] = "question.removed.v1"


QuestionEvent = QuestionSaved | QuestionRemoved
QUESTION_EVENTS: TypeAdapter[QuestionEvent] = TypeAdapter(Annotated[QuestionEvent, Field(discriminator="type")])
