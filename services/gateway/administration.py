"""What the gateway adds to commands about documents, units and areas: decided and answered on the newest rulebook."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.decider import Command, Reason
from domain.organisation.state import Area, AreaKind, Unit, UnitKind
from domain.text import Code, Text
from services.gateway.dependencies import Asked
from services.gateway.governing import governs_everywhere, still_in_office
from services.gateway.refusals import UnknownPath
from services.gateway.wiring import Gateway
from services.handling.aggregate import Aggregate
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt


class NoSuchDocument(UnknownPath):
    """That version of a catalogue, policy or calendar was never published."""

    status = 404
    code = "no_such_document"


class UnitDescription(BaseModel):
    """责任单位: what can be said of a unit, but for its code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    kind: UnitKind = "other"
    parent: Code | None = Field(default=None, description="上级单位。 The unit above.")
    head: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="负责人（主体编号，不是姓名）。 Principal id of the head, not a name."
    )

    def unit(self, code: str) -> Unit:
        """The unit so described."""
        return Unit(code=code, name=self.name, kind=self.kind, parent=self.parent, head=self.head)


class NewUnit(UnitDescription):
    """A unit to register."""

    code: Code


class ChangedUnit(UnitDescription):
    """The whole new description of a unit, and why."""

    reason: Reason


class AreaDescription(BaseModel):
    """区域: what can be said of an area, but for its code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    kind: AreaKind
    parent: Code | None = Field(default=None, description="上级区域。 The area above.")
    owner: Code | None = Field(default=None, description="属地单位。 The unit it belongs to.")
    sponsor: Code | None = Field(default=None, description="包联单位。 The sponsoring unit.")

    def area(self, code: str) -> Area:
        """The area so described."""
        return Area(
            code=code, name=self.name, kind=self.kind, parent=self.parent, owner=self.owner, sponsor=self.sponsor
        )


class NewArea(AreaDescription):
    """An area to register."""

    code: Code


class ChangedArea(AreaDescription):
    """The whole new description of an area, and why."""

    reason: Reason


async def administer(parts: Gateway, asked: Asked, aggregate: Aggregate, key: str, command: Command) -> Receipt:
    """Carry out a command so that the next request sees what it did."""
    governs_everywhere(asked.caller)
    wish = Wish(
        aggregate,
        aggregate.stream(key),
        command,
        expected_version=asked.expected_version,
        beforehand=still_in_office(asked.caller),
    )
    receipt = await parts.handler.handle(wish)
    await parts.rulebooks.current(newest=True)
    return receipt
