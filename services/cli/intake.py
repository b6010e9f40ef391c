"""Commands that take things in: a city file, a ledger."""

from pathlib import Path

from rich.console import Console

from services.city.loader import LoadReport, load
from services.cli.servers import servers_running
from services.cli.traced import traced
from services.importing.command import ImportRequest, import_file, show
from services.settings import Settings


async def load_city(settings: Settings, file: Path) -> None:
    """Load a city file and say what changed."""
    console = Console()
    async with servers_running(settings), traced(settings, "load", file.name):
        report = await load(settings, file)
    _say(console, report)


async def import_ledger(settings: Settings, request: ImportRequest) -> None:
    """Import a ledger, or only say what would happen; refused rows are the report's business, not a failure."""
    console = Console()
    arguments = (request.file.name, request.mapping.name, *(["--apply"] if request.apply else []))
    async with servers_running(settings), traced(settings, "import", *arguments):
        summary = await import_file(settings, request, console)
    show(summary, console, settings.language)
    if request.report is not None:
        console.print(f"逐行报告  report by row: {request.report}", markup=False, highlight=False, soft_wrap=True)


def _say(console: Console, report: LoadReport) -> None:
    if report.nothing_new:
        console.print("与现状一致，无需改动  the city already stands as the file says")
        return
    for zh, en, codes in (
        ("登记", "registered", report.registered),
        ("变更", "changed", report.changed),
        ("发布", "published", report.published),
    ):
        if codes:
            console.print(f"{zh} {en} {len(codes)}: {', '.join(codes)}", highlight=False)
    for code, differences in report.differences.items():
        console.print(f"  {code}: {'; '.join(differences)}", highlight=False, markup=False)
    console.print(f"未变 unchanged {report.unchanged}")
