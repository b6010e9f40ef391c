"""Bulk operations over HTTP: what people ask for, who may see and steer them, and how they are shown."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.actor import Role
from domain.bulk import commands as c
from domain.bulk.decisions import ALLOWED
from domain.bulk.rejections import NoSuchBulkOperation
from domain.bulk.state import BULKS, Bulk
from domain.bulk.values import Merge, Operation, Selection
from domain.decider import Reason
from domain.errors import Forbidden
from domain.item.rejections import NoSuchItem
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.gateway.dependencies import Asked
from services.gateway.item_views import View
from services.gateway.offered_command import OfferedCommand
from services.gateway.wiring import Gateway
from services.handling.aggregates import BULK
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.messages.catalogue import Language, problem_text, section, word
from services.store.bulk_queries import BulkQueries, OpenItems
from services.store.item_queries import Scope
from services.store.records import StoredState

_READERS = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR})


class NewBulkOperation(BaseModel):
    """One thing to be done to many open items."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: Annotated[Operation, Field(description="做什么。 What is done.")]
    selection: Selection = Field(
        default=Selection(), description="对哪些在办事项，全部条件同时满足。 To which open items; all conditions hold."
    )
    reason: Reason


EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "机构改革，整单位转办": {
        "operation": {"kind": "transfer", "to": "cleaning"},
        "selection": {"units": ["parks"]},
        "reason": "机构改革，职责划转",
    },
    "台风停工，统一延期": {
        "operation": {"kind": "extend", "by": {"kind": "working_days", "amount": 2}},
        "selection": {"areas": ["east"], "statuses": ["rectifying"]},
        "reason": "台风停工两天",
    },
    "套用现行规则": {"operation": {"kind": "recompute"}, "reason": "新办理规则发布"},
}


class BulkCommand(OfferedCommand):
    """A command under ``/v1/bulk-operations/{operation_id}/<path>``."""

    allowed = ALLOWED


BULK_COMMANDS = (
    BulkCommand("pause", c.PauseBulk, {"reason": "先核对名单"}, refusals=("bulk_not_working",)),
    BulkCommand("resume", c.ResumeBulk, {"reason": "名单无误"}, refusals=("bulk_not_paused",)),
    BulkCommand("cancel", c.CancelBulk, {"reason": "改由人工办理"}),
)


class Skipped(View):
    """Items to which the decision did not apply, by the reason."""

    code: str = Field(examples=["wrong_step"])
    reason: str = Field(examples=["当前环节不允许该操作"])
    items: int = Field(examples=[12])


class BulkView(View):
    """A bulk operation and how far it has come."""

    id: UUID
    version: int
    status: str = Field(examples=["working"])
    status_text: str = Field(examples=["进行中"])
    operation: Operation
    operation_text: str = Field(examples=["转办"])
    selection: Selection
    reason: str
    by: str = Field(description="发起主体的标识。 Id of who started it.")
    campaign_id: str | None
    total: int = Field(description="开始时的事项数。 How many items there were at the start.", examples=[1200])
    done: int = Field(examples=[800])
    skipped: int = Field(examples=[12])
    skipped_by_reason: list[Skipped]
    started_at: datetime
    updated_at: datetime


def bulk_view(stored: StoredState, language: Language) -> BulkView:
    """An operation as it stands."""
    bulk: Bulk = BULKS.validate_json(stored.state)
    progress = bulk.progress
    return BulkView(
        id=progress.operation_id,
        version=stored.version,
        status=bulk.status,
        status_text=word("bulk_status", bulk.status, language),
        operation=progress.operation,
        operation_text=word("bulk_operation", progress.operation.kind, language),
        selection=progress.selection,
        reason=progress.reason,
        by=progress.by.principal,
        campaign_id=progress.selection.campaign_id,
        total=progress.total,
        done=progress.done,
        skipped=progress.skipped,
        skipped_by_reason=[
            Skipped(code=code, reason=_why(code, language), items=items)
            for code, items in sorted(progress.refusals.items())
        ],
        started_at=progress.started_at,
        updated_at=progress.updated_at,
    )


async def start_bulk(parts: Gateway, asked: Asked, scope: Scope, body: NewBulkOperation) -> Receipt:
    """Start an operation; under the same key it is always the same one."""
    rules = await parts.rulebooks.current(newest=True)
    operation, selection = body.operation, body.selection
    areas = reach_of(asked.caller, rules)
    if areas is not None and not _lies_within(selection, areas):
        raise Forbidden(role=asked.caller.actor.role, command=c.StartBulk.__name__)
    if isinstance(operation, Merge) and not await parts.items.is_visible(operation.into, scope, asked.at):
        raise NoSuchItem
    operation_id = BULK.stream(asked.command_id)
    chosen = OpenItems(
        **selection.model_dump(exclude={"areas"}),
        areas=sorted({below for area in selection.areas for below in rules.areas_below(area)}),
    )
    command = c.StartBulk(
        **asked.fields,
        operation_id=operation_id,
        operation=operation,
        selection=selection,
        reason=body.reason,
        total=await BulkQueries(parts.pool).count(chosen),
    )
    asked_for = hashlib.sha256(f"StartBulk {body.model_dump_json()}".encode()).digest()
    return await parts.handler.handle(Wish(BULK, operation_id, command, new=True, request_sha256=asked_for))


async def steer_bulk(parts: Gateway, asked: Asked, operation_id: UUID, kind: BulkCommand, body: BaseModel) -> Receipt:
    """Pause, resume, cancel."""
    command = kind.command.model_validate({**asked.fields, **dict(body)})
    if asked.caller.actor.role in ALLOWED[kind.command]:  # the others are told that first
        await bulk_seen(parts, asked.caller, operation_id)
    return await parts.handler.handle(Wish(BULK, operation_id, command, expected_version=asked.expected_version))


async def bulk_seen(parts: Gateway, caller: Caller, operation_id: UUID) -> StoredState:
    """An operation the caller may see; raises NoSuchBulkOperation."""
    stored = await BulkQueries(parts.pool).one(operation_id)
    areas = reach_of(caller, await parts.rulebooks.current())
    if stored is None:
        raise NoSuchBulkOperation
    if areas is not None and not _lies_within(BULKS.validate_json(stored.state).progress.selection, areas):
        raise NoSuchBulkOperation
    return stored


def require_reader(caller: Caller) -> None:
    """Units and back-office systems see what happens to their items, not the operations behind it."""
    if caller.actor.role not in _READERS:
        raise Forbidden(role=caller.actor.role, command="ReadBulk")


def reach_of(caller: Caller, rules: Rulebook) -> frozenset[str] | None:
    """The areas somebody is bound to; None: all."""
    return rules.areas_below(caller.standing.area) if caller.standing.area else None


def _lies_within(selection: Selection, areas: frozenset[str]) -> bool:
    return bool(selection.areas) and set(selection.areas) <= areas


def _why(code: str, language: Language) -> str:
    own = section("words")["skipped"]
    return own[code][language] if code in own else problem_text(code, {}, language).title
