"""Puts on the way what back-office systems are to be told, with the position of the log in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.item.events import ITEM_EVENTS
from domain.item.state import Item, evolve
from domain.principal.state import Principal
from domain.rulebook.rulebook import Rulebook
from domain.webhook.events import WebhookRegistered
from domain.webhook.outcomes import outcome_type
from domain.webhook.state import Webhook
from services.handling.aggregates import ITEM, WEBHOOK
from services.handling.rulebooks import RulebookSource
from services.outcomes.message import TRIED_FOR, outcome
from services.store.webhook_reading import EndpointRecord, Happening, WebhookLog
from services.store.webhooks import NewDelivery, WebhookStore

# Standard Webhooks suggests to go on trying for days; the office decided on three.
_REGISTERED: str = WebhookRegistered.model_fields["type"].default


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """A webhook, what its principal may see, and from which position of the log on."""

    webhook: Webhook
    principal: Principal
    areas: frozenset[str] | None
    since: int | None

    def is_told_of(self, happening: Happening) -> bool:
        return (
            self.since is not None
            and happening.position > self.since
            and happening.source in self.principal.standing.sources
            and (self.areas is None or happening.area in self.areas)
            and self.webhook.wants(outcome_type(happening.type))
        )


class WebhookReader:
    """Reads page by page; what it did is on disk when a step returns."""

    def __init__(self, log: WebhookLog, store: WebhookStore, rulebooks: RulebookSource) -> None:
        self._log = log
        self._store = store
        self._rulebooks = rulebooks

    async def step(self, at: datetime, most: int) -> int:
        """Deal with the next events of the log and return how many there were; raises FencedOffError."""
        upto = min(await self._log.last(), self._log.position + most)
        if upto <= self._log.position:
            return 0
        rules = await self._rulebooks.current()
        records = await self._log.endpoints()
        happenings = await self._log.page(upto, [WEBHOOK.kind, ITEM.kind] if records else [WEBHOOK.kind])
        registered = {each.stream_id: each.position for each in happenings if each.type == _REGISTERED}
        endpoints = [_endpoint(record, registered, rules) for record in records]
        told = [
            (happening, endpoint)
            for happening in happenings
            if happening.kind == ITEM.kind
            for endpoint in endpoints
            if endpoint.is_told_of(happening)
        ]
        bodies = await self._bodies([happening for happening, _ in told], rules)
        async with self._log.transaction():
            await self._log.advance(upto)
            for webhook_id, position in registered.items():
                await self._log.note_registration(webhook_id, position)
            deliveries = [_delivery(happening, endpoint, bodies[happening.event_id]) for happening, endpoint in told]
            await self._store.put(deliveries, at, at + TRIED_FOR)
        done, self._log.position = upto - self._log.position, upto
        return done

    async def _bodies(self, happenings: Sequence[Happening], rules: Rulebook) -> dict[UUID, bytes]:
        wanted = {(each.stream_id, each.version): each for each in happenings}
        newest = dict(sorted(wanted))  # of several versions of one item the last one wins
        bodies: dict[UUID, bytes] = {}
        for stream, version, item in _lives(await self._log.histories(newest)):
            happening = wanted.get((stream, version))
            if happening is not None:
                bodies[happening.event_id] = outcome(happening, item, rules)
        return bodies


def _endpoint(record: EndpointRecord, registered: Mapping[UUID, int], rules: Rulebook) -> _Endpoint:
    webhook = Webhook.model_validate_json(record.webhook)
    principal = Principal.model_validate_json(record.principal)
    area = principal.standing.area
    areas = rules.areas_below(area) if area else None
    since = registered.get(webhook.webhook_id) if record.since is None else record.since
    return _Endpoint(webhook, principal, areas, since)


def _delivery(happening: Happening, endpoint: _Endpoint, body: bytes) -> NewDelivery:
    return NewDelivery(
        webhook_id=endpoint.webhook.webhook_id,
        lane=happening.stream_id,
        event_id=happening.event_id,
        type=outcome_type(happening.type),
        subject=str(happening.stream_id),
        body=body,
    )


def _lives(events: Sequence[tuple[UUID, int, bytes]]) -> Iterator[tuple[UUID, int, Item]]:
    """Each item as it stood after each of its events."""
    stream: UUID | None = None
    item: Item | None = None
    for stream_id, version, data in events:
        item = evolve(item if stream_id == stream else None, ITEM_EVENTS.validate_json(data))
        stream = stream_id
        yield stream_id, version, item
