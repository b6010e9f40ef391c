"""What the gateway counts for Prometheus: requests, commands, failed sign-ins, and what it sees of the store."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from domain.decider import Command
from domain.errors import Rejection
from services.gateway.store_gauges import StoreGauges
from services.handling.receipts import Receipt

_FAILURE = 500
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """A registry of its own, so that several gateways in one process do not mix; ``process`` is what all have."""

    def __init__(self, process: CollectorRegistry) -> None:
        self._process = process
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "duban_http_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        # Without labels: one that is born with the first failure would say nothing of a burst between two scrapes.
        self._failures = Counter(
            "duban_http_failures", "Requests answered with 500 and above.", registry=self._registry
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
        self._failed_sign_ins = Counter(
            "duban_sign_in_failures", "Requests with a key that is not in force.", registry=self._registry
        )
        self.store = StoreGauges(self._registry)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; unknown paths are one route."""
        self._requests.labels(method, route, status).inc()
        if status >= _FAILURE:
            self._failures.inc()
        self._seconds.labels(route).observe(seconds)

    def command_handled(self, command: Command, answer: Receipt | Rejection) -> None:
        """Count a command and what came of it."""
        accepted = isinstance(answer, Receipt)
        self._commands.labels(type(command).__name__, "accepted" if accepted else answer.code).inc()
        if accepted:
            self._events.inc(len(answer.events))

    def sign_in_failed(self) -> None:
        """Count a request with a key that is not in force."""
        self._failed_sign_ins.inc()

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self._registry) + generate_latest(self._process)
