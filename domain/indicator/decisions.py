"""Whether formulas may be published: each version once, in order; the standard book is version 1 everywhere."""

from domain.actor import Role
from domain.errors import Forbidden, Invalid
from domain.indicator.book import FORMULAS_IN_FORCE, FormulaBook
from domain.indicator.commands import PublishFormulas
from domain.indicator.events import FormulasPublished
from domain.indicator.standard import STANDARD
from domain.rulebook.decisions import VersionOutOfOrder
from domain.rulebook.rulebook import Rulebook


class UnknownFormulas(Invalid):
    """No such version of formulas was published."""

    code = "unknown_formulas"


def decide(command: PublishFormulas, state: FormulaBook | None, rules: Rulebook) -> tuple[FormulasPublished]:
    """Publish the book. ``state`` is what already stands under this very version: nothing, if all is well."""
    if command.actor.role not in (Role.OFFICE, Role.ADMINISTRATOR):
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    book = command.document
    newest = newest_version(book.formulas_id, rules)
    if state is not None or book.version != newest + 1:
        raise VersionOutOfOrder(version=book.version, expected=newest + 1)
    return (FormulasPublished(occurred_at=command.at, document=book),)


def evolve(_state: FormulaBook | None, event: FormulasPublished) -> FormulaBook:
    """Fold: the book stands as published."""
    return event.document


def formulas(rules: Rulebook, ref: str | None) -> FormulaBook:
    """The book of a version such as ``standard@1``; without one, the newest of those in force."""
    wanted = ref or f"{FORMULAS_IN_FORCE}@{newest_version(FORMULAS_IN_FORCE, rules)}"
    book = STANDARD if wanted == STANDARD.ref else rules.formula_books.get(wanted)
    if book is None:
        raise UnknownFormulas(formulas=wanted)
    return book


def newest_version(formulas_id: str, rules: Rulebook) -> int:
    """The newest published version of formulas; 0 where there is none."""
    published = (book.version for book in rules.formula_books.values() if book.formulas_id == formulas_id)
    return max(published, default=STANDARD.version if formulas_id == STANDARD.formulas_id else 0)
