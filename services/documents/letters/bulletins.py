"""The bulletin 通报 of a week or month, with its figures and rankings, as the edition that holds."""

from collections.abc import Sequence
from decimal import Decimal

from domain.bulletin.content import NamedCriticism
from domain.bulletin.state import Bulletin
from domain.document.values import DocumentKind
from domain.indicator.book import FormulaBook
from domain.indicator.decisions import formulas
from domain.indicator.figures import Figure
from domain.indicator.ranking import Ranking
from domain.rulebook.rulebook import Rulebook
from services.documents.letter import Letter, Paragraph, Table
from services.documents.letters.wording import Reader, period, say, word, wording

_KIND = DocumentKind.BULLETIN


def bulletin_letter(bulletin: Bulletin, rules: Rulebook) -> Letter:
    """The bulletin's newest edition as a letter to all units."""
    reader, edition = Reader(rules, bulletin.campaign_id), bulletin.newest
    issuer, content = reader.office(), edition.content
    book = formulas(rules, content.formulas)
    values = {
        "bulletin": word("bulletin_kind", bulletin.kind),
        "period": period(content.period.label),
        "as_of": reader.instant(content.as_of),
        "formulas": content.formulas,
        "bulletin_number": bulletin.number,
        "edition": str(edition.edition),
    }
    corrected = (
        (Paragraph(text=say(_KIND, "corrected", **values, corrects=edition.corrects, reason=edition.reason or "")),)
        if edition.corrects
        else ()
    )
    listed = [line for ranking in content.rankings for line in _lists(ranking, rules, reader)]
    return Letter(
        kind=_KIND,
        mark=say("mark_document", issuer=issuer),
        issuer=issuer,
        number=_issue(bulletin),
        date=reader.day(edition.published_at),
        title=say(_KIND, "title", **values),
        addressee=say("everybody"),
        paragraphs=(
            *(Paragraph(text=line.format_map(values)) for line in wording()[_KIND]["paragraphs"]),
            *corrected,
        ),
        tables=(
            _figures(content.figures, book),
            *(_ranking(each, book, rules, reader) for each in content.rankings),
            *_criticisms(content.criticisms, reader),
        ),
        closing=(*(Paragraph(text=line) for line in listed), Paragraph(text=say(_KIND, "closing"))),
        copies=(reader.leading_group(),),
        values=values,
    )


def _issue(bulletin: Bulletin) -> str:
    year, _, issue = bulletin.newest.content.period.label.partition("-")
    return say(_KIND, "issue", year=year, issue=int(issue.removeprefix("W")))


def _figures(figures: Sequence[Figure], book: FormulaBook) -> Table:
    names = {formula.code: formula.name.zh for formula in book.formulas}
    columns = wording()[_KIND]["columns"]
    return Table(
        caption=say(_KIND, "figures"),
        columns=(columns["indicator"], columns["value"], columns["parts"]),
        widths=(5, 3, 3),
        rows=tuple((names.get(each.code, each.code), _value(each), _parts(each)) for each in figures),
    )


def _value(figure: Figure) -> str:
    if figure.value is None:
        return say(_KIND, "no_cases")
    if figure.denominator is None:
        return f"{figure.value.normalize():f}"
    return f"{(figure.value * 100).quantize(Decimal('0.01'))}%"


def _parts(figure: Figure) -> str:
    return str(figure.numerator) if figure.denominator is None else f"{figure.numerator}／{figure.denominator}"


def _ranking(ranking: Ranking, book: FormulaBook, rules: Rulebook, reader: Reader) -> Table:
    name = next((rule.name.zh for rule in book.rankings if rule.ranking_id == ranking.ranking_id), ranking.ranking_id)
    columns = wording()[_KIND]["columns"]
    none = say("unknown")
    return Table(
        caption=name,
        columns=(columns["rank"], columns["name"], columns["score"]),
        widths=(2, 6, 3),
        rows=tuple(
            (
                none if line.rank is None else str(line.rank),
                _name(line.code, rules, reader),
                none if line.score is None else str(line.score),
            )
            for line in ranking.lines
        ),
    )


def _criticisms(named: Sequence[NamedCriticism], reader: Reader) -> tuple[Table, ...]:
    if not named:
        return ()
    columns = wording()[_KIND]["columns"]
    table = Table(
        caption=say(_KIND, "criticisms"),
        columns=(columns["number"], columns["unit"], columns["occasion"], columns["points"]),
        widths=(5, 4, 7, 2),
        rows=tuple((each.number, reader.unit(each.unit), each.title.zh, str(each.points)) for each in named),
    )
    return (table,)


def _lists(ranking: Ranking, rules: Rulebook, reader: Reader) -> list[str]:
    listed = {"red": ranking.red, "black": ranking.black}
    return [
        say(_KIND, which, names="、".join(_name(code, rules, reader) for code in codes))
        for which, codes in listed.items()
        if codes
    ]


def _name(code: str, rules: Rulebook, reader: Reader) -> str:
    return reader.unit(code) if code in rules.units else reader.area(code)
