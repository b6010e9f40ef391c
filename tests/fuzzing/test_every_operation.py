"""Every operation of the OpenAPI document, asked anything by everybody: no 500, and nothing that is not documented."""

import os
import zlib
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
from tests.fuzzing.callers import KEYS
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.known_values import dictionaries
from tests.fuzzing.loop_thread import LoopThread

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


def asks(case: schemathesis.Case) -> str:
    """Who sends this request: always the same one."""
    content = f"{case.path_parameters}{case.query}{case.body}".encode(errors="replace")
    return KEYS[zlib.crc32(content) % len(KEYS)]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not LONG, database=None, suppress_health_check=list(HealthCheck)
)
def test_an_operation_answers_as_it_is_documented(case: schemathesis.Case, keys: dict[str, str]) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {keys[asks(case)]}"})
