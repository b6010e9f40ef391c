"""Exports of any question's answer: as lines of JSON, as CSV, as a workbook, and with the proofs of every event."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from domain.rulebook.rulebook import Rulebook
from services.gateway.access import Trail
from services.gateway.audit_asking import checked, page_of
from services.gateway.audit_exports import Export, csv_rows, ndjson, proofs
from services.gateway.audit_rights import AuditScope, CurrentContentScope
from services.gateway.audit_wanted import Position, QuestionAsked
from services.gateway.audit_workbook import workbook
from services.gateway.dependencies import AskedLanguage, CurrentRulebook, Parts
from services.gateway.description import READING, problems
from services.gateway.refusals import BeyondTheLog, NoSuchCheckpoint, NothingSigned
from services.gateway.wiring import Gateway
from services.messages.catalogue import Language
from services.store.audit_queries import AuditQueries
from services.store.log_tree import LogTree

router = APIRouter(prefix="/v1/audit", tags=["审计 audit"])

_EXPORTING = (
    *READING,
    "role_not_allowed",
    "range_reversed",
    "beyond_the_log",
    "question_too_wide",
    "words_behind",
    "unknown_area",
    "unknown_unit",
    "no_such_campaign",
)
_NDJSON, _CSV = "application/x-ndjson", "text/csv; charset=utf-8"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _file(media_type: str, example: str) -> dict[int | str, dict[str, Any]]:
    kind = media_type.partition(";")[0]
    return {200: {"content": {kind: {"schema": {"type": "string"}, "example": example}}}}


class ExportWanted(QuestionAsked):
    """A question, and where to go on with an export that was broken off."""

    size: Position | None = Field(
        None, description="日志大小，缺省为最新检查点。 Size of the log; that of the newest checkpoint unless given."
    )
    after: Position | None = Field(
        None, description="续传：已收到的最后一条的位置。 Goes on after the last position that arrived."
    )


Wanted = Annotated[ExportWanted, Query()]


@router.get(
    "/events.ndjson",
    summary="导出为 NDJSON Export as NDJSON",
    response_class=Response,
    responses=problems(*_EXPORTING)
    | _file(_NDJSON, '{"log_size":4328,…}\n{"position":73,…}\n{"end":true,"events":1}\n'),
)
async def export_ndjson(
    wanted: Wanted,
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Response:
    """首行注明日志大小与检查点，末行注明条数；无末行即不完整，可用 after 与 size 续传。 Lines of JSON.

    The first line names the log's size and its checkpoint, the last one counts: without it, something is missing, and
    ``after`` with ``size`` goes on from there.
    """
    export = await _prepare(parts, wanted, scope, rules, language)
    await trail.exported("audit ndjson", wanted.told(size=export.size, after=wanted.after))
    return _stream(ndjson, export, _NDJSON, "events.ndjson")


@router.get(
    "/events.csv",
    summary="导出为 CSV Export as CSV",
    response_class=Response,
    responses=problems(*_EXPORTING) | _file(_CSV, "position,kind,number,…\n73,item,2026-0000123,…\nend,1,4328\n"),
)
async def export_csv(
    wanted: Wanted,
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Response:
    """末行以 end 开头，注明条数与日志大小；疑似公式的文字已加引号。 The last line counts; formulas are defused."""
    export = await _prepare(parts, wanted, scope, rules, language)
    await trail.exported("audit csv", wanted.told(size=export.size, after=wanted.after))
    return _stream(csv_rows, export, _CSV, "events.csv")


@router.get(
    "/events.xlsx",
    summary="导出为 Excel Export as a workbook",
    response_class=Response,
    responses=problems(*_EXPORTING) | _file(_WORKBOOK, "PK…"),
)
async def export_workbook(
    wanted: Wanted,
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Response:
    """至多一百万行；超出单元格的文字续于 continued 页；about 页注明检查点、条数、是否完整、续传位置。 A workbook.

    At most a million rows; the sheet about says whether that is all, and where to go on. A text longer than a cell
    holds goes on in the sheet continued: by position, column and part, to be joined.
    """
    export = await _prepare(parts, wanted, scope, rules, language)
    await trail.exported("audit xlsx", wanted.told(size=export.size, after=wanted.after))
    return _stream(workbook, export, _WORKBOOK, "events.xlsx")


@router.get(
    "/events.proofs",
    summary="导出证明 Export the proofs",
    response_class=Response,
    responses=problems(*_EXPORTING, "nothing_signed", "no_such_checkpoint")
    | _file(_NDJSON, '{"position":73,"entry":"…","salt":"…","data":"…","proof":"…"}\n'),
)
async def export_proofs(
    wanted: Wanted,
    scope: CurrentContentScope,
    parts: Parts,
    rules: CurrentRulebook,
    language: AskedLanguage,
    trail: Trail,
) -> Response:
    """同一结果每一条的条目、盐、内容与 tlog-proof，在同一检查点之下，可凭公钥离线核验。 The same answer, proved.

    For each event of the same answer its entry, salt, data and proof, all under the one checkpoint that the files name.
    """
    export = await _prepare(parts, wanted, scope, rules, language)
    if export.checkpoint is None:
        newest = await export.tree.newest_checkpoint()
        raise NothingSigned if newest is None else NoSuchCheckpoint(size=export.size, newest=newest.size)
    await trail.exported("audit proofs", wanted.told(size=export.size, after=wanted.after))
    return _stream(proofs, export, _NDJSON, "events.proofs.ndjson")


async def _prepare(
    parts: Gateway, wanted: ExportWanted, scope: AuditScope, rules: Rulebook, language: Language
) -> Export:
    """Refuse what cannot be answered before the first byte goes out."""
    queries, tree = AuditQueries(parts.pool), LogTree(parts.pool)
    checkpoint = await (tree.newest_checkpoint() if wanted.size is None else tree.checkpoint_of(wanted.size))
    size = checkpoint.size if checkpoint else wanted.size
    written = await queries.log_size()
    size = written if size is None else size
    if size > written or (wanted.after is not None and wanted.after >= size):
        raise BeyondTheLog(size=written)
    question = await checked(queries, wanted, scope, rules, size)
    await page_of(queries, question, size, wanted.order, wanted.after, 1)
    note = checkpoint.note if checkpoint else None
    return Export(queries, tree, wanted, question, size, wanted.after, note, rules, language)


def _stream(
    write: Callable[[Export], AsyncGenerator[bytes]], export: Export, media_type: str, name: str
) -> StreamingResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Duban-Log-Size": str(export.size),
    }
    return StreamingResponse(write(export), media_type=media_type, headers=headers)
