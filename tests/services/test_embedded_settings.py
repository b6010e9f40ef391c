"""Settings and the log: what is secret stays secret, and a child process gets the same settings."""

import json
import logging
from pathlib import Path

import pytest
import structlog

from services.logging import configure_logging
from services.readiness import announce_ready
from services.settings import DatabaseNotConfiguredError, Role, Settings

SECRET = "correct-horse"  # noqa: S105
URL = f"postgresql://duban_app:{SECRET}@db.example/duban"


def test_a_password_shows_nowhere():
    settings = Settings(database_app_url=URL)
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.dsn(Role.APP) == URL


def test_a_child_process_gets_the_same_settings(monkeypatch):
    settings = Settings(database_app_url=URL, gateway_port=9999, data_dir=Path("somewhere"), temporal_ui=False)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_a_child_process_does_not_inherit_what_its_settings_leave_out(monkeypatch):
    embedded = Settings()
    monkeypatch.setenv("DUBAN_DATABASE_APP_URL", URL)
    for name, value in embedded.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings().embeds_postgres


def test_an_external_database_without_an_address_for_a_role_is_refused():
    with pytest.raises(DatabaseNotConfiguredError):
        Settings(database_app_url=URL).dsn(Role.SEQUENCER)


def test_the_embedded_socket_path_is_never_too_long(tmp_path):
    deep = Settings(data_dir=tmp_path / ("long" * 40))
    assert len(str(deep.layout.socket_folder)) < 90
    assert deep.layout.socket_folder == Settings(data_dir=deep.data_dir).layout.socket_folder


@pytest.fixture
def logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_every_record_is_one_line_of_json(logging_as_it_was, capsys):
    configure_logging(Settings(log_format="json"), process="gateway")
    logging.getLogger("temporalio.workflow").warning("第 %s 件\n", 7, extra={"workflow_id": "item-7"})
    structlog.get_logger("duban").info("已交办", number="7")
    local_secret = SECRET
    try:
        raise ValueError(len(local_secret))  # noqa: TRY301
    except ValueError:
        structlog.get_logger("duban").exception("failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["第 7 件\n", "已交办", "failed"]
    assert lines[0]["workflow_id"] == "item-7"
    assert {line["process"] for line in lines} == {"gateway"}
    assert SECRET not in json.dumps(lines[2])


def test_a_process_that_nobody_supervises_announces_nothing(tmp_path):
    announce_ready(Settings(data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []
