"""What is owed: an occurrence of a duty, a task with its five fixings 五定, or a signature under a letter 责任书."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.campaign.plan import Code, Day, DutyKind, Identifier
from domain.instant import Instant
from domain.item.values import Note, Value
from domain.text import Text


class Quantity(Value):
    """Work done, in numbers: 清理小广告 1,200 张. ``kind`` is the Chinese name under which the duty asks for it."""

    kind: Annotated[str, Field(min_length=1, max_length=200)]
    amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=3)]


class MilestonePlan(Value):
    """A milestone, so many days before the inspection: 倒排工期."""

    milestone_id: Identifier
    name: Text
    days_before: Annotated[int, Field(strict=True, ge=0, le=1500)]


class Milestone(Value):
    """A milestone, to be reached by an instant."""

    milestone_id: Identifier
    name: Text
    due_at: Instant


class DutyOwed(Value):
    """One occurrence of a duty. ``quantities``: the kinds it asks for; ``by_office``: the campaign office owes it."""

    kind: Literal["duty"] = "duty"
    phase_id: Identifier
    duty_id: Identifier
    duty_kind: DutyKind
    occurrence: Instant
    quantities: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    by_office: bool = False


class TaskOwed(Value):
    """A task 任务: department (the obligation's unit), leader, task, progress and responsibility are fixed.

    ``leader`` is an opaque principal id; ``indicator`` the indicator it serves, ``standard_node`` the
    code of a node of the campaign's standard.
    """

    kind: Literal["task"] = "task"
    task_id: Identifier
    leader: Code
    supporting: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    task: Note
    responsibility: Note
    indicator: Code | None = None
    standard_node: Code | None = None
    inspection_day: Day
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=50)] = ()


class LetterOwed(Value):
    """A responsibility letter 责任书, issued to a unit, to be signed by ``signatory``, an opaque principal id."""

    kind: Literal["letter"] = "letter"
    letter_id: Identifier
    signatory: Code


Owed = Annotated[DutyOwed | TaskOwed | LetterOwed, Field(discriminator="kind")]


def needs_acceptance(owed: DutyOwed | TaskOwed | LetterOwed) -> bool:
    """Tasks are accepted 验收, and so is archive material 台账, which is reviewed and returned or accepted."""
    match owed:
        case TaskOwed():
            return True
        case DutyOwed():
            return owed.duty_kind is DutyKind.ARCHIVE_MATERIAL
        case LetterOwed():
            return False
