"""Dashboard, rules and runbook speak of what processes really show, and of each other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from services.cli.main import app as commands
from services.embedded.stack import PROCESSES, Stack
from services.gateway.metrics import Metrics
from services.settings import Settings
from services.telemetry.endpoint import process_registry
from services.telemetry.supervised import Supervised
from services.temporal import sdk_metrics, watching
from services.worker import activity_watch
from tests.services.prometheus_rules import DEPLOY, names_in, rules

RULES = rules()
DOCS = DEPLOY.parent / "docs"
RUNBOOKS = [DOCS / "runbook.md", DOCS / "runbook.zh-CN.md"]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "duban.json").read_text(encoding="utf-8"))
# Whoever adds metrics to all processes' registry by being loaded.
LOADED = (sdk_metrics, watching, activity_watch)
SCHEMA = 41


def stack() -> Stack:
    async def no_migration(_dsn: str) -> None:
        return

    return Stack(Settings(metrics_port=9420), migrate=no_migration, search_attributes={})


def shown() -> set[str]:
    """The names of all series that our processes show; `up` is Prometheus's own."""
    process = process_registry(Settings())
    texts = [Metrics(process).text().decode(), generate_latest(Supervised(_Nobody()).registry).decode()]  # pyright: ignore[reportArgumentType]
    names = {"up"}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", "\n".join(texts), re.MULTILINE):
        names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


class _Nobody:
    names = ()


def expressions() -> list[str]:
    panels = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_rules_and_panels_name_metrics_that_exist():
    assert LOADED
    named = set().union(*(names_in(expression) for expression in [rule["expr"] for rule in RULES.values()]))
    assert named - shown() == set()
    drawn = set().union(*(names_in(expression.replace("$__rate_interval", "5m")) for expression in expressions()))
    assert drawn - shown() == set()
    assert len(expressions()) > 30


def test_every_alert_is_seen_on_the_dashboard():
    named = set().union(*(names_in(rule["expr"]) for rule in RULES.values()))
    drawn = set().union(*(names_in(expression.replace("$__rate_interval", "5m")) for expression in expressions()))
    # The mean time to an answer is drawn as quantiles.
    assert named - drawn == {"duban_http_request_seconds_sum", "duban_http_request_seconds_count"}


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda file: file.name)
def test_every_alert_has_its_section_and_no_section_is_of_none(runbook: Path):
    headings = re.findall(r"^## (\w+)$", runbook.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(RULES)
    assert headings == list(RULES)


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda file: file.name)
def test_every_section_says_how_to_see_and_what_to_do(runbook: Path):
    text = runbook.read_text(encoding="utf-8")
    see, act = ("**看**", "**办**") if "zh-CN" in runbook.name else ("**See**", "**Do**")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [section.split()[0] for section in sections if see not in section or act not in section] == []


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda file: file.name)
def test_runbooks_name_commands_paths_and_settings_that_exist(runbook: Path, api_paths: set[str]):
    text = runbook.read_text(encoding="utf-8")
    known = {command.name or command.callback.__name__ for command in commands.registered_commands if command.callback}
    known |= {group.name for group in commands.registered_groups if group.name}
    named = set(re.findall(r"`duban ([a-z]+)", text))
    assert named - known == set()
    settings = {f"DUBAN_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"DUBAN_[A-Z_]+", text)) - settings == set()
    asked = {path.replace("ID", "{}") for _, path in re.findall(r"`(GET|POST) (/v1/[A-Za-z0-9/_-]+)", text)}
    assert asked - api_paths == set()


@pytest.fixture(scope="module")
def api_paths() -> set[str]:
    from services.gateway.app import create_app

    return {re.sub(r"\{[^}]*\}", "{}", path) for path in create_app(Settings()).openapi()["paths"]}


def test_every_alert_says_what_it_is_in_both_languages_and_where_to_read_on():
    for name, rule in RULES.items():
        zh, _, en = rule["annotations"]["summary"].partition(" · ")
        assert re.search(r"[\u4e00-\u9fff]", zh), name
        assert re.search(r"[a-z]{3}", en), name
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
        assert rule["annotations"]["runbook_url_zh"] == f"docs/runbook.zh-CN.md#{name.lower()}"
        assert rule["labels"]["severity"] in {"critical", "warning"}


def test_the_ports_that_are_scraped_are_those_of_the_embedded_stack():
    document = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yml").read_text(encoding="utf-8"))
    ours = next(job for job in document["scrape_configs"] if job["job_name"] == "duban")["static_configs"]
    scraped = {each["labels"]["process"]: int(each["targets"][0].rpartition(":")[2]) for each in ours}
    running, defaults = stack(), Settings()
    ports = {name: running._metrics_port(name) or defaults.gateway_port for name in PROCESSES}
    assert scraped == {**ports, "up": 9420}


def test_the_dashboard_can_be_imported():
    assert DASHBOARD["schemaVersion"] >= SCHEMA
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not taken & cells, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            assert {"targets", "fieldConfig", "options", "datasource"} <= panel.keys()
            assert all(
                target["refId"] and target["datasource"]["uid"] == "${datasource}" for target in panel["targets"]
            )
