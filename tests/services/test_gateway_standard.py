"""A campaign with its standard: planned with one that exists, decomposed into tasks, and counted node by node."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from services.gateway import document_examples as examples
from services.gateway.obligation_bodies import TASK
from tests.services.campaign_city import CAMPAIGN_ID, MARCH, CampaignTown, campaign_town, plan

TASKS = f"/v1/campaigns/{CAMPAIGN_ID}/tasks"
TREE = f"/v1/campaigns/{CAMPAIGN_ID}/standard"


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[CampaignTown]:
    async with campaign_town(database) as opened:
        opened.go_to(MARCH)
        yield opened


async def measured(people: CampaignTown) -> None:
    """A standard is published, and a campaign measured by it begins."""
    published = await people.post("office", "/v1/standards", examples.STANDARD)
    assert published.status_code == 201, published.text
    await people.started(standard_id="city")


async def assigned(people: CampaignTown, task_id: str, **changes: Any) -> str:
    answer = await people.post("office", TASKS, {**TASK, "task_id": task_id, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_campaign_names_only_a_standard_that_was_published(people: CampaignTown) -> None:
    answer = await people.post("office", "/v1/campaigns", {"plan": plan(standard_id="city")})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_standard")
    assert answer.json()["facts"] == {"place": "standard_id", "standard": "city"}


async def test_a_task_names_only_a_node_of_the_standard(people: CampaignTown) -> None:
    await measured(people)
    answer = await people.post("office", TASKS, {**TASK, "standard_node": "9.9"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_standard_node")
    assert answer.json()["facts"] == {"campaign": CAMPAIGN_ID, "node": "9.9"}
    task = await assigned(people, "stairwells", standard_node="1.2")
    assert (await people.get("office", f"/v1/obligations/{task}")).json()["owed"]["standard_node"] == "1.2"


async def test_without_a_standard_there_is_no_tree_and_no_node_to_name(people: CampaignTown) -> None:
    await people.started()
    answer = await people.get("office", TREE)
    assert (answer.status_code, answer.json()["code"]) == (404, "campaign_has_no_standard")
    refused = await people.post("office", TASKS, {**TASK, "standard_node": "1.2"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_standard_node")


async def test_the_tree_tells_how_many_tasks_each_node_has_and_how_many_are_accepted(people: CampaignTown) -> None:
    await measured(people)
    done = await assigned(people, "done", standard_node="1.2")
    await assigned(people, "under-way", standard_node="1.2")
    given_up = await assigned(people, "given-up", standard_node="2")
    await assigned(people, "on-its-own")
    for who, task, command, body in (
        ("cleaner", done, "submit", {"account": "完成"}),
        ("office", done, "accept", {"note": "合格"}),
        ("office", given_up, "withdraw", {"reason": "撤销"}),
    ):
        answer = await people.post(who, f"/v1/obligations/{task}/{command}", body)
        assert answer.status_code == 200, answer.text
    tree = (await people.get("office", TREE)).json()
    assert (tree["campaign_id"], tree["ref"], tree["tasks_elsewhere"]) == (CAMPAIGN_ID, "city@1", 1)
    heading, overdue = tree["nodes"]
    assert [(each["code"], each["tasks"], each["accepted"]) for each in heading["children"]] == [
        ("1.1", 0, 0),
        ("1.2", 2, 1),
    ]
    assert (heading["tasks"], overdue["tasks"], overdue["at_most"]) == (0, 0, "0")


async def test_tasks_of_a_node_that_a_newer_version_dropped_are_not_lost(people: CampaignTown) -> None:
    await measured(people)
    await assigned(people, "stairwells", standard_node="1.2")
    newer = {**examples.STANDARD, "version": 2, "nodes": examples.STANDARD["nodes"][1:]}
    assert (await people.post("office", "/v1/standards", newer)).status_code == 201
    tree = (await people.get("office", TREE)).json()
    assert (tree["ref"], tree["tasks_elsewhere"]) == ("city@2", 1)


async def test_the_tree_of_a_campaign_nobody_planned_is_not_found(people: CampaignTown) -> None:
    answer = await people.get("office", "/v1/campaigns/none/standard")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_campaign")
