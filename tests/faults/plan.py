"""Draws from a seed what strikes when: the same seed and length, the same plan."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.parts import FIRST_ONES, LINKS, POSTGRES, SECOND_ONES, SERVERS, TEMPORAL
from tests.faults.strikes import BackendKilled, BackendPaused, Deployed, Killed, Paused, SecondOne, Strike
from tests.faults.strikes_clocks import ALL, FAKED, ClockJump
from tests.faults.strikes_links import LINK_FAULTS, LinkBroken
from tests.faults.strikes_servers import (
    DatabaseCrashed,
    DiskFull,
    FailedOver,
    Restarted,
    RestoredFromDump,
    TemporalLost,
)

_FIRST_SECONDS = 6.0
_LAST_SECONDS = 15.0  # before the end: what is struck last still meets a load
_BETWEEN_SECONDS = 7.0
# Strikes that take their time by themselves claim what they need for so long, for the plan.
_OWN_SECONDS = {"deploy": 25.0, "failover to a streamed copy": 15.0, "moved by dump and restore": 25.0, "killed": 4.0}
_RECOVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Planned:
    """A strike, when it begins after the start of the load, and for how long it lasts before it is healed."""

    at_seconds: float
    lasts_seconds: float
    strike: Strike


def _hours(rng: random.Random) -> int:
    return rng.choice((-1, 1)) * rng.randint(1, 12)


@dataclass(frozen=True)
class _Card:
    """A kind of strike, how long it lasts at least and at most, and how often it is dealt in one round."""

    make: Callable[[random.Random], Strike]
    shortest: float = 0.0
    longest: float = 0.0
    times: int = 1


_CARDS = (
    _Card(lambda rng: Killed(rng.choice(FIRST_ONES)), times=3),
    _Card(lambda _: Killed(POSTGRES)),
    _Card(lambda _: Killed(TEMPORAL)),
    _Card(lambda rng: Paused(rng.choice(FIRST_ONES)), 2.0, 15.0, times=2),
    _Card(lambda rng: Paused(rng.choice(SERVERS)), 1.0, 8.0),
    _Card(lambda _: BackendKilled()),
    _Card(lambda _: BackendPaused(), 1.0, 8.0),
    _Card(lambda _: Restarted(POSTGRES), 0.0, 4.0),
    _Card(lambda _: Restarted(TEMPORAL), 0.0, 6.0),
    _Card(lambda _: DatabaseCrashed(), 0.0, 4.0),
    _Card(lambda _: TemporalLost(), 0.0, 3.0),
    _Card(lambda _: DiskFull(), 2.0, 8.0),
    _Card(lambda rng: ClockJump(rng.choice(FAKED), _hours(rng)), 3.0, 12.0, times=2),
    _Card(lambda rng: ClockJump(ALL, _hours(rng)), 3.0, 10.0),
    _Card(lambda rng: _link_broken(rng), 1.0, 10.0, times=4),  # noqa: PLW0108 - defined further down
    _Card(lambda rng: SecondOne(rng.choice(SECOND_ONES)), 5.0, 20.0, times=2),
    _Card(lambda _: Deployed()),
    _Card(lambda _: FailedOver()),
    _Card(lambda _: RestoredFromDump()),
)
_ROUND = tuple(card for card in _CARDS for _ in range(card.times))


def plan(seed: int, minutes: float, *, between_seconds: float = _BETWEEN_SECONDS) -> list[Planned]:
    """Deal every kind of strike, in rounds, at random instants; strikes overlap unless they claim the same."""
    rng = random.Random(f"faults {seed}")  # noqa: S311 - a plan is not a secret
    end = minutes * 60.0 - _LAST_SECONDS
    at, planned, deck = _FIRST_SECONDS, list[Planned](), list[_Card]()
    claimed: dict[str, float] = {}
    while at < end:
        if not deck:
            deck = rng.sample(_ROUND, len(_ROUND))
        for card in deck:
            strike = card.make(rng)
            if all(claimed.get(claim, 0.0) <= at for claim in strike.claims):
                deck.remove(card)
                lasts = round(min(rng.uniform(card.shortest, card.longest), max(end - at, card.shortest)), 1)
                planned.append(Planned(round(at, 1), lasts, strike))
                until = at + lasts + _OWN_SECONDS.get(strike.fault, 0.0) + _RECOVERY_SECONDS
                claimed |= dict.fromkeys(strike.claims, until)
                break
        at += rng.expovariate(1.0 / between_seconds)
    return planned


def _link_broken(rng: random.Random) -> LinkBroken:
    fault = rng.choice(LINK_FAULTS)
    target = rng.choice((*LINKS, *SERVERS))
    measure = {"connections delayed": round(rng.uniform(0.05, 1.0), 2), "broken off in a message": 2 * rng.random()}
    return LinkBroken(fault, target, round(measure.get(fault, 0.0), 3))
