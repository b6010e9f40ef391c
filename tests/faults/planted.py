"""Starts a process of Duban with known bugs patched in: `python -m tests.faults.planted BUG[,BUG] gateway`.

Whoever judges runs must notice each of them. Nothing in the product knows of this.
"""

import asyncio
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

_LATE_SECONDS = 1.5
_SLOW_SECONDS = 0.4
_FORGOTTEN = 3
_MOVED = timedelta(seconds=2)
_BY_ID = """
    WITH added AS (
      INSERT INTO es.log (pos, seq, leaf_hash)
      SELECT (SELECT coalesce(max(pos) + 1, 0) FROM es.log) + row_number() OVER (ORDER BY seq) - 1, seq, leaf_hash
        FROM es.event WHERE seq > (SELECT coalesce(max(seq), 0) FROM es.log)
      RETURNING 1)
    UPDATE es.sequencer SET size = size + (SELECT count(*) FROM added) RETURNING (SELECT count(*) FROM added)"""


def acknowledge_before_commit() -> None:
    """The gateway answers about items and writes a little later: whoever kills it in between breaks the promise."""
    from services.store.event_store import EventStore
    from services.store.records import Append, Appended, Outcome

    really, under_way = EventStore.append, set[asyncio.Task[Any]]()

    async def append(self: EventStore, commands: Sequence[Append]) -> list[Appended]:
        async def later() -> None:
            await asyncio.sleep(_LATE_SECONDS)
            await really(self, commands)

        if any(each.kind != "item" for each in commands):
            return await really(self, commands)
        task = asyncio.create_task(later())
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return [Appended(Outcome.APPENDED, each.version, each.answer) for each in commands]

    EventStore.append = append


def commit_slowly() -> None:
    """Some transactions take a moment to commit, as on a busy server: no bug, but what finds the next one."""
    from services.store.event_store import EventStore
    from services.store.records import Append, Appended

    really, chance = EventStore.append, random.Random(os.getpid())  # noqa: S311 - a story, not a secret

    async def append(self: EventStore, commands: Sequence[Append]) -> list[Appended]:
        import asyncpg

        if not isinstance(self._pool, asyncpg.Pool) or chance.random() < 0.5:
            return await really(self, commands)
        async with self.together() as connection:
            outcomes = await really(EventStore(connection), commands)
            await asyncio.sleep(_SLOW_SECONDS)
        return outcomes

    EventStore.append = append


def tail_by_id() -> None:
    """The sequencer takes what has a higher id than the last: what commits late is never seen."""
    from services.sequencer import sequencer
    from services.settings import Role, Settings

    async def tick(_self: sequencer.Sequencer, connection: Any) -> int | None:
        return await connection.fetchval(_BY_ID)

    really = Settings.dsn

    def dsn(self: Settings, _role: Role) -> str:
        return really(self, Role.OWNER)  # the sequencer's own role could not do it

    sequencer.Sequencer._tick = tick
    Settings.dsn = dsn


def rung_without_guard() -> None:
    """Every follow-up runs twice, and nothing refuses the second climb of a rung."""
    from activities.item_follow_up import ItemFollowUp
    from domain.clock import Clock
    from domain.item import decisions, following, state
    from domain.item.events import ItemEvent
    from domain.item.state import Item, running_clock
    from domain.rulebook.rulebook import Rulebook
    from domain.rulebook.terms import ladder_of
    from domain.schedule import PlannedRung

    really_follow, really_climb, twice = following.follow_up, state.climb_on_clock, ItemFollowUp._follow_up

    def climb(clock: Clock, rung: Any) -> Clock:
        return clock if rung in clock.climbed else really_climb(clock, rung)

    def follow_up(item: Item, at: Any, rules: Rulebook) -> tuple[ItemEvent, ...]:
        events, clock = really_follow(item, at, rules), running_clock(item)
        if events or clock is None or not clock.climbed:
            return events
        rung = clock.climbed[-1]
        terms = ladder_of(clock, rules).terms_of(rung)
        return following.climb(PlannedRung(rung=rung, at=at), terms, clock, None, at, rules)

    async def run_twice(self: ItemFollowUp, moment: Any) -> Any:
        await twice(self, moment)
        return await twice(self, moment.model_copy(update={"at": moment.at + timedelta(milliseconds=1)}))

    state.climb_on_clock = climb
    following.follow_up = decisions.following.follow_up = follow_up
    ItemFollowUp._follow_up = run_twice


def relay_that_forgets() -> None:
    """The relay moves on without having told of every third thing."""
    from services.temporal.arming import Arming

    really = Arming.arm

    async def arm(self: Arming, standing: Any, *traced: Any) -> bool:
        if standing.kind == "item" and standing.stream_id.int % _FORGOTTEN == 0:
            return True
        return await really(self, standing, *traced)

    Arming.arm = arm


def key_ignored() -> None:
    """The gateway takes no notice of the keys of commands about items: what comes again is done again."""
    from services.handling.command_handler import CommandHandler
    from services.store.event_store import EventStore
    from services.store.records import Append, Appended

    really, found = EventStore.append, CommandHandler.answered_before

    async def append(self: EventStore, commands: Sequence[Append]) -> list[Appended]:
        ignored = [replace(each, key=f"{each.key}#{uuid4()}") if each.kind == "item" else each for each in commands]
        return await really(self, ignored)

    async def answered_before(self: CommandHandler, wish: Any) -> Any:
        return None if wish.aggregate.kind == "item" else await found(self, wish)

    EventStore.append = append
    CommandHandler.answered_before = answered_before


def deadline_that_moves() -> None:
    """A warning puts the deadline off, and no event says so."""
    from domain.clock import Clock
    from domain.item import state

    really = state.climb_on_clock

    def climb(clock: Clock, rung: Any) -> Clock:
        climbed = really(clock, rung)
        if rung != "warn" or climbed.due_at is None:
            return climbed
        later = tuple(step.model_copy(update={"at": step.at + _MOVED}) for step in climbed.planned)
        return climbed.model_copy(update={"due_at": climbed.due_at + _MOVED, "planned": later})

    state.climb_on_clock = climb


# Which processes carry a bug; the others, and the command line, are as they should be.
BUGS: Mapping[str, Mapping[str, Callable[[], None]]] = {
    "acknowledge-before-commit": {"gateway": acknowledge_before_commit},
    "tail-by-id": {"gateway": commit_slowly, "sequencer": tail_by_id},
    "rung-without-guard": {"gateway": rung_without_guard, "worker": rung_without_guard},
    "relay-that-forgets": {"relay": relay_that_forgets},
    "key-ignored": {"gateway": key_ignored},
    "deadline-that-moves": {"gateway": deadline_that_moves, "worker": deadline_that_moves},
}


def launch(*bugs: str) -> tuple[str, ...]:
    """What starts a process with these bugs, for a stand."""
    return (sys.executable, "-m", "tests.faults.planted", ",".join(bugs))


def main() -> None:
    """Patch, and start."""
    for bug in sys.argv.pop(1).split(","):
        BUGS[bug].get(sys.argv[1], lambda: None)()
    from services.cli.main import run

    run()


if __name__ == "__main__":
    main()
