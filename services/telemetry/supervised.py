"""What `duban up` shows of the processes under it: whether each is up, and how often it was started again."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.embedded.stack import Stack


class Supervised(Collector):
    """The processes of a stack, asked whenever somebody looks; `process` is what Prometheus calls whom it asks."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """By child: at work or not, and starts after the first."""
        up = GaugeMetricFamily("duban_process_up", "Whether a process is at work.", labels=("child",))
        restarts = CounterMetricFamily("duban_process_restarts", "Starts after a process had died.", labels=("child",))
        for name in self._stack.names:
            up.add_metric((name,), self._stack.is_ready(name))
            restarts.add_metric((name,), self._stack.restarts(name))
        yield up
        yield restarts
