"""Units and areas as the next decision needs them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.text import Code, Text

UnitKind = Literal[
    "leading_group", "office", "working_group", "bureau", "town", "street", "community", "village", "other"
]
AreaKind = Literal["city", "district", "town", "street", "community", "village", "grid", "building"]


class Unit(BaseModel):
    """责任单位: a body that can be given work. ``head`` is an opaque principal id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    name: Text
    kind: UnitKind = "other"
    parent: Code | None = None
    head: str | None = None
    dissolved: bool = False


class Area(BaseModel):
    """区域: a place with a code, a parent, an owner unit and possibly a sponsoring unit 包联."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    name: Text
    kind: AreaKind
    parent: Code | None = None
    owner: Code | None = None
    sponsor: Code | None = None
    abolished: bool = False
