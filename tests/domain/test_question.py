"""Saved questions belong to whoever saved them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.actor import Actor, Role
from domain.errors import Forbidden
from domain.question.commands import RemoveQuestion, SaveQuestion
from domain.question.decisions import NoSuchQuestion, QuestionExists, QuestionOfAnother, decide
from domain.question.events import QuestionRemoved, QuestionSaved, Term
from domain.question.state import Question, evolve
from domain.rulebook.rulebook import Rulebook

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
AUDITOR, OTHER = (Actor(principal=name, role=Role.AUDITOR) for name in ("a", "b"))
TERMS = (Term(name="unit", value="cleaning"),)
SAVE = SaveQuestion(command_id="s", at=AT, actor=AUDITOR, question_id=UUID(int=1), name="x", terms=TERMS)


def removal(actor: Actor = AUDITOR) -> RemoveQuestion:
    return RemoveQuestion(command_id="r", at=AT, actor=actor)


def saved() -> Question:
    [event] = decide(SAVE, None, Rulebook())
    assert isinstance(event, QuestionSaved)
    return evolve(None, event)


def test_a_question_is_saved_for_whoever_asks_and_removed_by_them():
    question = saved()
    assert (question.owner, question.terms, question.removed_at) == ("a", TERMS, None)
    [removed] = decide(removal(), question, Rulebook())
    assert isinstance(removed, QuestionRemoved)
    assert evolve(question, removed).removed_at == AT


def test_nobody_removes_what_another_saved_or_what_is_gone():
    with pytest.raises(QuestionOfAnother):
        decide(removal(OTHER), saved(), Rulebook())
    with pytest.raises(NoSuchQuestion):
        decide(removal(), None, Rulebook())
    with pytest.raises(NoSuchQuestion):
        decide(removal(), evolve(saved(), QuestionRemoved(occurred_at=AT)), Rulebook())
    with pytest.raises(QuestionExists):
        decide(SAVE, saved(), Rulebook())


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR, Role.LEADER}))
def test_only_those_who_may_ask_save_questions(role: Role):
    with pytest.raises(Forbidden):
        decide(SAVE.model_copy(update={"actor": Actor(principal="c", role=role)}), None, Rulebook())
