"""Carries rows into the store in batches, or says what would happen; every row gets exactly one outcome."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID

from domain.actor import Actor
from domain.errors import Invalid, Rejection
from domain.item.rejections import AlreadyReported
from domain.rulebook.rulebook import Rulebook
from services.handling.aggregates import ITEM
from services.handling.command_handler import CommandHandler, KeyReused, Wish
from services.handling.numbers import ItemNumbers
from services.handling.receipts import Receipt
from services.handling.rulebooks import RulebookSource
from services.importing.conversion import Conversion, Record
from services.importing.ledger import Ledger, Row
from services.importing.mapping import MarkedMapping
from services.importing.outcomes import Note, Outcome, RowOutcome, refused
from services.importing.values import RefusedError
from services.marked_yaml import Problem, UnusableDocumentError
from services.store.import_queries import ImportQueries

BATCH = 500


@dataclass(frozen=True)
class _Candidate:
    """A record that nothing known so far keeps out, under its place in the batch."""

    place: int
    record: Record
    item_id: UUID
    key: str


class Importer:
    """Imports a ledger. A run that was killed is run again: what came in before is recognised, row by row."""

    def __init__(
        self,
        handler: CommandHandler,
        rulebooks: RulebookSource,
        numbers: ItemNumbers,
        queries: ImportQueries,
        actor: Actor,
        batch: int = BATCH,
    ) -> None:
        self._handler = handler
        self._rulebooks = rulebooks
        self._numbers = numbers
        self._queries = queries
        self._actor = actor
        self._batch = batch
        self._seen: dict[UUID, tuple[int, int]] = {}
        self._refused: dict[int, Note] = {}

    async def run(
        self, ledger: Ledger, mapping: MarkedMapping, *, at: datetime, apply: bool
    ) -> AsyncIterator[list[RowOutcome]]:
        """The outcomes of the ledger's rows, batch by batch, in the file's order; on disk when they are yielded.

        Without ``apply`` nothing is written and the outcomes say what would happen. Raises UnusableDocumentError
        before the first row where the mapping leads to codes that nobody registered.
        """
        self._seen, self._refused = {}, {}
        await self._check_codes(mapping)
        conversion = Conversion(mapping.mapping, ledger.header, at)
        for rows in _chunks(ledger.rows, self._batch):
            yield await self._import(rows, conversion, ledger.sha256, at, apply=apply)

    async def _check_codes(self, mapping: MarkedMapping) -> None:
        rules = await self._rulebooks.current(newest=True)
        _ = rules.regime()  # raises NoPolicyPublished: no row could come in
        problems: list[Problem] = []
        for field, look_up in (("category", rules.regime().category), ("area", rules.area), ("unit", rules.unit)):
            problems += mapping.check_codes(field, partial(_exists, look_up))
        if problems:
            raise UnusableDocumentError(mapping.marked.name, problems)

    async def _import(
        self, rows: Sequence[Row], conversion: Conversion, sha256: str, at: datetime, *, apply: bool
    ) -> list[RowOutcome]:
        outcomes: dict[int, RowOutcome] = {}
        repeated: dict[int, RowOutcome] = {}
        candidates: list[_Candidate] = []
        for place, row in enumerate(rows):
            try:
                record = conversion.record(row)
            except RefusedError as error:
                outcomes[place] = refused(row.line, error.note, conversion.source_id(row))
                continue
            item_id = ITEM.stream(f"{record.issue.source}\n{record.source_id}")
            again = self._again(item_id, row, record)
            if again is not None:
                repeated[place] = again
                continue
            candidates.append(_Candidate(place, record, item_id, f"import:{sha256}:{row.line}"))
        fresh = await self._unknown(candidates, outcomes)
        outcomes |= await self._write(fresh, at) if apply else await self._foresee(fresh, at)
        self._refused |= {row.line: row.notes[0] for row in outcomes.values() if row.outcome is Outcome.REFUSED}
        outcomes |= {place: self._shares_the_fate(row) for place, row in repeated.items()}
        return [outcomes[place] for place in range(len(rows))]

    def _again(self, item_id: UUID, row: Row, record: Record) -> RowOutcome | None:
        """The outcome of a row whose number stood in this file before."""
        content = hash(tuple(row.cells))
        line, same = self._seen.setdefault(item_id, (row.line, content))
        if line == row.line:
            return None
        if same != content:
            return refused(row.line, Note("number_used_twice", facts=(("line", line),)), record.source_id)
        note = Note("same_as_line", facts=(("line", line),))
        return RowOutcome(row.line, Outcome.ALREADY_IMPORTED, record.source_id, notes=(note,))

    def _shares_the_fate(self, repeated: RowOutcome) -> RowOutcome:
        """A repetition of a row that a rule refused is refused for the same reason."""
        line = dict(repeated.notes[0].facts)["line"]
        if repeated.outcome is Outcome.REFUSED or line not in self._refused:
            return repeated
        return refused(repeated.line, self._refused[int(line)], repeated.source_id)

    async def _unknown(self, candidates: Sequence[_Candidate], outcomes: dict[int, RowOutcome]) -> list[_Candidate]:
        """The candidates whose record is not in the store; the others get their outcomes."""
        known = await self._queries.known_items([one.item_id for one in candidates])
        used = await self._queries.used_keys([one.key for one in candidates])
        fresh: list[_Candidate] = []
        for one in candidates:
            number = known.get(one.item_id)
            if number is None and one.key in used:
                outcomes[one.place] = _refused_by(one.record, KeyReused(key=one.key))
            elif number is None:
                fresh.append(one)
            else:
                outcomes[one.place] = _known(one.record, number, elsewhere=one.key not in used)
        return fresh

    async def _foresee(self, fresh: Sequence[_Candidate], at: datetime) -> dict[int, RowOutcome]:
        rules = await self._rulebooks.current()
        outcomes: dict[int, RowOutcome] = {}
        for one in fresh:
            command = one.record.command(key=one.key, item_id=one.item_id, at=at, actor=self._actor)
            try:
                ITEM.decide(command, None, rules)
            except Rejection as rejection:
                outcomes[one.place] = _refused_by(one.record, rejection)
            else:
                outcomes[one.place] = _imported(one.record, None)
        return outcomes

    async def _write(self, fresh: Sequence[_Candidate], at: datetime) -> dict[int, RowOutcome]:
        timezone = _timezone(await self._rulebooks.current())
        drawn = await self._numbers.draw(len(fresh), at, timezone)
        wishes = [
            Wish(
                ITEM,
                one.item_id,
                one.record.command(key=one.key, item_id=one.item_id, number=number, at=at, actor=self._actor),
                new=True,
            )
            for one, number in zip(fresh, drawn, strict=True)
        ]
        answers = await self._handler.handle_batch(wishes)
        return {
            one.place: _answered(one.record, answer, number)
            for one, answer, number in zip(fresh, answers, drawn, strict=True)
        }


def _answered(record: Record, answer: Receipt | Rejection, drawn: str) -> RowOutcome:
    match answer:
        case Receipt(number=number) if number == drawn:
            return _imported(record, number)
        case Receipt(number=number):  # somebody imported the same file at the same time
            return _known(record, number or "", elsewhere=False)
        case AlreadyReported():
            return _known(record, str(answer.facts.get("number", "")), elsewhere=True)
        case _:
            return _refused_by(record, answer)


def _imported(record: Record, number: str | None) -> RowOutcome:
    outcome = Outcome.IMPORTED_WITH_REMARK if record.notes else Outcome.IMPORTED
    return RowOutcome(record.line, outcome, record.source_id, number, record.notes)


def _known(record: Record, number: str, *, elsewhere: bool) -> RowOutcome:
    notes = (Note("known_from_elsewhere", facts=(("number", number),)),) if elsewhere else ()
    return RowOutcome(record.line, Outcome.ALREADY_IMPORTED, record.source_id, number, notes)


def _refused_by(record: Record, rejection: Rejection) -> RowOutcome:
    note = Note(rejection.code, facts=tuple(rejection.facts.items()))
    return refused(record.line, note, record.source_id)


def _timezone(rules: Rulebook) -> str:
    return rules.regime().calendar.timezone


def _exists(look_up: Callable[[str], object], code: str) -> bool:
    try:
        look_up(code)
    except Invalid:
        return False
    return True


def _chunks(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk
