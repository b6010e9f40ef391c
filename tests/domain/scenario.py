"""A small language for tests about items: ``given(report, accept).when(submit).then(RectificationSubmitted)``.

A deed is a command without its instant: each follows the one before by a minute, unless it says when. Everything a
deed leads to is written as the store writes it and read back, so that every scenario also proves the stored form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from domain.actor import Actor
from domain.decider import Command, Event
from domain.errors import Rejection
from domain.item.decisions import decide
from domain.item.due import Due, next_due
from domain.item.events import ITEM_EVENTS, ItemEvent
from domain.item.following import wait_until
from domain.item.state import ITEMS, Item, evolve, running_clock
from domain.rulebook.rulebook import Rulebook

E = TypeVar("E", bound=Event)
PACE = timedelta(minutes=1)


@dataclass(frozen=True)
class Deed:
    """What somebody does, as often as wanted. ``instant``: when, if that matters."""

    command: type[Command]
    actor: Actor
    content: Mapping[str, Any] = field(default_factory=dict[str, Any])
    instant: datetime | None = None

    def by(self, actor: Actor) -> "Deed":
        return replace(self, actor=actor)

    def at(self, instant: datetime) -> "Deed":
        return replace(self, instant=instant)

    def with_(self, **content: Any) -> "Deed":
        return replace(self, content={**self.content, **content})

    def as_command(self, at: datetime) -> Any:
        name = f"{self.actor.principal}:{self.command.__name__}:{at.isoformat()}"
        return self.command(command_id=name, at=at, actor=self.actor, **self.content)


@dataclass(frozen=True)
class Scenario:
    """An item with its history, the rules and the time; ``outcome`` is what the last deed led to."""

    rules: Rulebook
    now: datetime
    item: Item | None = None
    history: tuple[ItemEvent, ...] = ()
    outcome: tuple[ItemEvent, ...] | Rejection = ()

    def when(self, *deeds: Deed) -> "Scenario":
        """Do one thing after the other; a refusal before the last fails the test."""
        after = self
        for deed in deeds:
            after = after.settled()._done(deed)
        return after

    def under(self, rules: Rulebook) -> "Scenario":
        """The same under other rules from now on."""
        return replace(self, rules=rules)

    def then(self, *types: type[Event]) -> "Scenario":
        """The deed led to exactly these events."""
        self.settled()
        assert [type(event) for event in self.led_to] == list(types)
        return self

    def rejected(self, reason: type[Rejection]) -> "Scenario":
        """The deed was refused for exactly this reason; the item is as before."""
        assert type(self.outcome) is reason, self.outcome
        return self

    def settled(self) -> "Scenario":
        """The last deed was not refused."""
        assert not isinstance(self.outcome, Rejection), self.outcome
        return self

    def stands(self, status: str) -> "Scenario":
        """The item is in this step."""
        assert self.state.status == status
        return self

    @property
    def state(self) -> Any:
        """The item; loosely typed, since a test knows which step it is in."""
        assert self.item is not None
        return self.item

    @property
    def led_to(self) -> tuple[ItemEvent, ...]:
        """The events of the last deed; none, if it was refused."""
        return () if isinstance(self.outcome, Rejection) else self.outcome

    @property
    def clock(self) -> Any:
        return running_clock(self.state)

    @property
    def due(self) -> Due | None:
        return next_due(self.state)

    @property
    def waits_until(self) -> Due | None:
        return wait_until(self.state, self.now, self.rules)

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a type so far, in order."""
        return [event for event in self.history if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.all(kind)[-1]

    def _done(self, deed: Deed) -> "Scenario":
        now = deed.instant or self.now + PACE
        try:
            events = decide(deed.as_command(now), self.item, self.rules)
        except Rejection as refusal:
            return replace(self, now=now, outcome=refusal)
        item = self.item
        for event in events:
            assert stored_and_read(event) == event
            item = evolve(item, event)
        assert item is None or ITEMS.validate_json(item.model_dump_json()) == item
        return replace(self, now=now, item=item, history=self.history + events, outcome=events)


def stored_and_read(event: ItemEvent) -> ItemEvent:
    """The event as it comes back from the store, which leaves out what is empty."""
    return ITEM_EVENTS.validate_json(event.model_dump_json(exclude_none=True))
