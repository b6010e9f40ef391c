"""What an obligation is known by: the same occurrence, task or letter has the same key and number, whoever asks."""

from datetime import UTC, datetime

from domain.obligation.values import DutyOwed, LetterOwed, TaskOwed


def duty_key(campaign_id: str, duty_id: str, occurrence: datetime, unit: str) -> str:
    """The key of one occurrence of a duty owed by a unit."""
    return f"{campaign_id}\nduty\n{duty_id}\n{occurrence.astimezone(UTC).isoformat()}\n{unit}"


def task_key(campaign_id: str, task_id: str) -> str:
    """The key of a task; it has one lead unit."""
    return f"{campaign_id}\ntask\n{task_id}"


def letter_key(campaign_id: str, letter_id: str, unit: str) -> str:
    """The key of a responsibility letter issued to a unit."""
    return f"{campaign_id}\nletter\n{letter_id}\n{unit}"


def number_of(campaign_id: str, owed: DutyOwed | TaskOwed | LetterOwed, unit: str) -> str:
    """The number people see; an occurrence is named by its instant in UTC."""
    match owed:
        case DutyOwed():
            return f"{campaign_id}/{owed.duty_id}/{owed.occurrence.astimezone(UTC):%Y%m%dT%H%MZ}/{unit}"
        case TaskOwed():
            return f"{campaign_id}/{owed.task_id}"
        case LetterOwed():
            return f"{campaign_id}/{owed.letter_id}/{unit}"
