"""What every process does before its work: it logs, shows its metrics and takes part in traces, as the settings say."""

from services.logging import configure_logging
from services.settings import Settings
from services.telemetry.endpoint import serve_metrics
from services.telemetry.tracing import start_tracing


def begin_process(settings: Settings, *, process: str) -> None:
    """Set up logs, metrics and traces under the process's name. Raises OSError where the port of metrics is taken."""
    configure_logging(settings, process=process)
    start_tracing(settings, process=process)
    serve_metrics(settings)
