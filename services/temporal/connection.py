"""Connects to Temporal."""

from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.service import RPCError

from services.settings import Settings
from services.telemetry.tracing import tracer_in_use

# The SDK raises RuntimeError where nobody listens at the address.
TEMPORAL_OUTAGES = (RPCError, RuntimeError, OSError)
# The SDK's native threads can crash an interpreter that leaves at once: so long a process waits before it ends.
NATIVE_THREADS_SECONDS = 0.5


async def connect(settings: Settings, runtime: Runtime | None = None) -> Client:
    """Connect once; raises one of TEMPORAL_OUTAGES. Traces go along with whatever is asked, where there are any."""
    return await Client.connect(
        settings.temporal_target,
        namespace=settings.temporal_namespace,
        data_converter=pydantic_data_converter,
        interceptors=tracing_interceptors(),
        runtime=runtime,
    )


def tracing_interceptors() -> list[Interceptor]:
    """What joins calls, workflows and activities to the trace they belong to; the workers of a client have it too."""
    tracer = tracer_in_use()
    if tracer is None:
        return []
    # It loads all of OpenTelemetry, which nobody needs who does not trace.
    from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415

    return [TracingInterceptor(tracer)]
