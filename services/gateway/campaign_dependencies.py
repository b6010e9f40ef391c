"""What routes about campaigns and obligations ask for beside the usual: queries and scopes of their own."""

from typing import Annotated

from fastapi import Depends

from services.gateway.campaign_scope import campaign_scope_of, obligation_scope_of
from services.gateway.dependencies import CurrentPrincipal, CurrentRulebook, Parts
from services.store.campaign_queries import CampaignQueries, CampaignScope
from services.store.obligation_queries import ObligationQueries


async def _campaigns(parts: Parts) -> CampaignQueries:
    return CampaignQueries(parts.pool)


async def _obligations(parts: Parts) -> ObligationQueries:
    return ObligationQueries(parts.pool)


async def _campaign_scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> CampaignScope:
    return campaign_scope_of(caller, rules)


async def _obligation_scope(caller: CurrentPrincipal, rules: CurrentRulebook) -> frozenset[str] | None:
    return obligation_scope_of(caller, rules)


Campaigns = Annotated[CampaignQueries, Depends(_campaigns)]
Obligations = Annotated[ObligationQueries, Depends(_obligations)]
CurrentCampaignScope = Annotated[CampaignScope, Depends(_campaign_scope)]
CurrentObligationScope = Annotated[frozenset[str] | None, Depends(_obligation_scope)]
