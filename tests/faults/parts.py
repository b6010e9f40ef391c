"""Names the parts of a stand and the links between them, so that a plan can be made before anything runs."""

POSTGRES = "postgres"
TEMPORAL = "temporal"
SERVERS = (POSTGRES, TEMPORAL)
CLIENTS = "clients"
GATEWAYS = ("gateway-1", "gateway-2")
WORKERS = ("worker-1", "worker-2")
# Started by the strike that wants two of a kind, and by nothing else.
SECOND_ONES = ("sequencer-2", "relay-2")
FIRST_ONES = (
    *("sequencer-1", "notary", "projector", "relay-1", "consequences", "webhooks", "notifier"),
    *WORKERS,
    *GATEWAYS,
)
PROCESSES = (*FIRST_ONES, *SECOND_ONES)
_SPEAK_TO_TEMPORAL = ("relay", "worker")


def kind_of(process: str) -> str:
    """worker-2 → worker: what `duban` calls it."""
    return process.split("-", maxsplit=1)[0]


def servers_of(process: str) -> tuple[str, ...]:
    """Return the servers that a process speaks to."""
    return SERVERS if kind_of(process) in _SPEAK_TO_TEMPORAL else (POSTGRES,)


def link_between(near: str, far: str) -> str:
    """Return the name of a link."""
    return f"{near}>{far}"


LINKS = (
    *(link_between(process, server) for process in FIRST_ONES for server in servers_of(process)),
    *(link_between(CLIENTS, gateway) for gateway in GATEWAYS),
)
