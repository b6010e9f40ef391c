"""Bulk operations over HTTP: started by the office, worked off page by page, steered, shown, and refused."""

from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from activities.bulk_work import BulkWork
from activities.notices import Moment
from domain.actor import Role
from domain.bulk.state import Bulk
from domain.bulk.values import Operation
from domain.principal.state import Standing
from services.embedded.databases import DatabaseAddresses
from services.messages.catalogue import section
from services.store.bulk_queries import BulkQueries
from services.worker.bulk_port import BulkOperationsInStore
from tests.services.item_city import Town, town

PATH = "/v1/bulk-operations"
NOTHING = str(UUID(int=0))
TO_PARKS = {"operation": {"kind": "transfer", "to": "parks"}, "selection": {"units": ["cleaning"]}, "reason": "改革"}


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        await opened.city.admit("east office", Standing(role=Role.OFFICE, area="east"))
        yield opened


async def started(people: Town, body: Any = TO_PARKS, who: str = "office") -> str:
    answer = await people.post(who, PATH, body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    return answer.json()["id"]


async def shown(people: Town, operation: str, who: str = "office") -> dict[str, Any]:
    answer = await people.get(who, f"{PATH}/{operation}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def page(people: Town, operation: str) -> None:
    """Do what the worker does."""
    parts = people.city.parts
    port = BulkOperationsInStore(parts.store, parts.rulebooks, parts.handler, BulkQueries(parts.pool))
    await BulkWork(port).work_through_page(
        Moment(stream_id=UUID(operation), version=1, due="page", at=people.city.clock.at)
    )


async def refused(people: Town, who: str, path: str, body: Any = None) -> tuple[int, str]:
    answer = await people.post(who, path, body)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def test_a_unit_hands_over_everything_and_the_office_sees_how_far_it_is(people: Town) -> None:
    items = [await people.reported() for _ in range(3)]
    await people.does("cleaner", items[0], "accept")
    done = await people.submitted()
    operation = await started(people)
    before = await shown(people, operation)
    assert (before["status"], before["status_text"], before["operation_text"]) == ("working", "进行中", "转办")
    assert (before["total"], before["done"]) == (4, 0)

    await page(people, operation)
    after = await shown(people, operation)
    assert (after["status"], after["done"], after["skipped"]) == ("finished", 3, 1)
    [skipped] = after["skipped_by_reason"]
    assert (skipped["code"], skipped["items"]) == ("wrong_step", 1)
    for item in items:
        assert (await people.get("office", f"/v1/items/{item}")).json()["unit"] == "parks"
    assert (await people.get("office", f"/v1/items/{done}")).json()["unit"] == "cleaning"
    history = (await people.get("auditor", f"{PATH}/{operation}/history")).json()["events"]
    assert [event["type"] for event in history] == ["bulk.started.v1", "bulk.progressed.v1", "bulk.finished.v1"]
    assert all(event["sentence"] for event in history)


async def test_it_is_paused_resumed_and_cancelled(people: Town) -> None:
    item = await people.reported()
    operation = await started(people)
    reason = {"reason": "核对名单"}
    assert (await people.post("office", f"{PATH}/{operation}/pause", reason)).json()["status"] == "paused"
    await page(people, operation)
    assert (await people.get("office", f"/v1/items/{item}")).json()["unit"] == "cleaning"
    assert await refused(people, "office", f"{PATH}/{operation}/pause", reason) == (409, "bulk_not_working")
    assert (await people.post("office", f"{PATH}/{operation}/resume", reason)).json()["status"] == "working"
    assert await refused(people, "office", f"{PATH}/{operation}/resume", reason) == (409, "bulk_not_paused")
    assert (await people.post("office", f"{PATH}/{operation}/cancel", reason)).json()["status"] == "cancelled"
    assert await refused(people, "office", f"{PATH}/{operation}/cancel", reason) == (409, "bulk_is_over")


async def test_the_same_key_starts_one_operation(people: Town) -> None:
    await people.reported()
    key = str(uuid4())
    answers = [await people.post("office", PATH, TO_PARKS, key=key)]
    await people.reported()
    answers.append(await people.post("office", PATH, TO_PARKS, key=key))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = {**TO_PARKS, "reason": "另一回事"}
    assert (await people.post("office", PATH, other, key=key)).json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"operation": {"kind": "void"}, "reason": "清零"}, (422, "selection_too_wide")),
        ({**TO_PARKS, "selection": {"areas": ["east"]}}, (422, "selection_too_wide")),
        ({**TO_PARKS, "operation": {"kind": "transfer", "to": "nobody"}}, (422, "unknown_unit")),
        ({**TO_PARKS, "operation": {"kind": "burn"}}, (422, "input_invalid")),
        ({**TO_PARKS, "selection": {"statuses": ["closed"]}}, (422, "input_invalid")),
        ({**TO_PARKS, "total": 3}, (422, "input_invalid")),
        ({**TO_PARKS, "reason": ""}, (422, "input_invalid")),
        (
            {
                "operation": {"kind": "merge", "into": str(uuid4())},
                "selection": {"items": [str(uuid4())]},
                "reason": "-",
            },
            (404, "no_such_item"),
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(people: Town, body: Any, refusal: tuple[int, str]) -> None:
    assert await refused(people, "office", PATH, body) == refusal
    assert (await people.get("office", PATH)).json()["operations"] == []


async def test_only_the_office_starts_and_steers_and_units_see_none(people: Town) -> None:
    operation = await started(people)
    for who in ("cleaner", "inspector", "leader", "auditor", "hotline", "administrator"):
        assert await refused(people, who, PATH, TO_PARKS) == (403, "role_not_allowed")
        pause = f"{PATH}/{operation}/pause"
        assert await refused(people, who, pause, {"reason": "-"}) == (403, "role_not_allowed")
    for who, status in {"leader": 200, "auditor": 200, "cleaner": 403, "hotline": 403}.items():
        assert (await people.get(who, PATH)).status_code == status
        assert (await people.get(who, f"{PATH}/{operation}")).status_code == status
    assert (await people.get("office", f"{PATH}/{uuid4()}")).status_code == 404


async def test_an_office_that_is_bound_to_an_area_stays_within_it(people: Town) -> None:
    everywhere = await started(people)
    within = {**TO_PARKS, "selection": {"units": ["cleaning"], "areas": ["east-1"]}}
    own = await started(people, within, who="east office")
    assert await refused(people, "east office", PATH, TO_PARKS) == (403, "role_not_allowed")
    beyond = {**TO_PARKS, "selection": {"units": ["cleaning"], "areas": ["east-1", "west"]}}
    assert await refused(people, "east office", PATH, beyond) == (403, "role_not_allowed")
    listed = (await people.get("east office", PATH)).json()["operations"]
    assert [each["id"] for each in listed] == [own]
    assert (await people.get("east office", f"{PATH}/{everywhere}")).status_code == 404
    cancel = f"{PATH}/{everywhere}/cancel"
    assert await refused(people, "east office", cancel, {"reason": "-"}) == (404, "no_such_bulk_operation")


async def test_the_list_goes_page_by_page_newest_first(people: Town) -> None:
    operations = [await started(people) for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = (await people.get("office", PATH, limit=2, **cursor)).json()
        seen += [each["id"] for each in answer["operations"]]
        if answer["next_cursor"] is None:
            break
        cursor = {"cursor": answer["next_cursor"]}
    assert sorted(seen) == sorted(operations)
    await people.post("office", f"{PATH}/{operations[0]}/cancel", {"reason": "-"})
    cancelled = (await people.get("office", PATH, status="cancelled")).json()["operations"]
    assert [each["id"] for each in cancelled] == operations[:1]
    assert (await people.get("office", PATH, cursor="!")).json()["code"] == "cursor_malformed"


def test_every_operation_and_status_has_its_words() -> None:
    kinds = get_args(get_args(Operation)[0])
    assert {kind.model_fields["kind"].default for kind in kinds} == set(section("words")["bulk_operation"])
    statuses = {kind.model_fields["status"].default for kind in get_args(Bulk)}
    assert statuses == set(section("words")["bulk_status"])
