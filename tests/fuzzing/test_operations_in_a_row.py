"""Operations one after the other, along the links of the OpenAPI document: what was made is read, handled and ended."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, Response
from schemathesis.config import SchemathesisConfig

from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.rights import asks
from tests.fuzzing.test_every_operation import BRIDGE, CONFIGURATION, LONG, schema

pytestmark = pytest.mark.timeout(3600 if LONG else 900)
SCENARIOS, STEPS = (300, 30) if LONG else (40, 12)

valid = schemathesis.openapi.from_dict(
    schema.raw_schema,
    config=SchemathesisConfig.from_dict(
        {**CONFIGURATION, "generation": {"deterministic": not LONG, "mode": "positive"}}
    ),
)
valid.app = BRIDGE


@pytest.fixture
def keys(living: LoopThread[FuzzedCity]) -> Iterator[dict[str, str]]:
    """The city is there, and remembers what happens in one row."""
    BRIDGE.lead_to(living)
    BRIDGE.remembers = True
    yield living.opened.city.keys
    BRIDGE.remembers = False


def test_what_follows_on_an_answer_is_answered_as_it_is_documented(
    living: LoopThread[FuzzedCity], keys: dict[str, str]
) -> None:
    done: Counter[str] = Counter()

    class InARow(valid.as_state_machine()):
        def setup(self) -> None:
            self.undone = living.opened.undone()
            living.run(self.undone.__aenter__())

        def teardown(self) -> None:
            living.run(self.undone.__aexit__(None, None, None))

        def before_call(self, case: Case) -> None:
            """Commands are new, and of whatever version there is: nothing else would come of most of them."""
            if case.method != "GET":
                case.headers.pop("If-Match", None)
                case.headers["Idempotency-Key"] = case.id

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {keys[asks(case)]}"}}

        def validate_response(self, response: Response, case: Case, **more: Any) -> None:
            super().validate_response(response, case, **more)
            done[case.operation.label] += 200 <= response.status_code < 300

    run_state_machine_as_test(
        InARow,
        settings=settings(
            max_examples=SCENARIOS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert done.total() >= SCENARIOS, done  # whether each link leads anywhere is tried in test_links.py
