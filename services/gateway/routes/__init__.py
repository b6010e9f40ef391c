"""One file of routes per noun of the field; each parses, builds the command, calls the handler, returns."""

from services.gateway.routes import (
    bulk_operations,
    bulletins,
    campaign_commands,
    campaigns,
    designations,
    events,
    indicators,
    item_commands,
    items,
    obligations,
    operations,
    organisation,
    people,
    principals,
    rulebook,
    rungs,
)

ROUTERS = (
    events.router,
    item_commands.router,
    items.router,
    rungs.router,
    principals.router,
    people.router,
    rulebook.router,
    organisation.router,
    campaigns.router,
    campaign_commands.router,
    designations.router,
    obligations.router,
    bulk_operations.router,
    indicators.router,
    bulletins.router,
    operations.router,
)
