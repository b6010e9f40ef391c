"""Answers that get lost, databases that are away, rules that refuse: every rung is still climbed once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.notices import DueMoment
from activities.streams import StoreAwayError
from domain.errors import Rejection
from domain.ladder import RUNGS, Rung
from services.embedded.databases import DatabaseAddresses
from tests.workflows.town import Town, town, working
from tests.workflows.trouble import Troubled

CLIMBED = "item.rung_climbed.v1"


async def neglect(place: Town, time_skipping: WorkflowEnvironment, now: datetime) -> list[Rung]:
    item_id = await place.report(now)
    planned = (await place.item(item_id)).clock.planned
    await place.tell(item_id)
    await time_skipping.sleep(planned[-1].at - now + timedelta(hours=2))
    await place.workflow(item_id).terminate()
    return [event.rung for event in await place.events(item_id, CLIMBED)]


async def test_an_activity_that_runs_again_climbs_no_rung_again(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        item_id = await place.report(now)
        warn = (await place.item(item_id)).clock.planned[0]
        moment = DueMoment(item_id=item_id, version=3, due="warn", at=warn.at)
        later = moment.model_copy(update={"at": warn.at + timedelta(seconds=1)})
        answers = [await place.follow_up.climb_rung(each) for each in (moment, moment, later)]

        assert len(await place.events(item_id, CLIMBED)) == 1
        assert {answer.version for answer in answers} == {4}
        assert {answer.next_due for answer in answers} == {"overdue"}


@pytest.mark.parametrize("afterwards", [False, True], ids=["before it is written", "after it is written"])
@pytest.mark.parametrize("times", [1, 7], ids=["once", "for a while"])
async def test_outages_delay_rungs_and_double_none(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, times: int, afterwards: bool
):
    def trouble(items: Any) -> Troubled:
        return Troubled(items, lambda: StoreAwayError("gone"), times, afterwards)

    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place, wrap=trouble):
        assert await neglect(place, time_skipping, now) == list(RUNGS)


async def test_what_is_refused_is_asked_again_later(database: DatabaseAddresses, time_skipping: WorkflowEnvironment):
    def refusing(items: Any) -> Troubled:
        return Troubled(items, Rejection, 1, each=False)

    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place, wrap=refusing):
        item_id = await place.report(now)
        warn = (await place.item(item_id)).clock.planned[0]
        await place.tell(item_id)
        await time_skipping.sleep(warn.at - now + timedelta(minutes=5))
        assert await place.events(item_id, CLIMBED) == []
        await time_skipping.sleep(timedelta(minutes=10))
        assert [event.rung for event in await place.events(item_id, CLIMBED)] == [Rung.WARN]
        await place.workflow(item_id).terminate()
