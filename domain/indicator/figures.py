"""A figure: what a formula gave, with numerator and denominator, or no value where there were no cases."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_PLACES = Decimal("0.000001")


class Figure(BaseModel):
    """One indicator's result. ``value`` is None where the denominator has no cases: neither 0 % nor 100 %."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    numerator: Annotated[int, Field(ge=0)]
    denominator: Annotated[int, Field(ge=0)] | None = None
    value: Decimal | None = None


def figure(code: str, numerator: int, denominator: int | None) -> Figure:
    """The figure of a share, to six decimals, or of a count where there is no denominator."""
    if denominator is None:
        return Figure(code=code, numerator=numerator, value=Decimal(numerator))
    value = (Decimal(numerator) / denominator).quantize(_PLACES) if denominator else None
    return Figure(code=code, numerator=numerator, denominator=denominator, value=value)
