"""What `duban log` and `duban verify` do, and how they say it."""

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rich.console import Console

from services.auditing.answer_files import read_answer
from services.auditing.answers import AnswerCheck
from services.auditing.export import export_log
from services.auditing.findings import Report
from services.auditing.sources import Folder, Gateway, Source, UnreadableError
from services.auditing.trust import Trust, UnusableKeyError
from services.auditing.verification import Verification
from services.cli.servers import servers_running
from services.cli.traced import trail_of
from services.cli.upkeep import progress_bar
from services.messages.catalogue import word
from services.settings import Role, Settings
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency.note import NoteError, Verifier

KEY_VARIABLE = "DUBAN_AUDITOR_KEY"
SOUND, FOUND = 0, 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified: a folder, an address or files of an answer, by whose keys, with which checkpoints."""

    places: Sequence[str]
    keys: Sequence[str]
    witnesses: Sequence[str]
    known: Sequence[Path]
    authorities: Sequence[Path]
    with_payloads: bool
    as_json: bool


async def export_to(settings: Settings, folder: Path, *, with_payloads: bool) -> None:
    """Export the log, with a progress bar."""
    console = Console()
    async with servers_running(settings):
        async with trail_of(settings, "log export") as trail:
            await trail.exports("log", f"{folder}{'' if with_payloads else ' --no-payloads'}")
        connection = await asyncpg.connect(settings.dsn(Role.AUDITOR))
        try:
            await prepare(connection)
            with progress_bar(console) as progress:
                bar = progress.add_task("导出 exporting", total=None)
                size = await export_log(
                    LogTree(connection),
                    folder,
                    with_payloads=with_payloads,
                    progress=lambda done, total: progress.update(bar, completed=done, total=total),
                )
        finally:
            await connection.close()
    console.print(f"已导出 {size} 条到 {folder}  exported {size} entries to {folder}", soft_wrap=True)


def verify(asked: Asked) -> int:
    """Check a log or an answer and say what was found; returns the exit code, 1 where anything was.

    Raises UnreadableError.
    """
    console = Console(stderr=asked.as_json)
    trust = Trust(verifiers(asked.keys), verifiers(asked.witnesses), _authorities(asked.authorities))
    known = [content for path in asked.known for content in _known(path)]
    files = [Path(place) for place in asked.places if Path(place).is_file()]
    if files and len(files) == len(asked.places):
        report = AnswerCheck([read_answer(file) for file in files], trust, known).run()
    elif len(asked.places) > 1:
        missing = [place for place in asked.places if not Path(place).is_file()]
        raise UnreadableError(f"several places are the files of one answer; no file: {', '.join(missing)}")
    else:
        report = _checked_log(asked, trust, known, console)
    if asked.as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))  # noqa: T201 - asked for
    else:
        _say(console, report)
    return SOUND if report.sound else FOUND


def _checked_log(asked: Asked, trust: Trust, known: Sequence[bytes], console: Console) -> Report:
    place = asked.places[0]
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar(console))
        bar = progress.add_task("核验 verifying", total=None)

        def show(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        source: Source = Folder(Path(place))
        if place.startswith(("http://", "https://")):
            source = stack.enter_context(Gateway(place, os.environ.get(KEY_VARIABLE)))
        return Verification(source, trust, asked.with_payloads, known, show).run()


def _known(path: Path) -> list[bytes]:
    files = [path] if path.is_file() else sorted(path.glob("*.checkpoint"))
    if not files:
        raise UnreadableError(str(path))
    return [file.read_bytes() for file in files]


def _authorities(files: Sequence[Path]) -> tuple[Certificate, ...]:
    try:
        return tuple(each for file in files for each in load_pem_x509_certificates(file.read_bytes()))
    except ValueError as malformed:
        raise UnreadableError(str(malformed)) from malformed


def verifiers(given: Sequence[str]) -> tuple[Verifier, ...]:
    """Keys as given, or from a file with one on each line. Raises UnusableKeyError."""
    return tuple(verifier for each in given for verifier in _keys(each))


def _keys(given: str) -> list[Verifier]:
    file = Path(given)
    text = file.read_text("utf-8", errors="replace") if file.is_file() else given
    try:
        found = [Verifier.parse(line) for line in text.splitlines() if line.strip()]
    except NoteError:
        found = []
    if not found:
        what = "not a vkey on each line" if file.is_file() else "neither a whole vkey (name+id+key) nor a file with one"
        raise UnusableKeyError(f"{given}: {what}")
    return found


def _say(console: Console, report: Report) -> None:
    if report.rows:
        console.print(f"日志 {report.size} 条时的查询结果：{report.rows} 行，逐行与证明比对")
        console.print(f"an answer of the log of {report.size} entries: {report.rows} rows held against their proofs")
    console.print(
        f"日志 {report.size} 条，已核条目 {report.entries}、内容 {report.payloads}、对象 {report.streams}、"
        f"检查点 {report.checkpoints}；签证 {'、'.join(report.signed_by) or '—'}"
    )
    console.print(
        f"{report.size} entries in the log; checked {report.entries} entries, {report.payloads} payloads, "
        f"{report.streams} streams, {report.checkpoints} checkpoints; signed by {', '.join(report.signed_by) or '—'}"
    )
    if report.stamped:
        size, time = report.stamped
        console.print(f"时间戳 {report.time_stamps} 个，最新：{time} 时已有 {size} 条")
        console.print(f"{report.time_stamps} time stamps; the newest: {size} entries at {time}")
    for witness, size in sorted(report.witnessed.items()):
        console.print(f"见证人副署至 {size} 条  witnessed up to {size}: {witness}", markup=False, highlight=False)
    for finding in report.findings:
        position = "" if finding.position is None else f" @{finding.position}"
        console.print(
            f"  [{finding.fault}] {word('log_fault', finding.fault, 'zh')}  {word('log_fault', finding.fault, 'en')}:"
            f" {finding.where}{position} {finding.detail}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    hidden = sum(report.counts.values()) - len(report.findings)
    if hidden:
        console.print(f"  … {hidden}")
    console.print("完好  sound" if report.sound else "有问题  not sound", style="green" if report.sound else "red")
