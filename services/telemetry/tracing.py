"""Spans across processes, in OpenTelemetry's words: off, and next to free, unless an endpoint for them is set.

What happened is joined to what follows from it by the trace context that is kept beside the event; see
docs/decisions/0031-traces-beside-the-evidence.md.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanKind,
    Tracer,
    format_span_id,
    format_trace_id,
    get_current_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.settings import Settings

_STANDARD = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_NOTHING: AbstractContextManager[Span] = nullcontext(INVALID_SPAN)
_PROPAGATOR = TraceContextTextMapPropagator()
_tracers: list[Tracer] = []


def start_tracing(settings: Settings, *, process: str) -> None:
    """Send spans to the endpoint that is set: DUBAN_OTLP_ENDPOINT or OpenTelemetry's own variables; else do nothing."""
    if settings.otlp_endpoint is None and not any(os.environ.get(name) for name in _STANDARD):
        return
    # What sends spans weighs more than many a process; who sends none does not load it.
    from services.telemetry.exporting import otlp_provider, trace_with  # noqa: PLC0415

    trace_with(otlp_provider(settings.otlp_endpoint, process))


def use_tracer(tracer: Tracer | None) -> None:
    """Make spans with this tracer from now on, or none any more."""
    _tracers[:] = [] if tracer is None else [tracer]


def tracer_in_use() -> Tracer | None:
    """What makes spans; None where nobody wants any."""
    return _tracers[0] if _tracers else None


def span(
    name: str,
    attributes: Mapping[str, str | int] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
) -> AbstractContextManager[Span]:
    """A span around what follows; its parent is the one under way unless another is given.

    Attributes are ids, types and counts: nothing that a person wrote, and no secret. Whether an exception is a failure
    is said by whoever makes the span: a refusal is none.
    """
    if not _tracers:
        return _NOTHING
    return _tracers[0].start_as_current_span(
        name, parent, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    )


def traceparent() -> str | None:
    """The span under way as W3C writes it, for whoever goes on with it later; None where it is not recorded."""
    if not _tracers or not get_current_span().get_span_context().trace_flags.sampled:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def context_of(header: str | None) -> Context | None:
    """The context that a ``traceparent`` names; an empty one where it names none, so that a new trace begins."""
    if not _tracers:
        return None
    return _PROPAGATOR.extract({"traceparent": header} if header else {}, Context())


def ids_under_way() -> tuple[str, str] | None:
    """Trace and span under way, as hexadecimal digits; None where there are none."""
    if not _tracers:
        return None
    here = get_current_span().get_span_context()
    return (format_trace_id(here.trace_id), format_span_id(here.span_id)) if here.is_valid else None


@contextmanager
def parent_attached(header: str | None) -> Generator[None]:
    """Have what follows belong to the trace that a ``traceparent`` names; to none where it names none."""
    context = context_of(header)
    if context is None:
        yield
        return
    token = attach(context)
    try:
        yield
    finally:
        detach(token)
