"""Who asks: one caller of every role, those bound to an area, nobody, and somebody whose key was revoked."""

from dataclasses import dataclass

from domain.actor import Role
from domain.principal.state import Standing

EAST, REVOKED = "east", "revoked"


@dataclass(frozen=True)
class Caller:
    """A column of the table. ``name`` is whose key is used, None for no key at all."""

    title: str
    name: str | None
    standing: Standing | None = None

    @property
    def keyless(self) -> bool:
        """Whether there is no key in force."""
        return self.name in {None, REVOKED}

    @property
    def bound(self) -> bool:
        """Whether there is anything that they must not see."""
        return self.name in {"cleaner", "hotline"} or (self.standing is not None and self.standing.area is not None)


CALLERS = (
    Caller("administrator", "administrator"),
    Caller("office", "office"),
    Caller("leader", "leader"),
    Caller("inspector", "inspector"),
    Caller("auditor", "auditor"),
    Caller("handler", "cleaner"),
    Caller("system", "hotline"),
    Caller("administrator of an area", "east administrator", Standing(role=Role.ADMINISTRATOR, area=EAST)),
    Caller("office of an area", "east office", Standing(role=Role.OFFICE, area=EAST)),
    Caller("leader of an area", "east leader", Standing(role=Role.LEADER, area=EAST)),
    Caller("inspector of an area", "east inspector", Standing(role=Role.INSPECTOR, area=EAST)),
    Caller("auditor of an area", "east auditor", Standing(role=Role.AUDITOR, area=EAST)),
    Caller("no key", None),
    Caller("revoked key", REVOKED, Standing(role=Role.OFFICE)),
)
KEYS = tuple(caller.name for caller in CALLERS if caller.name is not None)
