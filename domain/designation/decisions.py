"""What follows from a command about a designation: the decider, and who may bear which designation."""

from collections.abc import Mapping
from typing import assert_never

from domain.actor import Role
from domain.campaign.plan import CampaignPlan, Target
from domain.decider import Command
from domain.designation import commands as c
from domain.designation import events as e
from domain.designation.rejections import (
    AlreadyDesignated,
    AreaOutsideCampaign,
    DesignationNotInForce,
    NoSuchDesignation,
    UnknownDesignation,
    WrongKindOfArea,
)
from domain.designation.state import Designation, Granted
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook

# The leading group names model places; the office keeps the record.
_DECIDING = frozenset({Role.LEADER, Role.OFFICE, Role.ADMINISTRATOR})
ALLOWED: Mapping[type[Command], frozenset[Role]] = {
    c.GrantDesignation: _DECIDING,
    c.WithdrawDesignation: _DECIDING,
}


def decide(command: c.DesignationCommand, state: Designation | None, rules: Rulebook) -> tuple[e.DesignationEvent]:
    """Turn a command into its event, or refuse it."""
    if command.actor.role not in ALLOWED[type(command)]:
        raise Forbidden(role=command.actor.role, command=type(command).__name__)
    at = command.at if state is None else max(command.at, state.updated_at)  # clocks differ; time never goes back
    match command:
        case c.GrantDesignation():
            rules.area(command.area)
            if isinstance(state, Granted):
                raise AlreadyDesignated(area=command.area, designation=command.designation)
            granted = e.DesignationGranted(
                occurred_at=at,
                campaign_id=command.campaign_id,
                designation=command.designation,
                area=command.area,
                note=command.note,
                evidence=command.evidence,
            )
            return (granted,)
        case c.WithdrawDesignation():
            if state is None:
                raise NoSuchDesignation
            if not isinstance(state, Granted):
                raise DesignationNotInForce(area=state.grant.area, designation=state.grant.designation)
            return (e.DesignationWithdrawn(occurred_at=at, reason=command.reason),)
        case _:
            assert_never(command)


def check_eligible(plan: CampaignPlan, designation: str, area: str, rules: Rulebook) -> None:
    """Refuse a designation no target of the plan counts, or an area that it cannot be for."""
    targets = [target for target in targets_of(plan) if target.designation == designation]
    if not targets:
        raise UnknownDesignation(designation=designation)
    kinds = sorted({target.area_kind for target in targets})
    if rules.area(area).kind not in kinds:
        raise WrongKindOfArea(area=area, expected=", ".join(kinds))
    if plan.areas and not set(plan.areas) & set(rules.area_lineage(area)):
        raise AreaOutsideCampaign(area=area)


def targets_of(plan: CampaignPlan) -> list[Target]:
    """The targets of all phases, in order."""
    return [target for phase in plan.phases for target in phase.targets]
