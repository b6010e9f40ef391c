"""Connects to Temporal."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from services.settings import Settings

# The SDK raises RuntimeError where nobody listens at the address.
TEMPORAL_OUTAGES = (RPCError, RuntimeError, OSError)
# The SDK's native threads can crash an interpreter that leaves at once: so long a process waits before it ends.
NATIVE_THREADS_SECONDS = 0.5


async def connect(settings: Settings) -> Client:
    """Connect once; raises one of TEMPORAL_OUTAGES."""
    return await Client.connect(
        settings.temporal_target, namespace=settings.temporal_namespace, data_converter=pydantic_data_converter
    )
