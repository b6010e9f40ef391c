"""The transparency log over HTTP: checkpoints, tiles, entries and proofs, in formats that tools of others can check."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from domain.actor import Role
from domain.errors import Forbidden
from services.gateway import log_views
from services.gateway.access import Trail
from services.gateway.dependencies import CurrentPrincipal, Parts
from services.gateway.description import READING, problems
from services.gateway.item_views import View
from services.store.log_tree import LogTree

router = APIRouter(prefix="/v1/log", tags=["日志 log"])

_A_PAGE = 100
_PLAIN = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_SOON = {"Cache-Control": "no-cache"}
_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_READERS = frozenset({Role.AUDITOR, Role.OFFICE, Role.LEADER, Role.ADMINISTRATOR})
_OPEN = ("unstorable_text", "internal_fault", "temporarily_unavailable", "input_invalid")
_CLOSED = (*READING, "role_not_allowed", "nothing_signed")
_TEXT = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
_FILE = {200: {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}}}


class LogKeys(View):
    """Whose signatures the log bears."""

    keys: list[str] = Field(
        description="曾用于签证的全部公钥（vkey）。 Every public key the log was ever signed with.",
        examples=[["log.example/city+51ab3c0d+AaT4Ug…"]],
    )


class CheckpointPage(View):
    """Signed notes, smallest tree first. ``next``: what to ask for after; none at the end."""

    checkpoints: list[str] = Field(
        examples=[["log.example/city\n4328\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n…"]]
    )
    next: int | None = Field(default=None, examples=[4328])


class TimeStamp(View):
    """What a time-stamping authority answered for a checkpoint."""

    size: int = Field(examples=[4328])
    answer: str = Field(description="RFC 3161 TimeStampResp，base64。 A TimeStampResp, base64.", examples=["MIIC…"])


class TimeStampPage(View):
    """Time stamps, smallest tree first. ``next``: what to ask for after; none at the end."""

    timestamps: list[TimeStamp]
    next: int | None = Field(default=None, examples=[4328])


class Consistency(View):
    """The hashes of RFC 6962's consistency proof, base64."""

    old: int = Field(examples=[1000])
    new: int = Field(examples=[4328])
    hashes: list[str] = Field(examples=[["gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="]])


async def _tree(parts: Parts) -> LogTree:
    return LogTree(parts.pool)


Tree = Annotated[LogTree, Depends(_tree)]


async def _reads_the_log(caller: CurrentPrincipal) -> None:
    if caller.standing.role not in _READERS or caller.standing.area is not None:
        raise Forbidden(role=caller.standing.role, command="ReadLog")


async def _reads_everything(caller: CurrentPrincipal) -> None:
    if caller.standing.role is not Role.AUDITOR or caller.standing.area is not None:
        raise Forbidden(role=caller.standing.role, command="ReadPayloads")


TilePath = Annotated[
    str, Path(description="tlog-tiles 路径。 As c2sp.org/tlog-tiles writes it.", examples=["entries/x001/067"])
]


@router.get(
    "/checkpoint",
    summary="最新检查点 The newest checkpoint",
    response_class=Response,
    responses={**problems(*_OPEN, "nothing_signed"), **_TEXT},
)
async def read_checkpoint(tree: Tree) -> Response:
    """已签证的日志大小与根（C2SP signed note）；无需身份，可随时抄存。 Open to all: keep copies of it."""
    return Response((await log_views.newest_checkpoint(tree)).note, media_type=_PLAIN, headers=_SOON)


@router.get(
    "/checkpoints/{size}",
    summary="某一大小的检查点 The checkpoint of a size",
    response_class=Response,
    responses={**problems(*_OPEN, "nothing_signed", "beyond_the_log", "no_such_checkpoint"), **_TEXT},
)
async def read_checkpoint_of_size(size: Annotated[int, Path(ge=1, le=2**62, examples=[4328])], tree: Tree) -> Response:
    """并非每个大小都签证过。 Not every size was signed."""
    return Response((await log_views.checkpoint_of(tree, size)).note, media_type=_PLAIN, headers=_SOON)


@router.get("/checkpoints", summary="全部检查点 Every checkpoint", responses=problems(*_OPEN))
async def read_checkpoints(
    tree: Tree,
    after: Annotated[int, Query(ge=0, le=2**62, description="大于此大小的。 Larger than this size.", examples=[0])] = 0,
) -> CheckpointPage:
    """按大小排列，每页 100 个。 By size, 100 a page."""
    found = await tree.checkpoints(after, _A_PAGE)
    following = found[-1].size if len(found) == _A_PAGE else None
    return CheckpointPage(checkpoints=[kept.note for kept in found], next=following)


@router.get("/timestamps", summary="时间戳 Time stamps", responses=problems(*_OPEN))
async def read_time_stamps(
    tree: Tree,
    after: Annotated[int, Query(ge=0, le=2**62, description="大于此大小的。 Larger than this size.", examples=[0])] = 0,
) -> TimeStampPage:
    """对检查点（不含见证人的行）的 RFC 3161 时间戳，每页 100 个。 Over checkpoints without witnesses' lines."""
    found = await tree.time_stamps(after, _A_PAGE)
    following = found[-1].size if len(found) == _A_PAGE else None
    stamps = [TimeStamp(size=each.size, answer=base64.b64encode(each.answer).decode()) for each in found]
    return TimeStampPage(timestamps=stamps, next=following)


@router.get("/keys", summary="签证公钥 The public keys", responses=problems(*_OPEN))
async def read_keys(tree: Tree) -> LogKeys:
    """供比对；核验时应使用另行取得的公钥。 For comparing; check with a key that came by another way."""
    return LogKeys(keys=await tree.keys())


@router.get(
    "/tile/{path:path}",
    summary="分片与条目 Tiles and entries",
    response_class=Response,
    responses={**problems(*_CLOSED, "beyond_the_log", "tile_path_malformed"), **_FILE},
    dependencies=[Depends(_reads_the_log)],
)
async def read_tile(path: TilePath, tree: Tree, trail: Trail) -> Response:
    """`tile/<L>/<N>[.p/<W>]` 为散列，`tile/entries/<N>[.p/<W>]` 为条目。 Hashes, and entries, by tlog-tiles."""
    content = await log_views.tile_content(tree, f"tile/{path}")
    await trail.part_exported("log.entries" if path.startswith("entries/") else "log.hashes")
    return Response(content, media_type=_BYTES, headers=_FOR_EVER)


@router.get(
    "/payload/{path:path}",
    summary="事件内容 Payloads",
    response_class=Response,
    responses={**problems(*_CLOSED, "beyond_the_log", "tile_path_malformed"), **_FILE},
    dependencies=[Depends(_reads_everything)],
)
async def read_payload(path: TilePath, tree: Tree, trail: Trail) -> Response:
    """与条目分片对应的盐与内容；仅限审计。 Salts and data of a bundle's events, for auditors: see `duban verify`."""
    content = await log_views.payload_content(tree, f"tile/{path}")
    await trail.part_exported("log.payloads")
    return Response(content, media_type=_BYTES, headers=_FOR_EVER)


@router.get(
    "/entries/{position}/proof",
    summary="条目证明 Proof of an entry",
    response_class=Response,
    responses={**problems(*_CLOSED, "beyond_the_log"), **_TEXT},
    dependencies=[Depends(_reads_the_log)],
)
async def read_proof(position: Annotated[int, Path(ge=0, le=2**62, examples=[73])], tree: Tree) -> Response:
    """某一位置的条目在日志中（C2SP tlog-proof），可凭公钥离线核验。 To be checked offline with the key alone."""
    return Response(str(await log_views.entry_proof(tree, position)), media_type=_PLAIN, headers=_SOON)


@router.get(
    "/consistency",
    summary="一致性证明 Proof of consistency",
    responses=problems(*_CLOSED, "range_reversed", "no_proof_of_size"),
    dependencies=[Depends(_reads_the_log)],
)
async def read_consistency(
    tree: Tree,
    old: Annotated[int, Query(ge=0, le=2**62, description="较早的大小。 The earlier size.", examples=[1000])],
    new: Annotated[int, Query(ge=0, le=2**62, description="较晚的大小。 The later size.", examples=[4328])],
) -> Consistency:
    """较晚的日志以较早的日志开头。 That the log of the later size begins with that of the earlier."""
    hashes = await log_views.consistency(tree, old, new)
    return Consistency(old=old, new=new, hashes=[base64.b64encode(each).decode() for each in hashes])
