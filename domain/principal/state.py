"""A principal as authentication needs it. Names and telephone numbers are kept elsewhere, where they can be erased."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.actor import Role
from domain.text import Code, Line

OWN_SOURCE = "duban"


class Standing(BaseModel):
    """What a principal is: exactly one role, and what bounds its sight.

    ``unit``: a handler's unit. ``area``: sees only this area and those below it. ``sources``: the CloudEvents sources a
    back-office system reports from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    unit: Code | None = None
    area: Code | None = None
    sources: Annotated[tuple[Annotated[Line, Field(min_length=1, max_length=100)], ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _has_what_its_role_needs(self) -> Self:
        if self.role is Role.HANDLER and self.unit is None:
            raise ValueError("a handler belongs to a unit")
        if (self.role is Role.SYSTEM) != bool(self.sources):
            raise ValueError("a system, and nobody else, has sources")
        if any(source.partition(":")[0] == OWN_SOURCE for source in self.sources):
            raise ValueError(f"sources named {OWN_SOURCE} are this service's own")
        return self


class Principal(BaseModel):
    """``keys`` are the ids of API keys in force; none is in force once the principal is deactivated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal_id: str
    standing: Standing
    active: bool = True
    keys: tuple[str, ...] = ()
