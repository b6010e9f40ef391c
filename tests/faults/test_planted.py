"""The judge notices every known bug: each is patched into the processes of a small stand, and must be named."""

from collections.abc import Sequence

import pytest

from tests.faults.planted import BUGS
from tests.faults.small_stand import small_stand
from tests.faults.verdict import Rule

# Stands of their own take long to start where others are at work.
pytestmark = [pytest.mark.stand, pytest.mark.timeout(600)]

DECIDING = ("gateway-1", "gateway-2", "sequencer-1")
ACTING = (*DECIDING, "relay-1", "worker-1")

NOTICED = {
    "acknowledge-before-commit": Rule.KEPT,
    "tail-by-id": Rule.ORDER,
    "key-ignored": Rule.ONCE,
    "rung-without-guard": Rule.RUNG_TWICE,
    "relay-that-forgets": Rule.WORKFLOWS,
    "deadline-that-moves": Rule.DEADLINE,
}
# Bugs that share a stand break different rules, each of them its own alone.
STANDS = (
    (DECIDING, ("acknowledge-before-commit",)),
    (DECIDING, ("tail-by-id", "key-ignored")),
    (ACTING, ("rung-without-guard", "relay-that-forgets", "deadline-that-moves")),
)


def test_every_known_bug_is_planted_somewhere() -> None:
    assert {bug for _, bugs in STANDS for bug in bugs} == set(BUGS) == set(NOTICED)


@pytest.mark.parametrize(("parts", "bugs"), STANDS, ids=[" and ".join(bugs) for _, bugs in STANDS])
async def test_planted_bugs_are_noticed(parts: Sequence[str], bugs: Sequence[str]) -> None:
    async with small_stand(parts, bugs, kill_gateways="acknowledge-before-commit" in bugs) as small:
        assert {NOTICED[bug] for bug in bugs} <= await small.broken_rules()
