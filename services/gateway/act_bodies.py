"""What the office sends to have an act of supervision issued by hand, with an example."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from domain.decider import Reason
from domain.instant import Instant
from domain.ladder import Recipient
from domain.supervision.events import Summoner
from domain.supervision.values import ActKind
from domain.text import Code, Text


class NewAct(BaseModel):
    """An act of supervision to a unit, of any kind, for a reason of the office's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ActKind = Field(description="文书种类。 Kind of act.", examples=["order"])
    unit: Code = Field(description="责任单位。 The unit it goes to.", examples=["cleaning"])
    title: Text = Field(description="事由标题。 Title.")
    reason: Reason = Field(description="为何制发。 Why it is issued.", examples=["市领导批示督办"])
    campaign_id: Code | None = Field(default=None, description="创建活动。 Campaign.")
    area: Code | None = Field(default=None, description="区域。 Area.")
    points: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(default=0, description="扣分。 Points taken off.")
    answer_by: Instant | None = Field(default=None, description="回复期限。 To be answered by.")
    summoned_by: Summoner | None = Field(
        default=None, description="约谈主体，缺省为创建办。 Who summons; the campaign office unless given."
    )
    recipients: Annotated[tuple[Recipient, ...], Field(max_length=len(Recipient))] = Field(
        default=(), description="告知对象；缺省按文书种类。 Who is told; as usual for the kind unless given."
    )


ORDER: dict[str, Any] = {
    "kind": "order",
    "unit": "cleaning",
    "title": {"zh": "限期清运东街积存垃圾", "en": "Rubbish left in East Street to be cleared"},
    "reason": "市领导批示督办",
    "area": "east",
    "answer_by": "2027-03-26T18:00:00+08:00",
}
