"""Who hears of what, on which channels, when, and how often: with platforms that answer like the real ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from activities.streams import SERVICE
from domain.item.commands import FollowUp
from domain.supervision.commands import IssueAct
from services.embedded.databases import DatabaseAddresses
from services.handling.act_completion import ActCompletion
from services.handling.aggregates import ACT, ITEM
from services.handling.command_handler import Wish
from services.notifier.notifier import Notifier
from services.notifier.process import plan_again
from services.store.notice_planning import NoticePlanning
from services.store.pools import prepare
from tests.services.fake_platforms import Platforms
from tests.services.notice_office import UNIT, NoticeOffice, notice_office, settings_of

NIGHT = timedelta(hours=13)  # from eleven in the morning to midnight


@pytest_asyncio.fixture
async def office(database: DatabaseAddresses, platforms: Platforms) -> AsyncIterator[NoticeOffice]:
    async with notice_office(database, platforms) as opened:
        yield opened


async def test_new_work_stands_once_in_the_inbox_of_the_units_handlers_and_of_nobody_else(office: NoticeOffice) -> None:
    await office.reported()
    await office.notify()
    await office.notify()
    [notice] = await office.inbox("cleaner")
    assert notice["topic"] == "new_work"
    assert "cleaning" in notice["text"]
    assert "2026-11-2" in notice["text"]  # until when, in the city's time
    for other in ("gardener", "crew", "inspector", "leader", "office"):
        assert await office.inbox(other) == []


@pytest.mark.parametrize("robot", ["dingtalk", "wecom", "feishu"])
async def test_the_units_group_is_told_by_its_robot_and_the_platforms_answer_is_kept(
    office: NoticeOffice, platforms: Platforms, robot: str
) -> None:
    await office.channel(robot, UNIT)
    await office.reported()
    await office.notify()
    [said] = platforms.said[robot]
    [notice] = await office.inbox("cleaner")
    assert notice["text"] in said
    assert notice["reference"] in said  # inbox and robots show the same mark
    [message] = await office.sent(state="delivered")
    detail = await office.one_sent(message["id"])
    [attempt] = detail["evidence"]
    assert (attempt["accepted"], attempt["platform_code"], attempt["http_status"]) == (True, "0", 200)
    assert "0" in attempt["answer"]
    assert await outcomes(office) == ["notice.delivered.v1"]


async def outcomes(office: NoticeOffice) -> list[str]:
    await office.sequence()
    rows = await office.city.parts.pool.fetch("SELECT type FROM es.event WHERE kind = 'notice' ORDER BY seq")
    return [row["type"] for row in rows]


@pytest.mark.parametrize("mood", ["310000", "500", "garbage", "redirect"])
async def test_an_answer_that_is_no_success_is_a_failure_and_is_tried_again(
    office: NoticeOffice, platforms: Platforms, mood: str
) -> None:
    await office.channel("dingtalk", UNIT)
    platforms.next["dingtalk"].append(mood)
    await office.reported()
    await office.notify()
    assert platforms.said["dingtalk"] == []
    assert platforms.attempts["dingtalk-inside"] == 0
    [message] = await office.sent(state="waiting")
    assert message["attempts"] == 1
    await office.later(seconds=10)
    assert len(platforms.said["dingtalk"]) == 1
    [message] = await office.sent(state="delivered")
    assert message["attempts"] == 2


@pytest.mark.parametrize("robot", ["dingtalk", "wecom", "feishu"])
async def test_a_rate_limit_means_to_wait_a_minute(office: NoticeOffice, platforms: Platforms, robot: str) -> None:
    await office.channel(robot, UNIT)
    platforms.next[robot].append("limit")
    await office.reported()
    await office.notify()
    await office.later(seconds=50)
    assert (platforms.attempts[robot], platforms.said[robot]) == (1, [])
    await office.later(seconds=50)
    assert len(platforms.said[robot]) == 1
    assert "补发" not in platforms.said[robot][0]  # the platform had said that it did not take it


async def test_no_answer_at_all_may_have_been_a_success_so_the_next_one_says_that_it_is_a_repetition(
    office: NoticeOffice, platforms: Platforms
) -> None:
    await office.channel("feishu", UNIT)
    platforms.next["feishu"].append("hang")
    await office.reported()
    await office.notify_impatiently()
    platforms.released.set()
    await office.later(seconds=10)
    first, second = platforms.said["feishu"]
    assert second.startswith("（补发")
    assert second.endswith(first[-8:])
    [message] = await office.sent(state="delivered")
    assert [attempt["repeated"] for attempt in (await office.one_sent(message["id"]))["evidence"]] == [False, True]


async def test_what_never_succeeds_is_given_up_after_a_day_and_can_be_sent_again(
    office: NoticeOffice, platforms: Platforms
) -> None:
    await office.channel("wecom", UNIT)
    platforms.always["wecom"] = "93000"
    await office.reported()
    await office.notify()
    for _ in range(40):
        await office.later(minutes=45)
    [failed] = await office.sent(state="failed")
    assert 10 < platforms.attempts["wecom"] < 60
    assert await outcomes(office) == ["notice.failed.v1"]
    platforms.always.clear()
    answer = await office.post("office", f"/v1/notices/sent/{failed['id']}/resend")
    assert answer.status_code == 200
    await office.notify()
    [said] = platforms.said["wecom"]
    assert failed["reference"] in said
    assert await outcomes(office) == ["notice.failed.v1", "notice.resend_asked.v1", "notice.delivered.v1"]
    again = await office.post("office", f"/v1/notices/sent/{failed['id']}/resend")
    assert (again.status_code, again.json()["code"]) == (409, "notice_did_not_fail")


async def test_a_dead_robot_holds_up_nobody_else(office: NoticeOffice, platforms: Platforms) -> None:
    await office.channel("feishu-dead", UNIT)
    await office.channel("wecom", UNIT)
    platforms.always["feishu-dead"] = "hang"
    for number in range(5):
        await office.reported(title=f"垃圾 {number}")
    await office.sequence()
    await office.notifier.turn()
    async with asyncio.timeout(60):
        while len(platforms.said["wecom"]) < 5:  # noqa: ASYNC110 - the platforms answer in threads of their own
            await asyncio.sleep(0.01)
    assert platforms.attempts["feishu-dead"] == 1  # its other messages wait until it answers
    platforms.released.set()
    await office.notifier.settle()


async def test_a_flood_becomes_nineteen_messages_and_a_digest(office: NoticeOffice, platforms: Platforms) -> None:
    await office.channel("wecom", UNIT)
    for number in range(60):
        await office.reported(title=f"垃圾 {number}")
    await office.notify()
    said = platforms.said["wecom"]
    assert len(said) == 20
    digest = said[-1]
    assert "共 41 条通知" in digest
    assert "另有" in digest
    assert len(digest.encode()) <= 2048
    await office.reported(title="又一件")
    await office.later(seconds=30)
    assert len(said) == 20  # a robot says no more than twenty a minute
    await office.later(seconds=40)
    assert len(said) == 21
    assert len(await office.inbox("cleaner", limit=200)) == 61


async def test_quiet_hours_hold_what_is_not_urgent_until_they_end(office: NoticeOffice, platforms: Platforms) -> None:
    channel = await office.channel("dingtalk", UNIT)
    office.city.clock.pass_by(NIGHT)
    await office.reported()
    await office.notify()
    assert len(await office.inbox("cleaner")) == 1  # the inbox disturbs nobody
    assert platforms.said["dingtalk"] == []
    await office.post("administrator", f"/v1/channels/{channel}/test")
    await office.notify()
    assert len(platforms.said["dingtalk"]) == 1
    assert "测试消息" in platforms.said["dingtalk"][0]
    await office.later(hours=9)
    assert len(platforms.said["dingtalk"]) == 2


async def test_read_again_the_log_brings_lost_inboxes_back_and_tells_nobody_twice(
    office: NoticeOffice, platforms: Platforms, database: DatabaseAddresses
) -> None:
    await office.channel("wecom", UNIT)
    await office.reported()
    await office.notify()
    before = await office.inbox("cleaner")
    owner = await asyncpg.connect(database.superuser)
    await owner.execute("TRUNCATE private.notice, private.notice_waiting, private.message")
    await owner.close()
    assert await office.inbox("cleaner") == []
    await plan_again(settings_of(database), 0)
    async with another_notifier(office):
        await office.notify()
    assert await office.inbox("cleaner") == before
    assert len(platforms.said["wecom"]) == 1


@asynccontextmanager
async def another_notifier(office: NoticeOffice) -> AsyncIterator[None]:
    """The one before is fenced off and goes."""
    old = office.notifier
    await old.planning.connection.close()
    connection = await asyncpg.connect(office.database.app)
    await prepare(connection)
    office.notifier = Notifier(old.pool, NoticePlanning(connection), old.client, old.settings, old.now)
    assert await office.notifier.begin()
    yield
    await connection.close()


async def test_a_notice_is_read_once_by_whom_it_was_for(office: NoticeOffice) -> None:
    for number in range(3):
        await office.reported(title=f"垃圾 {number}")
    await office.notify()
    first = (await office.get("cleaner", "/v1/notices", limit=2)).json()
    rest = (await office.get("cleaner", "/v1/notices", limit=2, cursor=first["next_cursor"])).json()
    assert (len(first["notices"]), len(rest["notices"]), rest["next_cursor"]) == (2, 1, None)
    notice = first["notices"][0]["id"]
    stranger = await office.post("gardener", f"/v1/notices/{notice}/read")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "no_such_notice")
    assert (await office.post("cleaner", f"/v1/notices/{notice}/read")).status_code == 204
    assert (await office.post("cleaner", f"/v1/notices/{notice}/read")).status_code == 204
    assert len(await office.inbox("cleaner", unread=True)) == 2
    [read] = await office.inbox("cleaner", unread=False)
    assert read["id"] == notice


async def test_a_robot_inside_a_network_that_nobody_allowed_is_never_reached_and_the_failure_recorded(
    office: NoticeOffice, platforms: Platforms
) -> None:
    inside = await office.channel("dingtalk", UNIT, address="http://10.0.0.1/robot/send?access_token=x")
    await office.channel("wecom", UNIT)
    await office.reported()
    await office.notify()
    assert len(platforms.said["wecom"]) == 1
    [message] = await office.sent(channel=inside)
    [attempt] = (await office.one_sent(message["id"]))["evidence"]
    assert (attempt["accepted"], attempt["platform_code"]) == (False, "address_refused")


async def test_a_retired_channel_is_told_nothing_more_not_even_what_was_waiting(
    office: NoticeOffice, platforms: Platforms
) -> None:
    channel = await office.channel("feishu", UNIT)
    platforms.next["feishu"].append("500")
    await office.reported()
    await office.notify()
    await office.post("administrator", f"/v1/channels/{channel}/retire", {"reason": "群已解散"})
    await office.reported(title="又一件")
    await office.later(minutes=5)
    assert platforms.said["feishu"] == []
    [failed] = await office.sent(state="failed")
    assert failed["channel_id"] == channel
    assert await outcomes(office) == ["notice.failed.v1"]


async def test_old_news_stands_in_the_inbox_and_goes_out_nowhere(office: NoticeOffice, platforms: Platforms) -> None:
    await office.channel("wecom", UNIT)
    await office.reported()
    await office.later(days=4)
    assert len(await office.inbox("cleaner")) == 1
    assert platforms.said["wecom"] == []


async def test_somebodys_own_robot_is_asked_unless_they_do_not_want_it(
    office: NoticeOffice, platforms: Platforms
) -> None:
    me = (await office.get("cleaner", "/v1/me")).json()["id"]
    await office.channel("feishu", {"kind": "person", "principal": me})
    await office.reported()
    await office.notify()
    await office.prefers("cleaner", channels=["mail"])
    await office.reported(title="又一件")
    await office.notify()
    assert len(platforms.said["feishu"]) == 1


async def test_what_is_tried_again_waits_for_the_morning_too(office: NoticeOffice, platforms: Platforms) -> None:
    await office.channel("wecom", UNIT)
    platforms.next["wecom"].append("500")
    office.city.clock.pass_by(timedelta(hours=9, minutes=59, seconds=58))  # 20:59:58
    await office.reported()
    await office.notify()
    await office.later(minutes=5)
    assert (platforms.attempts["wecom"], platforms.said["wecom"]) == (1, [])
    await office.later(hours=11)
    assert len(platforms.said["wecom"]) == 1


async def test_rungs_reach_handlers_the_office_and_the_leading_group_as_the_ladder_rises(
    office: NoticeOffice, platforms: Platforms
) -> None:
    await office.channel("feishu", {"kind": "body", "body": "leading_group"})
    item = await office.reported()
    await office.does("cleaner", item, "accept")
    await office.notify()
    before = len(await office.inbox("cleaner"))
    office.city.clock.pass_by(timedelta(days=20))
    at = office.city.clock()
    follow_up = FollowUp(command_id="late", at=at, actor=SERVICE)
    await office.city.parts.handler.handle(Wish(ITEM, UUID(item), follow_up))
    await office.notify()
    texts = [notice["text"] for notice in await office.inbox("cleaner")][: -before or None]
    assert [text.partition("：")[0] for text in sorted(texts)] == ["催办", "督办", "预警"]
    assert len(await office.inbox("office")) == 3  # 通报批评, 约谈, 责任追究
    assert len(await office.inbox("leader")) == 2
    assert len(platforms.said["feishu"]) == 2
    assert "责任追究" in platforms.said["feishu"][1]  # the summons waits for nothing, so it goes first


async def test_the_inbox_says_titles_in_the_language_it_is_read_in(office: NoticeOffice) -> None:
    act = {
        "kind": "order",
        "unit": "cleaning",
        "title": {"zh": "清理东街", "en": "Clear East Street"},
        "reason": "督办",
    }
    answer = await office.post("office", "/v1/acts", act)
    assert answer.status_code == 201, answer.text
    issue = IssueAct(command_id="issue", at=office.city.clock(), actor=SERVICE)
    completed = ActCompletion(office.city.parts.desk).of(issue)
    await office.city.parts.handler.handle(Wish(ACT, UUID(answer.json()["id"]), issue, completed=completed))
    await office.notify()
    for language, title in (("zh", "清理东街"), ("en", "Clear East Street")):
        async with office.city.client("cleaner", **{"Accept-Language": language}) as client:
            [notice] = (await client.get("/v1/notices")).json()["notices"]
        assert title in notice["text"]
