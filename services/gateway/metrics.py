"""What the gateway counts for Prometheus: requests, commands, events, and how full the pool is."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from domain.decider import Command
from domain.errors import Rejection
from services.handling.receipts import Receipt
from services.store.health_queries import Reader
from services.store.webhook_queries import OutboxCounts

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """A registry of its own, so that several gateways in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "duban_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "duban_http_request_seconds", "Time to the answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._commands = Counter(
            "duban_commands", "Commands by type and outcome.", ("command", "outcome"), registry=self._registry
        )
        self._events = Counter(
            "duban_events", "Events named in receipts; answering again counts again.", registry=self._registry
        )
        self._log = Gauge("duban_log_entries", "Events in the sequenced log.", registry=self._registry)
        self._readers = Gauge(
            "duban_subscription_position", "How far a reader of the log is.", ("name",), registry=self._registry
        )
        self._deliveries = Gauge(
            "duban_webhook_deliveries",
            "Messages to receivers that are not through.",
            ("state",),
            registry=self._registry,
        )
        self._oldest_delivery = Gauge(
            "duban_webhook_oldest_pending_seconds", "How long the oldest message waits.", registry=self._registry
        )
        self._messages = Gauge(
            "duban_notice_messages", "Messages to people by state.", ("state",), registry=self._registry
        )
        self._database = Gauge("duban_database_up", "Whether the database answered just now.", registry=self._registry)
        self._pool = Gauge("duban_pool_connections", "Connections by use.", ("use",), registry=self._registry)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; unknown paths are one route."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def command_handled(self, command: Command, answer: Receipt | Rejection) -> None:
        """Count a command and what came of it."""
        accepted = isinstance(answer, Receipt)
        self._commands.labels(type(command).__name__, "accepted" if accepted else answer.code).inc()
        if accepted:
            self._events.inc(len(answer.events))

    def pool_seen(self, pool: asyncpg.Pool) -> None:
        """Note how many connections there are, and how many are at work."""
        self._pool.labels("open").set(pool.get_size())
        self._pool.labels("busy").set(pool.get_size() - pool.get_idle_size())
        self._pool.labels("most").set(pool.get_max_size())

    def log_seen(self, entries: int, readers: Sequence[Reader]) -> None:
        """Note how long the log is and how far its readers are."""
        self._database.set(1)
        self._log.set(entries)
        for reader in readers:
            self._readers.labels(reader.name).set(reader.position)

    def webhooks_seen(self, counts: OutboxCounts, at: datetime) -> None:
        """Note what waits to be sent, and what was given up."""
        self._deliveries.labels("pending").set(counts.pending)
        self._deliveries.labels("dead").set(counts.dead)
        waiting_since = counts.oldest_pending
        self._oldest_delivery.set((at - waiting_since).total_seconds() if waiting_since else 0)

    def messages_seen(self, waiting: int, failed: int) -> None:
        """Note how many messages to people wait to be sent, and how many were given up."""
        self._messages.labels("waiting").set(waiting)
        self._messages.labels("failed").set(failed)

    def database_away(self) -> None:
        """Note that the database did not answer; what was seen of the log stands as it was."""
        self._database.set(0)

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry)
