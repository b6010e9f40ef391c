"""Operations one after the other, along the links of the OpenAPI document: what was made is read, handled and ended."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, Response

from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.test_every_operation import BRIDGE, LONG, asks, schema

pytestmark = pytest.mark.timeout(3600 if LONG else 900)
SCENARIOS, STEPS = (300, 30) if LONG else (12, 10)


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
    class InARow(schema.as_state_machine()):
        def setup(self) -> None:
            self.undone = living.opened.undone()
            living.run(self.undone.__aenter__())

        def teardown(self) -> None:
            living.run(self.undone.__aexit__(None, None, None))

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Bearer {keys[asks(case)]}"}}

        def validate_response(self, response: Response, case: Case, **more: Any) -> None:
            super().validate_response(response, case, **more)

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
