"""What `duban import` does: open, hold the mapping against the file, run row by row, report, sum up."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from domain.actor import Actor, Role
from domain.text import Text
from services.handling.numbers import ItemNumbers
from services.importing.importer import Importer
from services.importing.mapping import read_mapping
from services.importing.opening import open_ledger
from services.importing.outcomes import Outcome, Summary
from services.importing.report import csv_report
from services.one_shot import OneShot, one_shot
from services.settings import Settings
from services.store.import_queries import ImportQueries

Language = Literal["zh", "en"]
_OUTCOMES = {
    Outcome.IMPORTED: Text(zh="已导入", en="imported"),
    Outcome.IMPORTED_WITH_REMARK: Text(zh="已导入（有备注）", en="imported with a remark"),
    Outcome.ALREADY_IMPORTED: Text(zh="此前已导入", en="imported before"),
    Outcome.REFUSED: Text(zh="未导入", en="refused"),
}
_ROWS = Text(zh="合计行数", en="rows in all")
_FIRST = Text(zh="首见于第 {line} 行 {column}", en="first in line {line} {column}")
_DRY = Text(zh="试运行：未写入任何数据，加 --apply 正式导入", en="Dry run: nothing was written; --apply writes")
_TRUNCATED = Text(zh="注意：文件不完整，末尾缺失", en="Careful: the file is incomplete, its end is missing")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, by which mapping; `report` is where the row-by-row report goes."""

    file: Path
    mapping: Path
    apply: bool = False
    report: Path | None = None
    principal: str = "administrator:cli"


async def import_file(settings: Settings, request: ImportRequest, console: Console) -> Summary:
    """Import a ledger into the configured database, showing progress.

    Raises UnusableDocumentError (the mapping), UnreadableLedgerError (the file), a Rejection where nothing is loaded to
    import into, OSError. Rows that came in before an error stay; running again carries on.
    """
    async with one_shot(settings) as parts:
        return await import_into(parts, request, console, datetime.now(UTC))


async def import_into(parts: OneShot, request: ImportRequest, console: Console, at: datetime) -> Summary:
    """As import_file, with the parts and the instant of the import given."""
    mapping = read_mapping(request.mapping)
    ledger = open_ledger(request.file, mapping)
    actor = Actor(principal=request.principal, role=Role.ADMINISTRATOR)
    numbers, queries = ItemNumbers(parts.store), ImportQueries(parts.pool)
    importer = Importer(parts.handler, parts.rulebooks, numbers, queries, actor)
    summary = Summary(applied=request.apply, truncated=ledger.truncated)
    with (
        csv_report(request.report) if request.report else nullcontext() as report,
        _progress(console) as progress,
    ):
        task = progress.add_task(request.file.name, total=ledger.lines)
        async for outcomes in importer.run(ledger, mapping, at=at, apply=request.apply):
            summary.add(outcomes)
            if report is not None:
                report.add(outcomes)
            progress.advance(task, len(outcomes))
        progress.update(task, total=summary.rows, completed=summary.rows)  # blank lines were no rows
    return summary


def show(summary: Summary, console: Console, language: Language) -> None:
    """Print the counts, which add up to the rows of the file, with what was refused or remarked and how often."""
    table = Table(show_header=False, box=None)
    table.add_column()
    table.add_column(justify="right")
    for outcome, text in _OUTCOMES.items():
        table.add_row(getattr(text, language), f"{summary.outcomes[outcome]:,}")
    table.add_row(getattr(_ROWS, language), f"{summary.rows:,}")
    console.print(table)
    for outcome, counts in ((Outcome.REFUSED, summary.refusals), (Outcome.IMPORTED_WITH_REMARK, summary.remarks)):
        for code, count in counts.most_common():
            line, note = summary.examples[code]
            first = getattr(_FIRST, language).format(line=line, column=note.column)
            said = (
                f"{getattr(_OUTCOMES[outcome], language)}: {count:,} × {code}, {first}: {getattr(note.text, language)}"
            )
            console.print(f"  {said}", markup=False, highlight=False)
    if summary.truncated:
        console.print(getattr(_TRUNCATED, language), style="bold")
    if not summary.applied:
        console.print(getattr(_DRY, language), markup=False)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
