"""One log record a line, as JSON or for eyes, whoever wrote it: structlog, the standard library, Temporal, uvicorn."""

import logging
from collections.abc import Sequence

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

from services.settings import Settings
from services.telemetry.ids import ids_for_logs
from services.telemetry.tracing import ids_under_way

# These bring handlers of their own; their records go up to ours instead.
_TAMED = ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic", "temporalio", "asyncio", "sqlalchemy.engine")
# At info they tell every request or every poll.
_QUIET = ("uvicorn.access", "httpx", "httpcore", "sqlalchemy.engine", "alembic")


def configure_logging(settings: Settings, *, process: str) -> None:
    """Send every record of this process to standard error in the format asked for, marked with the process's name."""
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # What a library hung on its record with `extra=` (a workflow's id, an activity's attempt) is kept.
            foreign_pre_chain=[*_shared(), structlog.stdlib.ExtraAdder(), _name_workflow],
            processors=_rendering(settings, process),
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TAMED:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _shared() -> Sequence[Processor]:
    return (
        structlog.contextvars.merge_contextvars,
        _add_ids,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    )


def _add_ids(_logger: object, _method: str, event: EventDict) -> EventDict:
    for name, value in ids_for_logs().items():
        event.setdefault(name, value)
    if (ids := ids_under_way()) is not None:
        event["trace_id"], event["span_id"] = ids
    return event


def _name_workflow(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Give the workflow's id the same name wherever it comes from: the SDK hangs it on its records inside a bundle."""
    for bundle in ("temporal_workflow", "temporal_activity"):
        told: dict[str, object] = event.get(bundle) or {}
        if "workflow_id" in told:
            event.setdefault("workflow_id", told["workflow_id"])
    return event


def _rendering(settings: Settings, process: str) -> Sequence[Processor]:
    def name_process(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        event.pop("color_message", None)  # uvicorn's second copy of its message, for terminals
        return event

    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings.log_format == "console":
        return (
            drop,
            name_process,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        )
    return (
        drop,
        name_process,
        # Without local variables: they hold names, telephone numbers and keys.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    )
