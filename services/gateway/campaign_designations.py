"""What the gateway adds to commands about designations: whether the campaign runs and the area is eligible in it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.campaign.plan import Code, Identifier
from domain.campaign.rejections import CampaignIsOver, CampaignNotRunning
from domain.campaign.state import Ended, Planned
from domain.designation.commands import GrantDesignation, WithdrawDesignation
from domain.designation.decisions import check_eligible
from domain.designation.rejections import NoSuchDesignation
from domain.designation.state import DESIGNATIONS, Withdrawn
from domain.errors import Rejection
from domain.item.values import Evidence, Note
from domain.rulebook.rulebook import Rulebook, UnknownArea
from services.gateway.authentication import Caller
from services.gateway.campaign_handling import Seen
from services.gateway.dependencies import Asked
from services.gateway.item_views import View, area_name
from services.gateway.wiring import Gateway
from services.handling.aggregates import DESIGNATION
from services.handling.command_handler import Wish
from services.handling.receipts import Receipt
from services.messages.catalogue import Language, word
from services.store.records import StoredState


class NewDesignation(BaseModel):
    """An area, and what it is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    designation: Identifier
    area: Code
    note: Note | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=50)] = ()


EXAMPLE: dict[str, Any] = {"designation": "model", "area": "east-1", "note": "现场会验收合格"}


class DesignationView(View):
    """A designation 命名 of an area."""

    id: UUID
    version: int = Field(examples=[1])
    campaign_id: str = Field(examples=["east-2027"])
    designation: str = Field(examples=["model"])
    area: str = Field(examples=["east-1"])
    area_name: str | None = Field(examples=["阳光小区"])
    status: str = Field(examples=["granted"])
    status_text: str = Field(examples=["已命名"])
    granted_at: datetime
    note: str | None
    evidence: tuple[Evidence, ...]
    reason: str | None = Field(description="撤销原因。 Why it was withdrawn.")
    updated_at: datetime


def stream_of(campaign_id: str, designation: str, area: str) -> UUID:
    """The stream of an area's designation in a campaign."""
    return DESIGNATION.stream(f"{campaign_id}\n{designation}\n{area}")


def designation_view(stored: StoredState, rules: Rulebook, language: Language) -> DesignationView:
    """A designation as it stands."""
    state = DESIGNATIONS.validate_json(stored.state)
    return DesignationView(
        id=stored.stream_id,
        version=stored.version,
        **{name: getattr(state.grant, name) for name in type(state.grant).model_fields},
        area_name=area_name(rules, state.grant.area, language),
        status=state.status,
        status_text=word("status", state.status, language),
        reason=state.reason if isinstance(state, Withdrawn) else None,
        updated_at=state.updated_at,
    )


def areas_seen(caller: Caller, rules: Rulebook) -> frozenset[str] | None:
    """The areas a caller is bound to; None: any."""
    return rules.areas_below(caller.standing.area) if caller.standing.area else None


async def grant(parts: Gateway, asked: Asked, seen: Seen, rules: Rulebook, body: NewDesignation) -> Receipt:
    """Name an area, in a campaign that has started and is not over."""
    plan = seen.plan
    command = GrantDesignation(
        **asked.fields,
        campaign_id=plan.campaign_id,
        designation=body.designation,
        area=body.area,
        note=body.note,
        evidence=body.evidence,
    )
    stream_id = stream_of(plan.campaign_id, body.designation, body.area)
    wish = Wish(DESIGNATION, stream_id, command, expected_version=asked.expected_version)

    def check() -> None:
        if isinstance(seen.campaign, Planned):
            raise CampaignNotRunning(status=seen.campaign.status)
        if isinstance(seen.campaign, Ended):
            raise CampaignIsOver(campaign=plan.campaign_id)
        within = areas_seen(asked.caller, rules)
        if within is not None and body.area not in within:
            raise UnknownArea(area=body.area)
        check_eligible(plan, body.designation, body.area, rules)

    return await handle_unless(parts, wish, check)


async def withdraw(
    parts: Gateway, asked: Asked, seen: Seen, rules: Rulebook, designation: str, area: str, reason: str
) -> Receipt:
    """Take a designation back, even after the campaign."""
    stream_id = stream_of(seen.plan.campaign_id, designation, area)
    command = WithdrawDesignation(**asked.fields, reason=reason)
    wish = Wish(DESIGNATION, stream_id, command, expected_version=asked.expected_version)

    def check() -> None:
        within = areas_seen(asked.caller, rules)
        if within is not None and area not in within:
            raise NoSuchDesignation

    return await handle_unless(parts, wish, check)


async def handle_unless(parts: Gateway, wish: Wish, check: Callable[[], object]) -> Receipt:
    """Handle a wish if a check beforehand does not refuse it; what was done under its key is answered again anyway."""
    try:
        check()
    except Rejection:
        answered = await parts.handler.answered_before(wish)
        if answered is None:
            raise
        return answered
    return await parts.handler.handle(wish)
