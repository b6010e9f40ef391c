"""Puts together what sends spans: by OTLP over HTTP, without what exceptions say, without queries nobody asked."""

from collections.abc import Sequence
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, Status, TraceState, get_current_span
from opentelemetry.util.types import Attributes

from services.telemetry.tracing import use_tracer

_PATH = "/v1/traces"


class Discreet(SpanExporter):
    """Passes spans on without events and descriptions of errors: exceptions may quote what people wrote."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send them."""
        return self._exporter.export([_discreet(span) for span in spans])

    def shutdown(self) -> None:
        """Send nothing more."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Send what is left."""
        return self._exporter.force_flush(timeout_millis)


class Asked(Sampler):
    """Leaves out calls that belong to nothing: loops that look for work would be traces without end."""

    def __init__(self, others: Sampler) -> None:
        self._others = others

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """As the others say, unless it is a call to the database or to Temporal outside of any span."""
        alone = not get_current_span(parent_context).get_span_context().is_valid
        if alone and kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._others.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """What it is called where samplers are listed."""
        return f"Asked({self._others.get_description()})"


def tracer_provider(process: str, exporter: SpanExporter) -> TracerProvider:
    """A provider for one process. How many traces are kept is said by OTEL_TRACES_SAMPLER; by default all are."""
    resource = Resource.create(
        {"service.namespace": "duban", "service.name": f"duban-{process}", "service.version": version("duban")}
    )
    provider = TracerProvider(resource=resource)
    provider.sampler = Asked(provider.sampler)
    provider.add_span_processor(BatchSpanProcessor(Discreet(exporter)))
    return provider


def otlp_provider(endpoint: str | None, process: str) -> TracerProvider:
    """A provider that sends to an endpoint; without one, to where OpenTelemetry's own variables say."""
    if endpoint is None:
        return tracer_provider(process, OTLPSpanExporter())
    address = endpoint if endpoint.endswith(_PATH) else f"{endpoint.rstrip('/')}{_PATH}"
    return tracer_provider(process, OTLPSpanExporter(address))


def trace_with(provider: TracerProvider) -> None:
    """Trace this process, its queries among the rest, until `stop_tracing`."""
    AsyncPGInstrumentor().instrument(tracer_provider=provider)
    use_tracer(provider.get_tracer("duban"))


def stop_tracing(provider: TracerProvider) -> None:
    """Trace no more, and send what is left."""
    use_tracer(None)
    AsyncPGInstrumentor().uninstrument()
    provider.shutdown()


def _discreet(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=span.attributes,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
