"""Which campaigns, and whose obligations, a caller may see, and which campaigns they may steer."""

from domain.actor import Role
from domain.campaign.plan import CampaignPlan
from domain.errors import Forbidden
from domain.rulebook.rulebook import Rulebook
from services.gateway.authentication import Caller
from services.handling.bounds import units_of
from services.store.campaign_queries import CampaignScope

_NOBODYS: frozenset[str] = frozenset()


def campaign_scope_of(caller: Caller, rules: Rulebook) -> CampaignScope:
    """The bounds within which somebody sees campaigns.

    Handlers: campaigns their unit, one above it or one below it takes part in. Whoever is bound to an area: those
    that apply there. Back-office systems: none.
    """
    standing = caller.standing
    if standing.role is Role.SYSTEM:
        return CampaignScope(units=_NOBODYS)
    units = areas = None
    if standing.role is Role.HANDLER and standing.unit:
        units = rules.units_below(standing.unit) | set(rules.unit_lineage(standing.unit))
    if standing.area:
        areas = rules.areas_below(standing.area) | set(rules.area_lineage(standing.area))
    return CampaignScope(units, areas)


def obligation_scope_of(caller: Caller, rules: Rulebook) -> frozenset[str] | None:
    """The units whose obligations a caller may see; None: any."""
    return units_of(caller.standing, rules)


def check_reach(caller: Caller, plan: CampaignPlan, rules: Rulebook, command: str) -> None:
    """Refuse somebody bound to an area who would steer a campaign that goes beyond it."""
    if caller.standing.area is None:
        return
    if not plan.areas or not set(plan.areas) <= rules.areas_below(caller.standing.area):
        raise Forbidden(role=caller.actor.role, command=command)
