"""The command line as a user meets it: help in two languages, one clear line when something is wrong."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.city.city_file import read_city
from services.city.loader import CalendarNotPublished
from services.cli.failing import explain
from services.embedded.checks import PortTakenError
from services.embedded.lock import DataFolderInUseError
from services.embedded.stack import PROCESSES
from services.handling.aggregates import ITEM
from services.handling.folding import DamagedEventError, fold
from services.marked_yaml import UnusableDocumentError
from services.settings import Settings
from services.store.records import StoredEvent

COMMANDS = (*PROCESSES, *"up migrate rebuild rearm load import campaign key demo doctor".split())  # noqa: SIM905


def duban(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", "from services.cli.main import run; run()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def test_help_names_every_command_in_chinese_and_english() -> None:
    answer = duban("--help")
    assert answer.returncode == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.stdout
    assert "督办" in answer.stdout
    assert "deadline" in answer.stdout


def test_a_command_that_does_not_exist_is_refused_with_exit_code_2() -> None:
    assert duban("forget").returncode == 2


def test_a_setting_that_makes_no_sense_is_one_line_with_a_code(short_folder: Path) -> None:
    answer = duban("migrate", "--data-dir", str(short_folder), DUBAN_GATEWAY_PORT="ninety")
    assert answer.returncode == 2
    assert "[invalid_settings]" in answer.stderr
    assert "gateway_port" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_database_that_is_away_is_one_line_with_a_code(short_folder: Path) -> None:
    nowhere = f"postgresql://nobody@/nothing?host={short_folder}"
    answer = duban("rebuild", DUBAN_DATABASE_APP_URL=nowhere, DUBAN_DATABASE_OWNER_URL=nowhere)
    assert answer.returncode == 1
    assert answer.stderr.startswith("错误 error [")
    assert answer.stderr.count("\n") == 1


def test_a_missing_address_of_an_external_database_is_a_usage_error(short_folder: Path) -> None:
    answer = duban("migrate", DUBAN_DATABASE_APP_URL=f"postgresql://nobody@/nothing?host={short_folder}")
    assert answer.returncode == 2
    assert "[database_not_configured]" in answer.stderr


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (PortTakenError("127.0.0.1", 8420), "port_taken"),
        (DataFolderInUseError(Path("somewhere"), "7"), "data_folder_in_use"),
        (FileNotFoundError(2, "No such file", "ledger.csv"), "file_not_usable"),
        (ConnectionRefusedError("refused"), "unreachable"),
        (ExceptionGroup("at work", [ConnectionRefusedError("refused")]), "unreachable"),
    ],
)
def test_foreseeable_trouble_has_a_code(problem: Exception, code: str) -> None:
    explained = explain(problem)
    assert explained is not None
    assert f"[{code}]" in explained.line
    assert "\n" not in explained.line


def test_a_rule_that_says_no_says_why_in_both_languages() -> None:
    explained = explain(CalendarNotPublished(policy="city"))
    assert explained is not None
    assert "[calendar_not_published] 工作日历未发布" in explained.line
    assert "add one to the city file" in explained.line


def test_a_bug_keeps_its_traceback() -> None:
    assert explain(ZeroDivisionError("a bug")) is None


def test_only_settings_are_settings() -> None:
    with pytest.raises(ValidationError) as of_a_value:
        Settings.model_validate({"gateway_port": "ninety"})
    explained = explain(of_a_value.value)
    assert explained is not None
    assert "[invalid_settings]" in explained.line
    with pytest.raises(ValidationError) as of_something_else:
        ITEM.events.validate_json(b"{}")
    assert explain(of_something_else.value) is None


def test_an_event_that_cannot_be_read_is_named() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    event = StoredEvent(
        position=None,
        seq=7,
        stream_id=UUID(int=7),
        version=3,
        event_id=UUID(int=8),
        kind="unit",
        type="unit.dissolved.v1",
        schema_version=1,
        occurred_at=at,
        recorded_at=at,
        actor="somebody",
        campaign_id=None,
        unit=None,
        area=None,
        data=b'{"type": "unit.dissolved.v1", "occurred_at": "once"}',
    )
    with pytest.raises(DamagedEventError) as damaged:
        fold([event])
    explained = explain(damaged.value)
    assert explained is not None
    assert explained.exit_code == 1
    assert "[damaged_event]" in explained.line
    assert f"{UUID(int=7)}, version 3" in explained.line


def test_a_city_file_names_every_line_that_is_wrong(short_folder: Path) -> None:
    city = short_folder / "city.yaml"
    city.write_text("units:\n  - {code: a}\n  - {code: b}\n", encoding="utf-8")
    with pytest.raises(UnusableDocumentError) as problem:
        read_city(city)
    explained = explain(problem.value)
    assert explained is not None
    assert explained.exit_code == 2
    assert "line 2" in explained.line
    assert "line 3" in explained.line
