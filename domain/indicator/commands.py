"""What the campaign office can ask of the formulas: publish the next version."""

from domain.decider import Command
from domain.indicator.book import FormulaBook


class PublishFormulas(Command):
    """Put a version of the formulas in force."""

    document: FormulaBook
