"""What an operator is woken by and only the store can tell; a gateway shows it, for it is up when others are down."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from services.store.health_queries import Reader
from services.store.standings import WATCHED_KINDS
from services.store.watch_queries import Late, Signed, Unsequenced, Witnessed
from services.store.webhook_queries import OutboxCounts


class StoreGauges:
    """Gauges in a registry. Instants are the database's, so that no other clock makes anything look late."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"duban_{name}", text, labels, registry=registry)

        self._database = gauge("database_up", "Whether the database answered just now.")
        self._database_bytes = gauge("database_bytes", "Room that the database takes.")
        self._clock = gauge("clock_offset_seconds", "By how much this machine's clock is ahead of the database's.")
        self._spare = gauge("spare_event_numbers", "How many more events fit into the partitions that exist.")
        self._log = gauge("log_entries", "Events in the sequenced log.")
        self._waiting = gauge("log_waiting_events", "Committed events without a place in the log, 10,000 at most.")
        self._waiting_since = gauge("log_waiting_seconds", "How long the first of these has waited.")
        self._signed = gauge("checkpoint_entries", "Size of the newest signed checkpoint.")
        self._checkpoint_age = gauge("checkpoint_age_seconds", "Age of the newest checkpoint; a quiet log signs none.")
        self._unsigned = gauge("log_unsigned_seconds", "How long the first entry beyond the checkpoint has waited.")
        self._witnessed = gauge("witness_entries", "Size of the newest checkpoint a witness cosigned.", "witness")
        self._witness_lag = gauge("witness_lag_seconds", "How long the first beyond that has waited.", "witness")
        self._stamped = gauge("time_stamp_age_seconds", "Age of the newest time stamp, where there is one.")
        self._positions = gauge("subscription_position", "How far a reader of the log is.", "name")
        self._lag = gauge("reader_lag_entries", "Entries of the log that a reader has not come to.", "name")
        self._lag_seconds = gauge("reader_lag_seconds", "How long the first of these has waited.", "name")
        self._late = gauge("deadlines_late", "What is due for more than a minute and not acted on.", "kind")
        self._late_seconds = gauge("deadlines_late_seconds", "By how much the first of these is late.", "kind")
        self._passed_over = gauge("consequences_passed_over", "Acts and cases that could not follow, 10,000 at most.")
        self._deliveries = gauge("webhook_deliveries", "Messages to receivers that are not through.", "state")
        self._oldest_delivery = gauge("webhook_oldest_pending_seconds", "How long the oldest message waits.")
        self._messages = gauge("notice_messages", "Messages to people by state.", "state")

    def database_seen(self, size: int, spare: int, offset_seconds: float) -> None:
        """It answered, takes so much room, has so many numbers to spare, and its clock is so far behind ours."""
        self._database.set(1)
        self._database_bytes.set(size)
        self._spare.set(spare)
        self._clock.set(offset_seconds)

    def database_away(self) -> None:
        """It did not answer; what was seen of it stands as it was."""
        self._database.set(0)

    def log_seen(self, entries: int, unsequenced: Unsequenced, signed: Signed, now: datetime) -> None:
        """How long the log is, what waits to get into it, and what to be signed."""
        self._log.set(entries)
        self._waiting.set(unsequenced.waiting)
        self._waiting_since.set(_seconds(unsequenced.since, now))
        self._signed.set(signed.size)
        self._unsigned.set(_seconds(signed.unsigned_since, now))
        if signed.age is not None:
            self._checkpoint_age.set(signed.age)

    def attested(self, witness: str, seen: Witnessed, now: datetime) -> None:
        """How far a witness is."""
        self._witnessed.labels(witness).set(seen.size)
        self._witness_lag.labels(witness).set(_seconds(seen.waiting_since, now))

    def stamped(self, age_seconds: float) -> None:
        """How old the newest time stamp is."""
        self._stamped.set(age_seconds)

    def readers_seen(self, entries: int, readers: Sequence[Reader], now: datetime) -> None:
        """How far the readers of the log are."""
        for reader in readers:
            self._positions.labels(reader.name).set(reader.position)
            self._lag.labels(reader.name).set(max(entries - 1 - reader.position, 0))
            self._lag_seconds.labels(reader.name).set(_seconds(reader.waiting_since, now))

    def late_seen(self, late: Mapping[str, Late], now: datetime) -> None:
        """What should have been acted on."""
        for kind in WATCHED_KINDS:
            self._late.labels(kind).set(late[kind].late if kind in late else 0)
            self._late_seconds.labels(kind).set(_seconds(late[kind].since, now) if kind in late else 0)

    def passed_over_seen(self, count: int) -> None:
        """How many acts and cases did not follow."""
        self._passed_over.set(count)

    def webhooks_seen(self, counts: OutboxCounts, now: datetime) -> None:
        """What waits to be sent, and what was given up."""
        self._deliveries.labels("pending").set(counts.pending)
        self._deliveries.labels("dead").set(counts.dead)
        self._oldest_delivery.set(_seconds(counts.oldest_pending, now))

    def messages_seen(self, waiting: int, failed: int) -> None:
        """How many messages to people wait to be sent, and how many were given up."""
        self._messages.labels("waiting").set(waiting)
        self._messages.labels("failed").set(failed)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
