"""What is done to many items, and to which."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.limits import Limit
from domain.text import Code

MOST_ITEMS = 5_000

OpenStatus = Literal["reported", "registered", "dispatched", "rectifying", "submitted", "passed", "suspended"]
Codes = Annotated[tuple[Code, ...], Field(max_length=1000)]


class Value(BaseModel):
    """Immutable, compared by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Recompute(Value):
    """Give running clocks the limits and ladders in force now."""

    kind: Literal["recompute"] = "recompute"


class DispatchAgain(Value):
    """再交办 to one unit; without one, as the routing in force wants it."""

    kind: Literal["dispatch_again"] = "dispatch_again"
    unit: Code | None = None


class Transfer(Value):
    """转办 everything to another unit, as when a unit is dissolved."""

    kind: Literal["transfer"] = "transfer"
    to: Code


class Merge(Value):
    """并案 of duplicates into one item."""

    kind: Literal["merge"] = "merge"
    into: UUID


class Void(Value):
    """作废."""

    kind: Literal["void"] = "void"


class Extend(Value):
    """延期 by the office of its own accord."""

    kind: Literal["extend"] = "extend"
    by: Limit


Operation = Annotated[Recompute | DispatchAgain | Transfer | Merge | Void | Extend, Field(discriminator="kind")]


class Selection(Value):
    """Which open items: those that meet every condition given; areas stand for those below them too.

    Chosen anew as the operation comes to them, in the order of their ids.
    """

    campaign_id: Code | None = None
    units: Codes = ()
    areas: Codes = ()
    categories: Codes = ()
    statuses: Annotated[tuple[OpenStatus, ...], Field(max_length=7)] = ()
    items: Annotated[tuple[UUID, ...], Field(max_length=MOST_ITEMS)] = ()

    @property
    def everything(self) -> bool:
        """Whether no condition is given."""
        return self == Selection()
