"""Every operation of the OpenAPI document, asked anything by everybody: no 500, and nothing that is not documented."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig

from services.documents.desk import MEDIA_TYPES
from services.gateway.app import create_app
from services.settings import Settings
from tests.fuzzing.bridge import Bridge
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.known_values import dictionaries
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.rights import asks

LONG = "DUBAN_LONG_FUZZING" in os.environ
EXAMPLES = 300 if LONG else 8
CONFIGURATION: dict[str, Any] = {
    "base-url": "http://gateway",
    **dictionaries(),
    "operations": [
        {
            # A batch is taken, and answered event by event.
            "include-operation-id": "receive_events",
            "checks": {"negative_data_rejection": {"enabled": False}},
        },
        {
            # Their paths are those of an item, a unit, an area as well, which are asked and have no such id.
            "include-operation-id": ["report_fixed_on_the_spot", "read_unit_tree", "read_area_tree"],
            "checks": {"unsupported_method": {"enabled": False}},
        },
    ],
    "generation": {"deterministic": not LONG},
    # Who gets in at all stands in the table of reach; what valid data may still be refused for, in the domain.
    "checks": {
        name: {"enabled": False}
        for name in ("ignored_auth", "positive_data_acceptance", "use_after_free", "ensure_resource_availability")
    },
    "phases": {"coverage": {"enabled": LONG}},
}
pytestmark = pytest.mark.timeout(3600 if LONG else 600)
BRIDGE = Bridge()
# Which classes of answers each operation gave, and how many operations are to have done something.
ANSWERED: dict[str, set[int]] = {}
MOST = 0.65

schema = schemathesis.openapi.from_dict(
    create_app(Settings(database_app_url=SecretStr("postgresql://nowhere"))).openapi(),
    config=SchemathesisConfig.from_dict(CONFIGURATION),
)
schema.app = BRIDGE


@schemathesis.serializer(MEDIA_TYPES["docx"])
def word_document(_context: Any, value: Any) -> bytes:
    """Templates are files, whatever is said to be in them."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def keys(living: LoopThread[FuzzedCity]) -> dict[str, str]:
    """The city is there, and these are the keys to it."""
    BRIDGE.lead_to(living)
    return living.opened.city.keys


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not LONG, database=None, suppress_health_check=list(HealthCheck)
)
def test_an_operation_answers_as_it_is_documented(case: schemathesis.Case, keys: dict[str, str]) -> None:
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {keys[asks(case)]}"})
    answered = ANSWERED.setdefault(case.operation.label, set())
    answered.add(answer.status_code // 100)


def test_most_operations_have_done_what_was_asked_of_them() -> None:
    """Whoever is only ever refused has not been fuzzed. Runs after the others."""
    done = {label for label, classes in ANSWERED.items() if 2 in classes}
    assert len(done) >= MOST * len(ANSWERED), sorted(ANSWERED.keys() - done)


def test_no_fault_of_the_server_is_let_pass() -> None:
    """500 is documented; that it is none of the good answers is said by this check alone."""
    assert schema.config.checks_config_for(operation=None).get_by_name(name="not_a_server_error").enabled
