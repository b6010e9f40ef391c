"""Puts on the way what back-office systems are to be told, with the position of the log in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.item.events import ITEM_EVENTS
from domain.item.state import Item, Merged, evolve
from domain.principal.state import Principal
from domain.rulebook.rulebook import Rulebook
from domain.webhook.events import WebhookRegistered
from domain.webhook.outcomes import outcome_type
from domain.webhook.state import Webhook
from services.handling.aggregates import ITEM, WEBHOOK
from services.handling.rulebooks import RulebookSource
from services.outcomes.message import TRIED_FOR, outcome
from services.store.webhook_reading import EndpointRecord, Happening, Report, WebhookLog
from services.store.webhooks import NewDelivery, WebhookStore
from services.webhooks.absorbed import message_id, reports_in

# Standard Webhooks suggests to go on trying for days; the office decided on three.
_Reports = Mapping[UUID, Report]
_REGISTERED: str = WebhookRegistered.model_fields["type"].default


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """A webhook, what its principal may see, and from which position of the log on."""

    webhook: Webhook
    principal: Principal
    areas: frozenset[str] | None
    since: int | None

    def is_told_of(self, happening: Happening, report: Report | Happening) -> bool:
        """Whether to tell of what happened to an item because of a report: its own, or one merged into it."""
        return (
            self.since is not None
            and happening.position > self.since
            and report.source in self.principal.standing.sources
            and (self.areas is None or report.area in self.areas)
            and self.webhook.wants(outcome_type(happening.type))
        )


@dataclass(frozen=True, slots=True)
class _Message:
    """What happened to an item, for the reporter of the item itself, or of one that was merged into it."""

    happening: Happening
    endpoint: _Endpoint
    report: Report | None

    @property
    def id(self) -> UUID:
        return message_id(self.happening.event_id, self.report)


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
        items = [happening for happening in happenings if happening.kind == ITEM.kind]
        reports = await self._log.reports({each for happening in items for each in happening.absorbed})
        candidates = [message for happening in items for message in _candidates(happening, endpoints, reports)]
        deliveries = await self._deliveries(candidates, reports, rules)
        async with self._log.transaction():
            await self._log.advance(upto)
            for webhook_id, position in registered.items():
                await self._log.note_registration(webhook_id, position)
            await self._store.put(deliveries, at, at + TRIED_FOR)
        done, self._log.position = upto - self._log.position, upto
        return done

    async def _deliveries(
        self, candidates: Sequence[_Message], reports: _Reports, rules: Rulebook
    ) -> list[NewDelivery]:
        """The messages with their bodies, but for those about a report that was not merged yet before the event."""
        happenings = [message.happening for message in candidates]
        newest = dict(sorted((each.stream_id, each.version) for each in happenings))  # of several the last one wins
        wanted = {(each.stream_id, each.version) for each in happenings}
        lives = {
            (stream, version): (before, after)
            for stream, version, before, after in _lives(await self._log.histories(newest))
            if (stream, version) in wanted
        }
        into = await self._log.reports({item.into for _, item in lives.values() if isinstance(item, Merged)})
        deliveries: list[NewDelivery] = []
        for message in candidates:
            happening, report = message.happening, message.report
            before, item = lives[happening.stream_id, happening.version]
            if report is None or _had_absorbed(before, report, reports):
                target = into[item.into].number if isinstance(item, Merged) else None
                body = outcome(happening, item, rules, message.id, target, report)
                deliveries.append(_delivery(message, body))
        return deliveries


def _candidates(happening: Happening, endpoints: Sequence[_Endpoint], reports: _Reports) -> Iterator[_Message]:
    for endpoint in endpoints:
        if endpoint.is_told_of(happening, happening):
            yield _Message(happening, endpoint, None)
        for report in reports_in(happening.absorbed, reports):
            if endpoint.is_told_of(happening, report):
                yield _Message(happening, endpoint, report)


def _had_absorbed(item: Item | None, report: Report, reports: _Reports) -> bool:
    return item is not None and any(each.item == report.item for each in reports_in(item.dossier.absorbed, reports))


def _endpoint(record: EndpointRecord, registered: Mapping[UUID, int], rules: Rulebook) -> _Endpoint:
    webhook = Webhook.model_validate_json(record.webhook)
    principal = Principal.model_validate_json(record.principal)
    area = principal.standing.area
    areas = rules.areas_below(area) if area else None
    since = registered.get(webhook.webhook_id) if record.since is None else record.since
    return _Endpoint(webhook, principal, areas, since)


def _delivery(message: _Message, body: bytes) -> NewDelivery:
    happening, report = message.happening, message.report
    item = report.item if report else happening.stream_id
    return NewDelivery(
        webhook_id=message.endpoint.webhook.webhook_id,
        lane=item,  # a report's own messages come before those of the item it was merged into
        event_id=message.id,
        type=outcome_type(happening.type),
        subject=str(item),
        body=body,
    )


def _lives(events: Sequence[tuple[UUID, int, bytes]]) -> Iterator[tuple[UUID, int, Item | None, Item]]:
    """Each item as it stood before and after each of its events."""
    stream: UUID | None = None
    item: Item | None = None
    for stream_id, version, data in events:
        before = item if stream_id == stream else None
        item = evolve(before, ITEM_EVENTS.validate_json(data))
        stream = stream_id
        yield stream_id, version, before, item
