"""Whether a question may be saved or removed: by those who may ask, and by its owner."""

from typing import assert_never

from domain.actor import Role
from domain.errors import Forbidden, Rejection
from domain.question.commands import QuestionCommand, RemoveQuestion, SaveQuestion
from domain.question.events import QuestionEvent, QuestionRemoved, QuestionSaved
from domain.question.state import Question
from domain.rulebook.rulebook import Rulebook

_ASKING = frozenset({Role.AUDITOR, Role.LEADER})


class NoSuchQuestion(Rejection):
    """Nobody saved it, or it was removed."""

    code = "no_such_question"


class QuestionExists(Rejection):
    """A question stands under this id already."""

    code = "question_exists"


class QuestionOfAnother(Rejection):
    """Only whoever saved a question may remove it."""

    code = "question_of_another"


def decide(command: QuestionCommand, state: Question | None, _rules: Rulebook) -> tuple[QuestionEvent, ...]:
    """Turn a command about one question into its event."""
    if command.actor.role not in _ASKING:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    match command:
        case SaveQuestion():
            if state is not None:
                raise QuestionExists
            saved = QuestionSaved(
                occurred_at=command.at,
                question_id=command.question_id,
                owner=command.actor.principal,
                name=command.name,
                terms=command.terms,
            )
            return (saved,)
        case RemoveQuestion():
            if state is None or state.removed_at is not None:
                raise NoSuchQuestion
            if state.owner != command.actor.principal:
                raise QuestionOfAnother
            return (QuestionRemoved(occurred_at=command.at),)
        case _:
            assert_never(command)
