"""The short plan of CI: every kind of strike once, every process killed and paused once, within a minute."""

from tests.faults.parts import FIRST_ONES, POSTGRES, SECOND_ONES, TEMPORAL, link_between
from tests.faults.plan import Planned
from tests.faults.strikes import BackendKilled, BackendPaused, Deployed, Killed, Paused, SecondOne
from tests.faults.strikes_clocks import ALL, ClockJump
from tests.faults.strikes_links import LinkBroken
from tests.faults.strikes_servers import (
    DatabaseCrashed,
    DiskFull,
    FailedOver,
    Restarted,
    RestoredFromDump,
    TemporalLost,
)

SEED = 11
SECONDS = 62.0

QUICK = (
    *(Planned(2.0 + 0.7 * number, 0.0, Killed(name)) for number, name in enumerate(FIRST_ONES)),
    *(Planned(11.0, 6.0, SecondOne(name)) for name in SECOND_ONES),
    Planned(12.0, 0.0, LinkBroken("connections cut", POSTGRES)),
    Planned(13.0, 3.0, LinkBroken("connections delayed", link_between("gateway-1", POSTGRES), 0.2)),
    Planned(13.5, 3.0, LinkBroken("connections refused", link_between("relay-1", TEMPORAL))),
    Planned(14.0, 3.0, LinkBroken("connections stalled", link_between("worker-1", POSTGRES))),
    Planned(14.5, 1.0, LinkBroken("broken off in a message", link_between("clients", "gateway-2"), 0.5)),
    Planned(17.0, 0.0, Killed(POSTGRES)),
    *(Planned(18.0 + 0.3 * number, 1.5, Paused(name)) for number, name in enumerate(FIRST_ONES)),
    Planned(20.0, 0.0, BackendKilled()),
    Planned(22.0, 1.5, BackendPaused()),
    Planned(22.5, 2.0, Paused(TEMPORAL)),
    Planned(24.0, 0.5, DatabaseCrashed()),
    Planned(26.0, 3.0, ClockJump("gateway-1", 3)),
    Planned(26.5, 3.0, ClockJump("worker-1", -2)),
    Planned(27.0, 2.0, DiskFull()),
    Planned(30.0, 0.0, Killed(TEMPORAL)),
    Planned(31.0, 1.0, Restarted(POSTGRES)),
    Planned(32.0, 2.0, ClockJump(ALL, -1)),
    Planned(34.0, 1.0, Restarted(TEMPORAL)),
    Planned(35.0, 0.0, Deployed()),
    Planned(38.0, 1.0, TemporalLost()),
    Planned(42.0, 0.0, FailedOver()),
    Planned(50.0, 0.0, RestoredFromDump()),
    Planned(59.0, 1.0, Paused(POSTGRES)),
)
