"""Shows the metrics of a process without a port of its own; on a thread, so that it answers when work hangs."""

import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.settings import Settings
from services.telemetry.instruments import REGISTRY


class Disks(Collector):
    """Room on the disks of the folders that the product keeps things in, as far as they exist on this machine."""

    def __init__(self, folders: Sequence[tuple[str, Path]]) -> None:
        self._folders = folders

    def collect(self) -> Iterable[Metric]:
        """Free and whole, in bytes."""
        free = GaugeMetricFamily("duban_disk_free_bytes", "Room left on a folder's disk.", labels=("folder",))
        size = GaugeMetricFamily("duban_disk_bytes", "Size of a folder's disk.", labels=("folder",))
        for name, folder in self._folders:
            if folder.exists():
                usage = shutil.disk_usage(folder)
                free.add_metric((name,), usage.free)
                size.add_metric((name,), usage.total)
        yield free
        yield size


def process_registry(settings: Settings, *registries: CollectorRegistry) -> CollectorRegistry:
    """All that a process tells of itself: what it counts, its memory and time, its disks; and what these say."""
    whole = CollectorRegistry()
    for registry in (REGISTRY, *registries):
        whole.register(registry)
    whole.register(Disks([("data", settings.layout.root), ("checkpoints", settings.checkpoints)]))
    ProcessCollector(registry=whole)
    return whole


def serve_metrics(settings: Settings, *registries: CollectorRegistry) -> tuple[WSGIServer, threading.Thread] | None:
    """Answer at DUBAN_METRICS_PORT until the process ends; nothing where it is not set. Raises OSError: port taken."""
    if settings.metrics_port is None:
        return None
    whole = process_registry(settings, *registries)
    return start_http_server(settings.metrics_port, settings.metrics_host, registry=whole)
