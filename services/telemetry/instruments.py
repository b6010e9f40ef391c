"""What any process counts for Prometheus, whatever its work is: outages, progress, waits for a connection.

One registry for the process. What belongs to one kind of process alone is defined beside its work, so that no other
process shows it as zero.
"""

import weakref
from collections.abc import Iterable

import asyncpg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry(auto_describe=True)

INTERRUPTIONS = Counter("duban_interruptions", "Outages that ended a process's work.", ("work",), registry=REGISTRY)
PROGRESS = Gauge(
    "duban_last_progress_timestamp_seconds", "When a process last did what it is for.", ("work",), registry=REGISTRY
)
POOL_WAIT = Histogram(
    "duban_pool_wait_seconds",
    "How long a connection to the database was waited for.",
    buckets=(0.001, 0.01, 0.1, 1.0, 10.0),
    registry=REGISTRY,
)
POOL_WAITING = Gauge("duban_pool_waiting", "Who waits for a connection to the database now.", registry=REGISTRY)
POOL_GIVEN_UP = Counter(
    "duban_pool_waits_given_up", "Waits for a connection that ended without one.", registry=REGISTRY
)


class Pools(Collector):
    """How full the process's pools of connections are, all together, whenever somebody asks."""

    def __init__(self) -> None:
        self._pools: weakref.WeakSet[asyncpg.Pool] = weakref.WeakSet()

    def add(self, pool: asyncpg.Pool) -> None:
        """Count this pool for as long as it exists."""
        self._pools.add(pool)

    def collect(self) -> Iterable[Metric]:
        """Their connections: open, at work, and as many as there may be."""
        pools = [pool for pool in list(self._pools) if not pool.is_closing()]
        sizes = [(pool.get_size(), pool.get_idle_size(), pool.get_max_size()) for pool in pools]
        connections = GaugeMetricFamily("duban_pool_connections", "Connections by use.", labels=("use",))
        connections.add_metric(("open",), sum(size for size, _, _ in sizes))
        connections.add_metric(("busy",), sum(size - idle for size, idle, _ in sizes))
        connections.add_metric(("most",), sum(most for _, _, most in sizes))
        yield connections


POOLS = Pools()
REGISTRY.register(POOLS)
