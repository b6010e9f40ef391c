"""The table of who reaches what, own and foreign, is what the application really does.

After a change that was meant, write the table anew: DUBAN_WRITE_REACH=1 pytest tests/fuzzing/test_reach.py
"""

import os
from collections.abc import Sequence

import httpx
import pytest
import schemathesis

from tests.fuzzing.asking import ASKED
from tests.fuzzing.callers import CALLERS
from tests.fuzzing.city import FuzzedCity
from tests.fuzzing.loop_thread import LoopThread
from tests.fuzzing.reach import NO, UNKNOWN, UNSEEN, YES, Row, reach
from tests.fuzzing.rights import TABLE

pytestmark = pytest.mark.timeout(1200)  # thousands of requests, before the first of these tests
# Whoever is bound to no area reports what they see, wherever it is.
REPORTING = {"/v1/items", "/v1/items/fixed-on-the-spot"}
# What is told of a foreign unit or area in the words for one that does not exist.
NONE_SUCH = {"unknown_area", "unknown_unit"}
# What is not foreign to anybody, and why.
_PLACES = "units and areas are no secret: whoever reports has to name them"
_PUBLIC = "a bulletin is criticism in public"
_SHARED = "saved questions are shared among all who may ask; the answers are not"
EVERYBODYS: dict[tuple[str, str], str] = {
    ("GET", "/v1/units/{code}"): _PLACES,
    ("GET", "/v1/areas/{code}"): _PLACES,
    ("GET", "/v1/bulletins"): _PUBLIC,
    ("GET", "/v1/bulletins/{bulletin_id}"): _PUBLIC,
    ("GET", "/v1/audit/questions"): _SHARED,
    ("POST", "/v1/audit/questions"): _SHARED,
    ("DELETE", "/v1/audit/questions/{question_id}"): _SHARED,
}
BEGINNING = """# Who reaches what 谁能做什么

What everybody gets from every route of the API, written by `tests/fuzzing/test_reach.py` from the application itself,
asked in a city that has one of everything in one's own scope and one in somebody else's. A change of rights is a change
of this table: `DUBAN_WRITE_REACH=1 .venv/bin/python -m pytest tests/fuzzing/test_reach.py` writes it anew.

本表由测试向实际运行的接口逐条询问后生成：每个接口 × 每种角色 × 范围内与范围外。权限有变，本表随之改变。

| sign | own and foreign alike, or **own / foreign** 范围内 / 范围外 | |
|---|---|---|
| ✓ | allowed, or shown | 允许，或可见 |
| ✗ | refused: 403 `role_not_allowed`, or the code beside it | 拒绝 |
| ○ | does not exist for them: 404, or absent from the list | 不可见 |
| ⚿ | 401 | 未通过身份验证 |
| `code` | the role may, a rule says no here: 409 or 422 | 角色允许，规则不允许 |

Own is what belongs to the unit `cleaning`, the area `east` and the source `12345-hotline`; foreign what belongs to
`parks`, `west` and `inspection-app`. The handler works for `cleaning`, the system reports as `12345-hotline`, who is
"of an area" is bound to `east`; the others see the whole city. Where nothing belongs to anybody there is no difference.
`POST /v1/documents` is asked for a dispatch order; a ledger is drawn up for whoever sees items. 台账人人可为本人制作。
"""


@pytest.fixture(scope="module")
def rows(living: LoopThread[FuzzedCity]) -> Sequence[Row]:
    """Every route, asked by everybody."""
    city = living.opened

    async def asked() -> list[Row]:
        return [row async for row in reach(city, city.city.app.openapi())]

    return living.run(asked(), None)


def written(rows: Sequence[Row]) -> str:
    """The whole document."""
    lines = [BEGINNING.rstrip()]
    titles = " | ".join(caller.title for caller in CALLERS)
    for tag in dict.fromkeys(row.tag for row in rows):
        lines += ["", f"## {tag}", "", f"| route | {titles} |", "|---" * (len(CALLERS) + 1) + "|"]
        lines += [f"| `{row.method} {row.path}` | {' | '.join(row.cells)} |" for row in rows if row.tag == tag]
    return "\n".join(lines) + "\n"


def test_the_table_is_what_the_application_does(rows: Sequence[Row]) -> None:
    found = written(rows)
    if "DUBAN_WRITE_REACH" in os.environ:
        TABLE.write_text(found, encoding="utf-8")
    assert found.splitlines() == TABLE.read_text(encoding="utf-8").splitlines()


def test_everything_is_reached_by_somebody(rows: Sequence[Row]) -> None:
    nobody = {(row.method, row.path) for row in rows if not row.allowed}
    assert not nobody, "what is sent is not what the route wants, or the city lacks something"


def test_what_works_and_what_is_refused_is_answered_as_documented(
    living: LoopThread[FuzzedCity], rows: Sequence[Row]
) -> None:
    """Whatever is asked at random is mostly refused: here every operation has done what it is for."""
    document = living.opened.city.app.openapi()
    schema = schemathesis.openapi.from_dict(document)
    for row in rows:
        assert any(status < httpx.codes.MULTIPLE_CHOICES for status in row.answers), row.path
        documented = document["paths"][row.path][row.method.lower()]["responses"]
        assert {str(status) for status in row.answers} <= set(documented), row.path
        for answer in row.answers.values():
            schema[row.path][row.method].validate_response(answer)


def test_nothing_is_asked_of_a_route_that_is_not_there(living: LoopThread[FuzzedCity]) -> None:
    paths = living.opened.city.app.openapi()["paths"].values()
    assert set(ASKED) <= {operation["operationId"] for each in paths for operation in each.values()}


def test_who_shows_no_key_in_force_reaches_what_is_open_and_nothing_else(rows: Sequence[Row]) -> None:
    for row in rows:
        keyless = {cell for caller, cell in zip(CALLERS, row.cells, strict=True) if caller.keyless}
        open_to_all = row.path.startswith(("/v1/log/checkpoint", "/v1/log/timestamps", "/v1/log/keys")) or (
            not row.path.startswith("/v1/")
        )
        assert keyless == ({"✓"} if open_to_all else {"⚿"}), row


def test_foreign_things_are_reached_by_nobody_who_is_bound(rows: Sequence[Row]) -> None:
    """To whoever is bound to a unit, a source or an area, what is foreign is invisible or refused by role."""
    told: list[tuple[str, str, str, str]] = []
    for row in rows:
        if not row.apart or (row.method, row.path) in EVERYBODYS:
            continue
        for caller, (_, foreign) in zip(CALLERS, row.halves, strict=True):
            reports = row.method == "POST" and row.path in REPORTING and caller.standing is None
            hidden = foreign in {UNSEEN, *NONE_SUCH} or foreign.startswith((NO, UNKNOWN))
            if caller.bound and not hidden and not reports:
                told.append((row.method, row.path, caller.title, foreign))
    assert told == []


def test_what_is_said_to_be_everybodys_is_shown_to_somebody_bound(rows: Sequence[Row]) -> None:
    found = {(row.method, row.path): row for row in rows}
    for operation in EVERYBODYS:
        shown = [foreign for caller, (_, foreign) in zip(CALLERS, found[operation].halves, strict=True) if caller.bound]
        assert any(each == YES or each[0].isalpha() for each in shown), operation
