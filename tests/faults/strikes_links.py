"""Strikes at the links between two parts: cut, refused, delayed, stalled, broken off in the middle of a message."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.links import Link
from tests.faults.parts import SERVERS
from tests.faults.strikes import Scene

_BREAKS: dict[str, Callable[[Link, float], None]] = {
    "connections cut": lambda link, _: link.cut(),
    "connections refused": lambda link, _: link.refuse(),
    "connections delayed": lambda link, seconds: link.delay(seconds),
    "connections stalled": lambda link, _: link.stall(),
    "broken off in a message": lambda link, measure: link.break_after(int(measure * 1000)),
}
LINK_FAULTS = tuple(_BREAKS)


@dataclass(frozen=True)
class LinkBroken:
    """One link, or all links to a server, behaves badly. `measure` is seconds of delay, or thousands of bytes."""

    fault: str
    target: str
    measure: float = 0.0

    @property
    def claims(self) -> frozenset[str]:
        """One fault a link; what hits all links to a server may hit a broken one as well."""
        return frozenset({f"link {self.target}"})

    async def strike(self, scene: Scene) -> str:
        """Break it."""
        links = self._links(scene)
        for link in links:
            _BREAKS[self.fault](link, self.measure)
        return f"{self.measure:g}" if self.measure else ""

    async def heal(self, scene: Scene) -> str:
        """Be a wire again."""
        for link in self._links(scene):
            link.heal()
        return "a wire again"

    def _links(self, scene: Scene) -> list[Link]:
        if self.target in SERVERS:
            return [link for name, link in scene.stand.links.items() if name.endswith(f">{self.target}")]
        return [scene.stand.links[self.target]] if self.target in scene.stand.links else []
