"""What happens when the campaign office publishes formulas."""

from typing import Literal

from domain.decider import Event
from domain.indicator.book import FormulaBook


class FormulasPublished(Event):
    """A version of the formulas is in force from now on; figures can still be asked for under older ones."""

    type: Literal["formulas.published.v1"] = "formulas.published.v1"
    document: FormulaBook
