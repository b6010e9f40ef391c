"""What auditors can do with their questions."""

from uuid import UUID

from domain.decider import Command
from domain.question.events import Name, Terms


class SaveQuestion(Command):
    """Keep a question under a name; whoever gives this owns it. The terms were checked to be a question."""

    question_id: UUID
    name: Name
    terms: Terms


class RemoveQuestion(Command):
    """Remove one's own question."""


QuestionCommand = SaveQuestion | RemoveQuestion
