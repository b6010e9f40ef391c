"""What becomes of messages, when they may go out, and how long they are tried."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.actor import Actor, Role
from domain.channel.values import ChannelKind
from domain.errors import Forbidden
from domain.notice.commands import AskForResend, RecordDelivery, RecordFailure
from domain.notice.decisions import NoSuchNotice, NoticeDidNotFail, decide
from domain.notice.state import Notice, evolve
from domain.notice.trying import next_try
from domain.preferences.commands import SetPreferences
from domain.preferences.decisions import decide as decide_preferences
from domain.preferences.state import PersonsPreferences
from domain.preferences.values import Daily, Hourly, Preferences, QuietHours, goes_out_at
from domain.rulebook.rulebook import Rulebook

MESSAGE = UUID("8d3f5a42-7b1c-5e0d-9a64-1c2b3d4e5f60")
SHANGHAI = "Asia/Shanghai"
MORNING = datetime(2026, 11, 20, 3, tzinfo=UTC)  # 11:00 in Shanghai
NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 23:30
RULES = Rulebook()


def by(role: Role) -> dict[str, Any]:
    return {"command_id": "k", "at": MORNING, "actor": Actor(principal="somebody", role=role)}


def delivery(role: Role = Role.SYSTEM) -> RecordDelivery:
    return RecordDelivery(
        **by(role), message_id=MESSAGE, channel=ChannelKind.WECOM, lines=1, attempts=1, answer_sha256="0" * 64
    )


def failure() -> RecordFailure:
    return RecordFailure(
        **by(Role.SYSTEM), message_id=MESSAGE, channel=ChannelKind.WECOM, lines=1, attempts=9, reason="gave_up"
    )


def after(*commands: Any) -> Notice | None:
    state: Notice | None = None
    for command in commands:
        for event in decide(command, state, RULES):
            state = evolve(state, event)
    return state


def test_a_failed_message_can_be_tried_again_and_then_be_delivered() -> None:
    asked = AskForResend(**by(Role.OFFICE))
    assert after(failure()).status == "failed"
    assert after(failure(), asked).status == "waiting"
    done = after(failure(), asked, delivery())
    assert (done.status, done.failures) == ("delivered", 1)


def test_an_outcome_is_recorded_once_but_what_arrived_in_the_end_has_arrived() -> None:
    assert decide(delivery(), after(delivery()), RULES) == ()
    assert decide(failure(), after(delivery()), RULES) == ()
    assert decide(failure(), after(failure()), RULES) == ()
    assert after(failure(), delivery()).status == "delivered"


def test_only_what_has_failed_is_sent_again() -> None:
    asked = AskForResend(**by(Role.ADMINISTRATOR))
    with pytest.raises(NoSuchNotice):
        decide(asked, None, RULES)
    with pytest.raises(NoticeDidNotFail):
        decide(asked, after(delivery()), RULES)
    with pytest.raises(NoticeDidNotFail):
        decide(asked, after(failure(), asked), RULES)


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEADER, Role.AUDITOR, Role.INSPECTOR])
def test_others_neither_record_nor_resend(role: Role) -> None:
    with pytest.raises(Forbidden):
        decide(delivery(role), None, RULES)
    with pytest.raises(Forbidden):
        decide(AskForResend(**by(role)), after(failure()), RULES)


def test_everybody_sets_their_own_preferences_and_nobody_elses() -> None:
    mine = SetPreferences(**by(Role.HANDLER), principal_id="somebody", preferences=Preferences())
    assert decide_preferences(mine, None, RULES)
    known = PersonsPreferences(principal_id="somebody", preferences=Preferences())
    assert decide_preferences(mine, known, RULES) == ()
    with pytest.raises(Forbidden):
        decide_preferences(mine.model_copy(update={"principal_id": "another"}), None, RULES)


@pytest.mark.parametrize(
    ("preferences", "now", "expected"),
    [
        (Preferences(), MORNING, MORNING),
        (Preferences(), NIGHT, datetime(2026, 11, 21, 0, tzinfo=UTC)),  # 08:00 the next day
        (Preferences(quiet=None), NIGHT, NIGHT),
        (Preferences(), datetime(2026, 11, 20, 23, 59, tzinfo=UTC), datetime(2026, 11, 21, 0, tzinfo=UTC)),
        (Preferences(digest=Hourly()), MORNING + timedelta(minutes=1), MORNING + timedelta(hours=1)),
        (Preferences(digest=Hourly()), MORNING, MORNING + timedelta(hours=1)),
        (Preferences(digest=Daily(hour=9)), MORNING, datetime(2026, 11, 21, 1, tzinfo=UTC)),
        (Preferences(digest=Daily(hour=17)), MORNING, datetime(2026, 11, 20, 9, tzinfo=UTC)),
        (Preferences(digest=Daily(hour=23)), MORNING, datetime(2026, 11, 21, 0, tzinfo=UTC)),  # quiet then
        (Preferences(quiet=QuietHours(starts=time(12), ends=time(14))), MORNING + timedelta(hours=2), None),
    ],
)
def test_a_message_goes_out_after_digest_and_quiet_hours(
    preferences: Preferences, now: datetime, expected: datetime | None
) -> None:
    expected = expected or datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert goes_out_at(preferences, now, SHANGHAI, urgent=False) == expected
    assert goes_out_at(preferences, now, SHANGHAI, urgent=True) == now


def test_quiet_hours_that_never_end_are_none() -> None:
    with pytest.raises(ValidationError):
        QuietHours(starts=time(8), ends=time(8))


def test_attempts_come_later_and_later_and_the_same_way_whoever_computes_them() -> None:
    pauses = [(next_try(MESSAGE, attempt, MORNING) - MORNING).total_seconds() for attempt in range(1, 15)]
    assert pauses == [(next_try(MESSAGE, attempt, MORNING) - MORNING).total_seconds() for attempt in range(1, 15)]
    assert 5 <= pauses[0] <= 7.5
    assert all(1800 <= pause <= 2700 for pause in pauses[10:])
    assert next_try(MESSAGE, 1, MORNING, rate_limited=True) >= MORNING + timedelta(minutes=1)
    other = UUID(int=7)
    assert next_try(other, 3, MORNING) != next_try(MESSAGE, 3, MORNING)
