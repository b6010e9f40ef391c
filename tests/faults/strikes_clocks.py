"""Strikes at the clocks: hours forwards or backwards, of one process or of all."""

from dataclasses import dataclass
from datetime import timedelta

from tests.faults.clocks import faking_library
from tests.faults.journal import ClockJumped, now
from tests.faults.parts import FIRST_ONES, POSTGRES
from tests.faults.strikes import NotPossibleError, Scene

ALL = "all"
FAKED = (POSTGRES, *FIRST_ONES)


@dataclass(frozen=True)
class ClockJump:
    """The clock of a process, or of all but Temporal, is wrong by whole hours for a while."""

    target: str
    hours: int

    @property
    def fault(self) -> str:
        """One process, or all."""
        return "clocks of all jump" if self.target == ALL else "clock jumps"

    @property
    def claims(self) -> frozenset[str]:
        """One jump of a clock at a time, for what all believe and what one believes would mix."""
        return frozenset({f"clock of {name}" for name in self._whom})

    async def strike(self, scene: Scene) -> str:
        """Jump."""
        if faking_library() is None:
            reason = "no libfaketime for this machine"
            raise NotPossibleError(reason)
        self._set(scene, timedelta(hours=self.hours))
        return f"{self.hours:+d} h"

    async def heal(self, scene: Scene) -> str:
        """Jump back to the true time."""
        self._set(scene, timedelta(0))
        return "right again"

    @property
    def _whom(self) -> tuple[str, ...]:
        return FAKED if self.target == ALL else (self.target,)

    def _set(self, scene: Scene, offset: timedelta) -> None:
        for name in self._whom:
            # Noted before it jumps and after it is right again: what a wrong clock may have decided lies in between.
            if offset:
                scene.journal.note(ClockJumped(now(), name, offset.total_seconds()))
                scene.stand.clocks.set(name, offset)
            else:
                scene.stand.clocks.set(name, offset)
                scene.journal.note(ClockJumped(now(), name, 0.0))
