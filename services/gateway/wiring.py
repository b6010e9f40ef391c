"""What the routes work with: the parts of one gateway process over one pool of connections."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from services.access.book import AccessBook
from services.access.log import AccessLog
from services.documents.desk import Desk
from services.gateway.authentication import Authenticator
from services.gateway.metrics import Metrics
from services.gateway.watching import StoreWatch
from services.handling.command_handler import CommandHandler
from services.handling.gathering import Gathering
from services.handling.numbers import ItemNumbers
from services.handling.rulebooks import RulebookSource
from services.privacy.opening import opened_people
from services.privacy.people import People
from services.settings import Role, Settings
from services.store.client_addresses import ClientAddresses
from services.store.event_store import EventStore
from services.store.item_queries import ItemQueries
from services.store.pools import open_pool
from services.store.principals import PrincipalStore
from services.telemetry.endpoint import process_registry

_CONNECTIONS = 16

WallClock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of a gateway. ``now`` is the one clock that is read here."""

    settings: Settings
    now: WallClock
    pool: asyncpg.Pool
    store: EventStore
    rulebooks: RulebookSource
    handler: CommandHandler
    reports: Gathering
    numbers: ItemNumbers
    items: ItemQueries
    principals: PrincipalStore
    people: People
    authenticator: Authenticator
    metrics: Metrics
    watch: StoreWatch
    desk: Desk
    access: AccessLog
    addresses: ClientAddresses


def wall_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_gateway(settings: Settings, now: WallClock = wall_clock) -> AsyncGenerator[Gateway]:
    """Put the parts together. Nothing connects before it is asked to, so PostgreSQL may still be down."""
    pool = await open_pool(settings.dsn(Role.APP), min_size=0, max_size=_CONNECTIONS)
    try:
        async with opened_people(settings, pool) as people:
            store = EventStore(pool)
            rulebooks = RulebookSource(pool)
            principals = PrincipalStore(pool)
            metrics = Metrics(process_registry(settings))
            handler = CommandHandler(store, rulebooks, metrics.command_handled)
            addresses = ClientAddresses(pool)
            access = AccessLog(AccessBook(handler, addresses), addresses, now, address_days=settings.address_days)
            gateway = Gateway(
                settings=settings,
                now=now,
                pool=pool,
                store=store,
                rulebooks=rulebooks,
                handler=handler,
                reports=Gathering(handler),
                numbers=ItemNumbers(store),
                items=ItemQueries(pool),
                principals=principals,
                people=people,
                authenticator=Authenticator(principals),
                metrics=metrics,
                watch=StoreWatch(settings, pool, metrics.store, now=now),
                desk=Desk(pool, settings.fonts_dir),
                access=access,
                addresses=addresses,
            )
            async with access.running():
                yield gateway
    finally:
        await pool.close()
