"""What the office sends to assign tasks 任务 and to issue responsibility letters 责任书, with examples."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.campaign.plan import Code, Day, Identifier
from domain.item.values import Note
from domain.limits import Limit
from domain.obligation.values import MilestonePlan
from domain.text import Text

MOST_LETTERS = 500


class NewTask(BaseModel):
    """A task with its five fixings 五定: department, leader, task, progress and responsibility.

    Milestones are counted back from the day of inspection, which is the plan's unless given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task_id: Identifier
    title: Text
    unit: Code = Field(description="定部门：牵头单位。 The department.")
    leader: Code = Field(description="定领导（主体编号，不是姓名）。 Principal id of the leader, not a name.")
    task: Note = Field(description="定任务。 The task.")
    responsibility: Note = Field(description="定责任。 The responsibility.")
    milestones: Annotated[tuple[MilestonePlan, ...], Field(max_length=50)] = Field(
        default=(), description="定进度：距迎检日的天数。 The progress, in days before the inspection."
    )
    supporting: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    indicator: Code | None = None
    standard_node: Code | None = Field(
        default=None, description="测评体系中的编码。 Code of a node of the campaign's standard.", examples=["1.2"]
    )
    inspection_day: Day | None = None
    complete_by: Day | None = Field(
        default=None, description="缺省为迎检日前一天。 Default: the day before the inspection."
    )


class Signature(BaseModel):
    """Who is to sign a letter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: Code
    signatory: Code = Field(description="签订人（主体编号，不是姓名）。 Principal id, not a name.")


class NewLetters(BaseModel):
    """One responsibility letter, issued to many units at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    letter_id: Identifier
    title: Text
    limit: Limit = Field(description="签订时限。 How long signing may take.")
    letters: Annotated[tuple[Signature, ...], Field(min_length=1, max_length=MOST_LETTERS)]

    @model_validator(mode="after")
    def _names_each_unit_once(self) -> Self:
        if len({letter.unit for letter in self.letters}) < len(self.letters):
            raise ValueError("单位重复 / a unit is named twice")
        return self


TASK: dict[str, Any] = {
    "task_id": "stairwells",
    "title": {"zh": "楼道整治", "en": "Stairwells put in order"},
    "unit": "cleaning",
    "leader": "2f5e0f6f-7d0a-5b53-9a54-5c1f6a520f11",
    "task": "12 个小区楼道杂物清零",
    "responsibility": "未按期完成的，通报批评",
    "supporting": ["office"],
    "indicator": "closure",
    "milestones": [
        {"milestone_id": "half-way", "name": {"zh": "完成一半", "en": "Half done"}, "days_before": 30},
        {"milestone_id": "self-check", "name": {"zh": "自查", "en": "Self-check"}, "days_before": 7},
    ],
}
LETTERS: dict[str, Any] = {
    "letter_id": "responsibility-2027",
    "title": {"zh": "2027 年创建责任书", "en": "Responsibility letter of 2027"},
    "limit": {"kind": "working_days", "amount": 5},
    "letters": [{"unit": "cleaning", "signatory": "2f5e0f6f-7d0a-5b53-9a54-5c1f6a520f11"}],
}
